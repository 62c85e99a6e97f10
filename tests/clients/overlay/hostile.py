"""What people who mean harm call themselves and their slots, and how a page is asked whether it did something."""

from tests.clients.overlay.conftest import Stream

MARKUP = (
    "<img src=x onerror=alert(1)>",
    "<script>document.title='owned'</script>",
    '"><svg onload=document.title="owned">',
    "<style>*{display:none}</style>",
    "<a href=javascript:alert(1)>me</a>",
    "&lt;b&gt;&#x3c;b&#62;",
    "{{constructor.constructor('alert(1)')()}}",
    "${document.title='owned'}",
)
TURNED = (
    "a\u202egnp.exe",
    "\u2066\u2067\u2068deep\u202b\u202d",
    "\u0645\u0646\u0627\u0631\u0629 \u0627\u0644\u0628\u062d\u0631",
    "\u200fright\u061cmark",
)
UNSEEN = (
    "gu\u200bil\u200dlemot\ufeff",
    "so\u00adft\u2060\u2063\u2064",
    "ta\U000e0067\U000e007fg",
    "broken\u2028line\u2029s\u0085",
)
LONG = (
    "W" * 10_000,
    "a" + "\u0301" * 10_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 2_000,
    "\u0645" * 10_000,
)
NAMES = (*MARKUP, *TURNED, *UNSEEN, *LONG)
TITLE_MAX = 80
SLOTS = tuple(dict.fromkeys(name[:TITLE_MAX] for name in NAMES))
"""No longer ones are taken from anybody."""

MADE_OF = "main, section, div, h1, p, ol, ul, li, span, bdi, strong, svg, path, rect"
"""All that widgets are made of."""
WATCHED = """addEventListener('securitypolicyviolation', (event) => {
    (window.violations ??= []).push(event.violatedDirective + ' ' + event.blockedURI) })"""
UNTOUCHED = f"""[...document.body.querySelectorAll('*')].filter(one => !one.matches({MADE_OF!r})
    || [...one.attributes].some(given => /^on|href|src/.test(given.name))).map(one => one.outerHTML.slice(0, 200))"""
TEXTS = "[...document.querySelectorAll('bdi, h1')].map(one => one.textContent)"
UNWANTED = r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]"
AMISS = f"""(() => {{
    const graphemes = new Intl.Segmenter();
    const rows = [...document.querySelectorAll('li')].map(one => one.getBoundingClientRect());
    const tall = Math.max(...rows.map(one => one.height)) - Math.min(...rows.map(one => one.height));
    const meet = rows.some((one, index) => index > 0 && one.top < rows[index - 1].bottom);
    const outside = [...document.querySelectorAll('li bdi, li .value')].filter(one => {{
        const [inner, outer] = [one, one.closest('li')].map(it => it.getBoundingClientRect());
        return inner.left < outer.left || inner.right > outer.right
            || inner.top < outer.top || inner.bottom > outer.bottom }});
    return [
        ...(tall > 1 ? ['rows of several heights'] : []), ...(meet ? ['rows that meet'] : []),
        ...outside.map(one => 'outside: ' + one.textContent.slice(0, 40)),
        ...{TEXTS}.filter(text => /{UNWANTED}/u.test(text)).map(text => 'unseen: ' + escape(text.slice(0, 40))),
        ...{TEXTS}.filter(text => [...graphemes.segment(text)].length > 64).map(text => 'long: ' + text.length),
        ...{TEXTS}.flatMap(text => [...graphemes.segment(text)]).filter(one => [...one.segment].length > 8)
            .map(() => 'tower'),
    ] }})()"""


async def watch(stream: Stream) -> None:
    """Have every page that is opened from now on keep what its policy refused."""
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCHED)


async def harm(stream: Stream) -> list[str]:
    """What on the page is more than plain text in its place, and what its policy refused; nothing, if all is well."""
    browser = stream.browser
    found = [
        *await browser.value(AMISS),
        *await browser.value(UNTOUCHED),
        *await browser.value("window.violations ?? []"),
    ]
    title = await browser.value("document.title")
    return found + browser.troubles + ([] if title == "Regulars overlay" else [title])
