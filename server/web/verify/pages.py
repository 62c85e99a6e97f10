"""GET /verify: the page on which anybody checks a draw, one file that also works when it is saved."""

from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from server.web.verify.build import PAGE, POLICY, VENDOR

UNBUILT = "The page that checks draws is not built here. Run `make install` on the server, or use `regulars verify`.\n"


def add_verify(app: web.Application, folder: Path = VENDOR) -> None:
    """Serve the page from `folder`; where it is not built, a sentence with the command to run."""
    is_built = (folder / PAGE).is_file()
    policy = (folder / POLICY).read_text(encoding="utf-8") if is_built else "default-src 'none'"
    guards = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    async def answer(_: web.Request) -> web.StreamResponse:
        if not is_built:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=UNBUILT, headers=guards)
        return web.FileResponse(folder / PAGE, headers=guards)

    app.router.add_get("/verify", answer)
