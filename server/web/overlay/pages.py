"""GET /overlay/WIDGET: what OBS shows on stream. The page is the same for all; its address says which widget."""

from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from server.web.overlay.build import PAGE, VENDOR

UNBUILT = "The stream overlay is not built here. Run `make install` on the server.\n"
# The page runs our script and nothing else, asks this server and nobody else, and is framed by our own pages alone.
# OBS puts its Custom CSS into the page as a style sheet of its own, of `data:` in older versions: that much is let in.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline' data:; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
# OBS loads a page once and never again by itself: while the server is away it is shown as it was the last time.
SHOWN_AWAY = "public, max-age=60, stale-while-revalidate=2592000, stale-if-error=2592000"
KEEP = "public, max-age=31536000, immutable"
WIDGET = "[a-z][a-z-]{0,40}"


def add_overlay(app: web.Application, folder: Path = VENDOR) -> None:
    """Serve the overlay from `folder`; where it is not built, a sentence with the command to run."""
    is_built = (folder / PAGE).is_file()

    async def page(_: web.Request) -> web.StreamResponse:
        if not is_built:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=UNBUILT, headers=GUARDS)
        return web.FileResponse(folder / PAGE, headers=GUARDS | {"Cache-Control": SHOWN_AWAY})

    app.router.add_get(f"/overlay/{{widget:{WIDGET}}}", page)
    for path in sorted((folder / "assets").glob("*")):
        if path.suffix != ".gz":
            app.router.add_get(f"/overlay/assets/{path.name}", _kept(path))


def _kept(path: Path) -> Handler:
    """A handler that answers with one file, whose name says what is in it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=GUARDS | {"Cache-Control": KEEP})

    return answer
