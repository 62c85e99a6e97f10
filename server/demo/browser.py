"""A browser of the demo: a viewer proves his Kick account on the pages that a link leads to."""

import re
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar

from server.demo.discord import Unanswered

TIMEOUT = ClientTimeout(total=10)
FORM = re.compile(r'<form method="post" action="([^"]+)">\s*<input type="hidden" name="(\w+)" value="([^"]+)">')
CODE = re.compile(r"</span> ([A-Z0-9]{6})</p>")


async def proven(link: str, origin: str, account: str) -> str:
    """The code that somebody gets who opens a link and signs in at the simulated Kick; raises `Unanswered`."""
    # Browsers keep secure cookies of their own machine, too.
    jar = CookieJar(unsafe=True, treat_as_secure_origin=origin)
    try:
        async with ClientSession(timeout=TIMEOUT, cookie_jar=jar) as session:
            consent = await sent(session, *await opened(session, link))
            both = await sent(session, *consent, account=account, answer="allow")
            _, last = await sent(session, *both)
    except (ClientError, TimeoutError) as fault:
        raise Unanswered(f"the pages of the link do not answer ({type(fault).__name__})") from fault
    found = CODE.search(last)
    if found is None:
        raise Unanswered("the last page of the link shows no code")
    return found[1]


async def opened(session: ClientSession, url: str) -> tuple[str, str]:
    """A page: where it is, and its text."""
    async with session.get(url) as answer:
        return str(answer.url), await answer.text()


async def sent(session: ClientSession, url: str, page: str, **more: str) -> tuple[str, str]:
    """The page that follows when the form of a page is sent, with more fields filled in."""
    form = FORM.search(page)
    if form is None:
        raise Unanswered(f"the page at {url.partition('?')[0]} shows no form")
    action, name, value = form.groups()
    here = urlsplit(url)
    headers = {"Origin": f"{here.scheme}://{here.netloc}"}
    async with session.post(urljoin(url, action), data={name: value} | more, headers=headers) as answer:
        return str(answer.url), await answer.text()
