"""The command that checks a draw from a file, without a network and without a server."""

from pathlib import Path
from typing import Annotated

import orjson
from cyclopts import Parameter

from server.domain.draws.verify import Report, Verdict, Viewer, Winner
from server.domain.draws.verify import verify as checked
from server.domain.refusals import Refused

BUNDLE_BYTES_MAX = 256 * 1024 * 1024
PROVES_NOTHING = 3
EXIT_CODES: dict[Verdict, int] = {
    "failed": 1,
    "late_commit": PROVES_NOTHING,
    "not_independently_verifiable": PROVES_NOTHING,
}


def verify(
    bundle: Annotated[Path, Parameter(help="The file that was published with the draw.")],
    *,
    code: Annotated[str | None, Parameter(help="The code that you saw before the draw.")] = None,
    account: Annotated[str | None, Parameter(help="Your own account, like kick:123456.")] = None,
    salt: Annotated[str, Parameter(help="The salt of your own entry, as it was shown to you.")] = "",
) -> int:
    """Check a draw without asking anybody. Exit code 1 when a check fails, 3 when all hold and still prove nothing."""
    value = _content(bundle)
    from server.platforms.drand.bls import signature_fault  # noqa: PLC0415 - takes a second, and only this needs it

    viewer = Viewer(code=code, subject=account, salt=_salt(salt))
    report = checked(value, signature_fault, viewer)
    print("\n".join(_lines(report)))
    return EXIT_CODES.get(report.verdict, 0)


def _content(bundle: Path) -> object:
    if bundle.stat().st_size > BUNDLE_BYTES_MAX:
        raise Refused("bundle_too_large", "This file is larger than any bundle.", "Name the file of the draw.")
    try:
        return orjson.loads(bundle.read_bytes())
    except orjson.JSONDecodeError:
        raise Refused("bundle_no_json", "This file is not JSON.", "Take the file as it was published.") from None


def _salt(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Refused("salt_unfit", "A salt is 64 letters from 0 to f.", "Copy it as it was shown to you.") from None


def _lines(report: Report) -> list[str]:
    lines = [
        f"{check.mark}  {check.name:<10} {check.sentence}{'' if check.fault is None else f' [{check.fault}]'}"
        for check in report.checks
    ]
    return [*lines, *map(_winner, report.winners), "", report.sentence]


def _winner(one: Winner) -> str:
    won = "wins" if one.wins else f"passed over: {one.passed}" if one.passed else "alternate"
    shown = one.entry.label or f"entry {one.entry.id.hex()[:16]}"
    return f"      {one.place.position:>3}. {shown}, ticket {one.place.ticket}: {won}"
