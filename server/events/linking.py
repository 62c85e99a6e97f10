"""Accounts that became one viewer, or ceased to be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerLinked:
    """The accounts `moved` of the viewer `from_id` now belong to the viewer `to_id`, beside his `others`.

    `link_id` is unique for what happened.
    """

    link_id: int
    from_id: int
    to_id: int
    moved: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsProven:
    """A person has proven that two accounts are his and wants them linked; each is (platform, the platform's own id).

    `proof_id` is the proof, and `names` what the accounts are called today.
    """

    proof_id: int
    one: tuple[str, str]
    other: tuple[str, str]
    names: tuple[str, str]
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFailed:
    """A person's way to linking his accounts ended without a link; `problem` is a refusal's code."""

    proof_id: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerUnlinked:
    """`account_id` left a viewer: `moved` are the viewer `to_id` now, and `others` stayed with `from_id`.

    The account is `moved` or `others`, whoever of them has not the older home.
    """

    link_id: int
    account_id: int
    from_id: int
    to_id: int
    moved: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def viewer_id(self) -> int:
        """The account's own viewer."""
        return self.to_id if self.account_id in self.moved else self.from_id

    @property
    def rest_id(self) -> int:
        """The viewer of those it left."""
        return self.from_id if self.account_id in self.moved else self.to_id
