"""A person proves that two accounts are his: a link is handed out, an account is proven, and both sides confirm."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.auth.links import LinkSigner
from server.domain.audit import Audited
from server.domain.instants import micros
from server.domain.linking import LinkSettings
from server.domain.proofs import (
    OFFERED_WITHIN,
    UNDO_WITHIN,
    ProofState,
    check_browser,
    check_code,
    check_confirmable,
    check_offers,
    check_open,
    typed_code,
)
from server.domain.refusals import Refused
from server.events.linking import AccountsProven, LinkFailed
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import communities, jobs, proofs
from server.store.jobs import NewJob
from server.store.linking import AccountRecord
from server.store.proofs import ProofRecord

NAME_LENGTH_MAX = 100
TOLD = "link_told"
LOGGED = "link_logged"
SETTINGS = "linking"


async def offer(
    tx: Tx, scope: Scope, *, discord_id: str, discord_name: str, guild_name: str
) -> Done[tuple[int, datetime]]:
    """Hand a link to a Discord user, whose earlier ones are good no more; its number, and until when it is good.

    Refuses a sixth link within ten minutes.
    """
    await communities.lock(tx, scope.community_id)
    since = scope.now - OFFERED_WITHIN
    check_offers(await proofs.offered_since(tx, scope.community_id, discord_id, since))
    await proofs.supersede(tx, scope.community_id, discord_id, scope.now)
    settings = await settings_in_force(tx, scope.community_id)
    expires_at = scope.now + timedelta(seconds=settings.valid_s)
    number = await proofs.add(
        tx,
        scope.community_id,
        discord_id,
        discord_name[:NAME_LENGTH_MAX],
        guild_name[:NAME_LENGTH_MAX],
        scope.now,
        expires_at,
    )
    offered = Audited(
        action="linking.offer", target=("holder", f"discord:{discord_id}"), after={"valid_s": settings.valid_s}
    )
    return Done((number, expires_at), audit=[offered])


async def prove(
    tx: Tx, scope: Scope, *, proof_id: int, platform: str, external_id: str, name: str, browser_digest: str
) -> Done[None]:
    """Note the account that was signed in with for a link; nothing is linked yet.

    The same browser may come with another account until it confirms; another browser is refused.
    """
    record = opened(await proofs.locked(tx, proof_id), scope)
    check_browser(record, browser_digest)
    if record.state is ProofState.CONFIRMED:
        raise Refused(
            "link_confirmed", "You confirmed this link already.", "Type the code that your browser shows in Discord."
        )
    await proofs.prove(tx, proof_id, platform, external_id, name[:NAME_LENGTH_MAX], browser_digest)
    return Done(None)


async def confirm(tx: Tx, scope: Scope, *, proof_id: int, browser_digest: str, signer: LinkSigner) -> Done[ProofState]:
    """Confirm in the browser, and return how far that leads: linked, or to a code that is typed in Discord."""
    record = opened(await proofs.locked(tx, proof_id), scope)
    check_browser(record, browser_digest)
    check_confirmable(record)
    if record.state is ProofState.CONFIRMED:
        return Done(ProofState.CONFIRMED)
    settings = await settings_in_force(tx, scope.community_id)
    if not settings.code_required:
        return (await linked(tx, scope, record)).giving(ProofState.LINKED)
    code = signer.code(proof_id, browser_digest)
    await proofs.confirm(tx, proof_id, signer.code_digest(proof_id, code))
    return Done(ProofState.CONFIRMED)


async def type_code(
    tx: Tx, scope: Scope, *, discord_id: str, code: str, signer: LinkSigner
) -> Done[ProofRecord | Refused]:
    """Type the code that the browser shows, as the Discord user whose link it is; the proof, or why not.

    A wrong code is returned as a refusal and not raised, so that it counts.
    """
    record = await proofs.newest_confirmed(tx, scope.community_id, discord_id)
    if record is None:
        raise Refused(
            "link_code_unexpected",
            "No link of yours waits for a code here.",
            "Open your link, sign in and confirm; the page then shows the code.",
        )
    opened(record, scope)
    given = signer.code_digest(record.id, typed_code(code))
    try:
        check_code(record, is_right=hmac.compare_digest(given, record.code_digest or ""))
    except Refused as refused:
        if refused.code == "link_code_exhausted":
            raise
        await proofs.count_try(tx, record.id)
        return Done(refused)
    return (await linked(tx, scope, record)).giving(record)


async def linked(tx: Tx, scope: Scope, record: ProofRecord) -> Done[None]:
    """End a proof well; what follows links the accounts in the same unit of work, or refuses and undoes this."""
    await proofs.settle(tx, record.id, ProofState.LINKED, None, scope.now)
    return proven(record.id, record.discord_id, (record.platform or "", record.external_id or ""), names_of(record))


def proven(proof_id: int, discord_id: str, other: tuple[str, str], names: tuple[str, str]) -> Done[None]:
    """What is told when a Discord user has proven that another account is his, too."""
    person = f"discord:{discord_id}"
    event = AccountsProven(proof_id=proof_id, one=("discord", discord_id), other=other, names=names, actor=person)
    line = Audited(action="linking.link_own", target=("holder", person), after={"accounts": [person, ":".join(other)]})
    return Done(None, [event], [line])


def names_of(record: ProofRecord) -> tuple[str, str]:
    """What both accounts are called today."""
    return record.discord_name, record.name or ""


async def take_known(tx: Tx, scope: Scope, *, discord_id: str, wanted: tuple[str, str]) -> Done[AccountRecord]:
    """Take an account that the person proved in another community into this one; refuses one that he did not."""
    known = await proofs.proven_elsewhere(tx, scope.community_id, frozenset({("discord", discord_id)}))
    for one in known:
        if (one.platform, one.external_id) == wanted:
            return proven(0, discord_id, wanted, ("", "")).giving(one)
    raise Refused(
        "account_not_proven",
        "You have not proven in another community that this account is yours.",
        "Use /link to prove it here.",
    )


async def fail(tx: Tx, scope: Scope, *, proof_id: int, problem: str) -> Done[bool]:
    """End an open proof without a link, for a refusal's code; False when it had ended already."""
    is_over = not await proofs.settle(tx, proof_id, ProofState.FAILED, problem, scope.now)
    return Done(not is_over, [] if is_over else [LinkFailed(proof_id=proof_id, problem=problem)])


