"""GET /playground: GraphiQL from our own origin, behind a sign-in that the page does by itself."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

ASSETS = Path(__file__).parents[1] / "assets" / "playground"
VENDOR = "vendor"
OURS = ("page.css", "page.js")

# No script but our files runs, and nothing comes from elsewhere. GraphiQL's fonts and icons are data URLs in its
# stylesheet; the one style that it puts into the page itself, while a dialog is open, is named by its digest.
DIALOG_STYLE = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"
POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {DIALOG_STYLE}; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
LOOK_AGAIN = "no-cache"
KEEP = "public, max-age=31536000, immutable"


def add_playground(app: web.Application, assets: Path = ASSETS) -> None:
    """Serve the playground from `assets`; where its packages are not built, a page with the command to run."""
    operations = [path.read_text(encoding="utf-8") for path in sorted((assets / "operations").glob("*.graphql"))]
    page = assets / ("page.html" if (assets / VENDOR).is_dir() else "unbuilt.html")

    async def examples(_: web.Request) -> web.Response:
        return web.json_response(operations, headers=GUARDS | {"Cache-Control": LOOK_AGAIN})

    app.router.add_get("/playground", file(page, LOOK_AGAIN))
    app.router.add_get("/playground/operations.json", examples)
    for name in OURS:
        app.router.add_get(f"/playground/{name}", file(assets / name, LOOK_AGAIN))
    for path in sorted((assets / VENDOR).glob("*.min.*")):
        if path.suffix != ".gz":
            app.router.add_get(f"/playground/{VENDOR}/{path.name}", file(path, KEEP))


def file(path: Path, caching: str) -> Handler:
    """A handler that answers with one file, compressed where the browser takes it and the file is there so."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=GUARDS | {"Cache-Control": caching})

    return answer
