"""Where the pages are served."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from server.auth.codes import Codes
from server.auth.keys import derived_key
from server.auth.links import LinkSigner
from server.auth.sealing import Vault
from server.auth.shown_once import ShownOnce
from server.jobs.unit import Units
from server.ports import Clock, Ids
from server.ports_platforms import ChannelLook
from server.store.database import Database
from server.web.pages.binding import Binding
from server.web.pages.browser import browsers
from server.web.pages.community import Home
from server.web.pages.connecting import Connecting
from server.web.pages.desk import Desk
from server.web.pages.front import add_front
from server.web.pages.layout import Layout
from server.web.pages.linking import Linking
from server.web.pages.me import Me
from server.web.pages.platforms import Platform, Ways
from server.web.pages.raffle import RafflePage
from server.web.pages.signin import SignIn
from server.web.pages.start import Start
from server.web.pages.studio import Studio
from server.web.pages.texts import Texts


def add_pages(
    site: web.Application,
    *,
    database: Database,
    units: Units,
    clock: Clock,
    ids: Ids,
    secret: str,
    public_url: str,
    sign_in_url: str,
    platforms: Mapping[str, Platform],
    links: LinkSigner,
    codes: Codes,
    open_sign_up: bool,
    vault: Vault,
    kick_look: ChannelLook,
    forget_grace: timedelta,
    shown_once: ShownOnce,
) -> None:
    """Serve the pages at `public_url`, whose sign-in leads to the platforms, Kick's at `sign_in_url`."""
    parts = urlsplit(sign_in_url)
    layout = Layout(f"{parts.scheme}://{parts.netloc}")
    desk = Desk(
        database=database,
        units=units,
        layout=layout,
        browsers=browsers(secret, public_url, clock, ids),
        ways=Ways(
            key=derived_key(secret, "sign-in proof keys"),
            origin=public_url,
            units=units,
            layout=layout,
            platforms=platforms,
        ),
        codes=codes,
        public_url=public_url,
        open_sign_up=open_sign_up,
        vault=vault,
        kick_look=kick_look,
        has_kick_app="kick" in platforms,
        forget_grace=forget_grace,
    )
    add_front(site, layout)
    SignIn(desk).add_to(site)
    Me(desk).add_to(site)
    Start(desk).add_to(site)
    Home(desk).add_to(site)
    for pages in (Connecting(desk), Binding(desk), Texts(desk), RafflePage(desk), Studio(desk, shown_once)):
        pages.add_to(site)
    Linking(desk, links).add_to(site)
