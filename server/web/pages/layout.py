"""How pages are made: templates that escape by themselves, and headers that let nothing foreign in."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.domain.refusals import Refused
from server.domain.signin import START_AGAIN
from server.publish.limits import Limited

HERE = Path(__file__).parent
STYLE = HERE / "static" / "pages.css"
STYLE_PATH = "/pages/pages.css"
CODE_HEADER = "X-Regulars-Code"

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def policy(form_targets: str, *, frames: bool = False) -> str:
    """What a page may load: our style, and our own pages in `frames`; its forms may lead on to `form_targets`."""
    framed = "frame-src 'self'; " if frames else ""
    return (
        f"default-src 'none'; style-src 'self'; {framed}"
        + f"form-action 'self' {form_targets}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )


def guards(form_targets: str) -> dict[str, str]:
    """Headers of a page whose forms may be sent to our own origin and then lead to `form_targets`."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy(form_targets),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        # Not no-referrer: browsers would then keep from us where a form was sent from.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


class Turned(Exception):
    """A page cannot be shown as asked; the visitor is told why and what to do, with an HTTP status."""

    def __init__(self, status: int, refused: Refused) -> None:
        super().__init__(refused.message)
        self.status = status
        self.refused = refused


def bad_form() -> Turned:
    """What is said of a form that was not sent from the page it belongs to."""
    return Turned(
        HTTPStatus.FORBIDDEN,
        Refused(
            "form_not_ours",
            "This form was not sent from its own page in this browser. Nothing was changed.",
            f"Allow cookies for this site. {START_AGAIN}",
        ),
    )


class Layout:
    """Renders pages for one installation; its forms may lead to the platforms' sign-in at `form_targets`."""

    def __init__(self, form_targets: str) -> None:
        self._guards = guards(form_targets)
        self._framing = {"Content-Security-Policy": policy(form_targets, frames=True)}

    def page(
        self, template: str, *, status: int = 200, code: str = "", frames: bool = False, **values: Any
    ) -> web.Response:
        """A page; `code` names a refusal for programs, and `frames` lets it hold other pages of ours."""
        text = TEMPLATES.get_template(template).render(style=STYLE_PATH, code=code, **values)
        headers = self._guards | ({CODE_HEADER: code} if code else {}) | (self._framing if frames else {})
        return web.Response(status=status, text=text, content_type="text/html", charset="utf-8", headers=headers)

    def file(self, name: str) -> dict[str, str]:
        """Headers of an answer that the browser keeps as a file."""
        return self._guards | {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}

    def refusal(self, refused: Refused, *, status: int = HTTPStatus.BAD_REQUEST) -> web.Response:
        """The page that says no."""
        return self.page("refusal.html", status=status, code=refused.code, refused=refused)

    def elsewhere(self, location: str) -> web.Response:
        """Send the browser on with GET, to a page of ours or a platform's sign-in."""
        return web.Response(status=HTTPStatus.SEE_OTHER, headers=self._guards | {hdrs.LOCATION: location})

    def telling(self, handler: Handler) -> Handler:
        """`handler`, whose refusals become pages."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Turned as turned:
                return self.refusal(turned.refused, status=turned.status)
            except Refused as refused:
                return self.refusal(refused, status=HTTPStatus.CONFLICT)
            except Limited as limited:
                refused = Refused("rate_limited", limited.rule.message, limited.rule.remedy)
                page = self.refusal(refused, status=HTTPStatus.TOO_MANY_REQUESTS)
                page.headers[hdrs.RETRY_AFTER] = str(limited.wait_s)
                return page

        return answer


async def style(_: web.Request) -> web.StreamResponse:
    """The stylesheet of all pages."""
    return web.FileResponse(
        STYLE, headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Content-Type": "text/css"}
    )