async def note_problem(tx: Tx, scope: Scope, *, proof_id: int, problem: str) -> Done[None]:
    """Note for staff what stood in a person's way, who may try again with the same link."""
    del scope
    await proofs.note_problem(tx, proof_id, problem)
    return Done(None)


async def tell_linked(tx: Tx, scope: Scope, linked_now: Sequence[AccountsProven]) -> tuple[()]:
    """Have the Discord client tell people that their accounts are linked, and until when they can undo it."""
    for one in linked_now:
        undo_until = scope.now + UNDO_WITHIN
        outcome = {"outcome": "linked", "name": one.names[1], "undoUntil": undo_until.isoformat(), "problem": None}
        # A link that was taken from another community has no proof here, and may be taken, undone and taken again.
        cause = (
            f"proof:{one.proof_id}" if one.proof_id else f"known:{scope.community_id}:{one.actor}:{micros(scope.now)}"
        )
        await tell(tx, scope, cause, one.one[1], one.other[0], outcome)
    return ()


async def tell_failed(tx: Tx, scope: Scope, failed: Sequence[LinkFailed]) -> tuple[()]:
    """Have the Discord client tell people that, and why, their accounts were not linked."""
    for one in failed:
        record = await proofs.locked(tx, one.proof_id)
        if record is not None:
            outcome = {"outcome": "failed", "name": record.name, "undoUntil": None, "problem": one.problem}
            await tell(tx, scope, f"proof:{one.proof_id}", record.discord_id, record.platform or "", outcome)
    return ()


async def tell(
    tx: Tx, scope: Scope, cause: str, discord_id: str, platform: str, outcome: dict[str, str | None]
) -> None:
    """Tell the person, and the community's log of links where it is switched on; once for each cause, in order."""
    settings = await settings_in_force(tx, scope.community_id)
    payload = {"discordId": discord_id, "platform": platform, **outcome}
    kinds = [TOLD, *([LOGGED] if settings.log_links else [])]
    await jobs.add(
        tx,
        [
            NewJob(
                kind=kind,
                key=cause,
                payload=payload,
                run_at=scope.now,
                community_id=scope.community_id,
                audience="discord",
                order_key=f"{kind}:{discord_id}",
            )
            for kind in kinds
        ],
        scope.now,
    )


def opened(record: ProofRecord | None, scope: Scope) -> ProofRecord:
    """A proof of this community that can still be used; refuses any other."""
    return check_open(record if record and record.community_id == scope.community_id else None, scope.now)


async def settings_in_force(reader: Reader, community_id: int) -> LinkSettings:
    """A community's settings of linking."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return LinkSettings.restored(versions[-1].data) if versions else LinkSettings()
