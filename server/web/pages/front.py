"""GET /: what is to be found on this server, for whoever comes without an address; it names no community."""

from aiohttp import web

from server.web.pages.layout import Layout


def add_front(site: web.Application, layout: Layout) -> None:
    """Serve the page."""

    async def answer(_: web.Request) -> web.Response:
        return layout.page("front.html")

    site.router.add_get("/", answer)
