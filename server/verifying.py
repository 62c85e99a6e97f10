"""The command that checks a draw from a file, without a network and without a server."""

from pathlib import Path
from typing import Annotated

import orjson
from cyclopts import Parameter

from server.domain.draws.checks import Verdict
from server.domain.draws.typed import Viewer
from server.domain.draws.verify import Report, Winner
from server.domain.draws.verify import verify as checked
from server.domain.refusals import Refused

BUNDLE_BYTES_MAX = 256 * 1024 * 1024
TYPED_WRONGLY, PROVES_NOTHING = 2, 3
EXIT_CODES: dict[Verdict, int] = {
    "failed": 1,
    "late_commit": PROVES_NOTHING,
    "not_independently_verifiable": PROVES_NOTHING,
    "drawn_again": PROVES_NOTHING,
    "key_changed": PROVES_NOTHING,
    "given_up_late": PROVES_NOTHING,
}


def verify(
    bundle: Annotated[Path, Parameter(help="The file that was published with the draw.")],
    *,
    code: Annotated[str, Parameter(help="The code that you saw before the draw.")] = "",
    key: Annotated[str, Parameter(help="The operator's key, where you know it.")] = "",
    account: Annotated[str, Parameter(help="Your own account, like kick:123456.")] = "",
    salt: Annotated[str, Parameter(help="The salt of your own entry, as it was shown to you.")] = "",
) -> int:
    """Check a draw without asking anybody.

    Exit code 1 when a check fails, 2 when what you typed is of no use, 3 when all hold and still prove nothing.
    """
    value = _content(bundle)
    from server.platforms.drand.bls import signature_fault  # noqa: PLC0415 - takes a second, and only this needs it

    viewer = Viewer(code=code, key=key.strip(), subject=account.strip(), salt=salt.strip())
    report = checked(value, signature_fault, viewer)
    print("\n".join(_lines(report)))
    return TYPED_WRONGLY if report.typed and report.verdict != "failed" else EXIT_CODES.get(report.verdict, 0)


def _content(bundle: Path) -> object:
    if bundle.stat().st_size > BUNDLE_BYTES_MAX:
        raise Refused("bundle_too_large", "This file is larger than any bundle.", "Name the file of the draw.")
    try:
        return orjson.loads(bundle.read_bytes())
    except orjson.JSONDecodeError:
        raise Refused("bundle_no_json", "This file is not JSON.", "Take the file as it was published.") from None


def _lines(report: Report) -> list[str]:
    lines = [
        f"{check.mark}  {check.name:<10} {check.sentence}{'' if check.fault is None else f' [{check.fault}]'}"
        for check in report.checks
    ]
    typed = [f"What you typed as {one.name}: {one.sentence} [{one.fault}]" for one in report.typed]
    beside = [*typed, "That says nothing about the draw itself:"] if typed else []
    return [*lines, *map(_winner, report.winners), "", *beside, report.sentence]


def _winner(one: Winner) -> str:
    won = "wins" if one.wins else f"passed over: {one.passed}" if one.passed else "alternate"
    shown = one.entry.label or f"entry {one.entry.id.hex()[:16]}"
    return f"      {one.place.position:>3}. {shown}, ticket {one.place.ticket}: {won}"
