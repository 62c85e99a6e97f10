"""The page on which a person of the simulated Kick allows or denies what an app asks for."""

from collections.abc import Iterable
from html import escape
from string import Template

from clients.simulator.happenings import Person

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Kick: allow access?</title>
<style>
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 2rem auto; padding: 0 1rem; }
select, button { font: inherit; padding: .5rem .75rem; }
select { display: block; width: 100%; margin: .25rem 0 1.5rem; }
button { margin-right: .75rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>Allow access?</h1>
<p>This is a simulator that plays Kick on your machine. No real account is involved.</p>
<p>The app <strong>$client</strong> asks for:</p>
<ul>$scopes</ul>
<p>Afterwards you are sent to <strong>$destination</strong>.</p>
<form method="post" action="/oauth/consent">
<input type="hidden" name="request" value="$request">
<label for="account">Who are you?</label>
<select id="account" name="account" required>$people</select>
<button name="answer" value="allow">Allow</button>
<button name="answer" value="deny">Deny</button>
</form>
</main>
</body>
</html>
""")


def consent_page(
    *, client: str, scopes: Iterable[str], destination: str, request: str, people: Iterable[Person]
) -> str:
    """Return the page; whatever the texts hold, they are shown as texts."""
    return PAGE.substitute(
        client=escape(client),
        destination=escape(destination),
        request=escape(request),
        scopes="".join(f"<li>{escape(scope)}</li>" for scope in scopes),
        people="".join(
            f'<option value="{person.account}">{escape(person.name)} ({person.account})</option>' for person in people
        ),
    )
