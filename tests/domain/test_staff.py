"""Roles, capabilities, and who may grant what to whom."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.staff import (
    EVERYTHING,
    NOTHING,
    ROLES,
    Capability,
    Grant,
    HolderKind,
    StaffRole,
    check_change,
    check_holder,
    check_last_owner,
    effective,
    holder_of,
    restored,
    stored,
)

PAGE = Path(__file__).parents[2] / "docs" / "staff.md"

sets = st.frozensets(st.sampled_from(Capability))
grants = st.builds(Grant, st.sampled_from(StaffRole), sets)

OWNER, MANAGER, MODERATOR = (Grant(role) for role in StaffRole)


def test_roles_are_what_they_say() -> None:
    assert ROLES[StaffRole.OWNER] == EVERYTHING
    assert EVERYTHING - ROLES[StaffRole.MANAGER] == {Capability.STAFF_MANAGE, Capability.TOKENS_MANAGE}
    assert stored(ROLES[StaffRole.MODERATOR]) == (
        "community.read,giveaways.manage,links.manage,slotcalls.manage,watchtime.adjust"
    )


@given(st.lists(grants, max_size=5), st.none() | sets)
def test_grants_add_up_and_never_pass_the_ceiling(held: list[Grant], ceiling: frozenset[Capability] | None) -> None:
    expected = {one for one in Capability if any(one in ROLES[g.role] or one in g.extra for g in held)}
    found = effective(held, ceiling)
    assert found == (expected if ceiling is None else expected & ceiling)


@given(sets)
def test_capabilities_come_back_as_they_were_kept(some: frozenset[Capability]) -> None:
    assert restored(stored(some)) == some
    assert restored(stored(some) + ",of.tomorrow") == some


@given(sets, st.none() | grants, st.none() | grants)
def test_nobody_gives_or_takes_what_he_does_not_hold(
    held: frozenset[Capability], before: Grant | None, after: Grant | None
) -> None:
    touched = effective(grant for grant in (before, after) if grant) | {Capability.STAFF_MANAGE}
    if touched <= held:
        check_change(held, before, after)
        return
    with pytest.raises(Refused) as refused:
        check_change(held, before, after)
    assert refused.value.code == "capability_not_held"
    assert all(missing in refused.value.message for missing in touched - held)


@pytest.mark.parametrize(
    ("owners", "before", "after", "is_refused"),
    [
        (1, OWNER, None, True),
        (1, OWNER, MANAGER, True),
        (1, OWNER, Grant(StaffRole.OWNER, frozenset({Capability.AUDIT_READ})), False),
        (2, OWNER, None, False),
        (1, MANAGER, None, False),
        (1, MODERATOR, OWNER, False),
        (0, None, MANAGER, False),
    ],
)
def test_the_last_owner_stays(owners: int, before: Grant | None, after: Grant | None, *, is_refused: bool) -> None:
    if not is_refused:
        check_last_owner(owners, before, after)
        return
    with pytest.raises(Refused) as refused:
        check_last_owner(owners, before, after)
    assert refused.value.code == "last_owner"


@pytest.mark.parametrize("kind", HolderKind)
def test_holders_are_known_by_numbers(kind: HolderKind) -> None:
    assert holder_of(kind, "123") == (kind.value, "123")
    for wrong in ("", "0", "01", "-1", "1 ", "mod", "1" * 21, "\uff11"):
        with pytest.raises(Refused) as refused:
            holder_of(kind, wrong)
        assert refused.value.code == "holder_id_invalid"


def test_a_discord_role_owns_nothing() -> None:
    check_holder(HolderKind.DISCORD_ROLE, MANAGER)
    check_holder(HolderKind.DISCORD, OWNER)
    with pytest.raises(Refused) as refused:
        check_holder(HolderKind.DISCORD_ROLE, OWNER)
    assert refused.value.code == "owner_not_a_person"


def test_without_grants_nothing_is_allowed() -> None:
    assert effective([]) == NOTHING
    assert effective([], EVERYTHING) == NOTHING


def test_the_page_about_staff_says_what_the_roles_allow() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert [row[0].strip("`") for row in rows] == [one.value for one in Capability]
    for name, _, *cells in rows:
        allowed = [role for role, cell in zip(StaffRole, cells, strict=True) if cell == "yes"]
        assert allowed == [role for role in StaffRole if name.strip("`") in ROLES[role]], name
