"""Plays Kick's authorisation server, id.kick.com: authorize, token, revoke, introspect."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import hdrs, web

from clients.simulator.consent import HEADERS, consent_page
from clients.simulator.grants import SCOPES, Asked, Declined
from clients.simulator.stage import GRANT_TYPE, TOKEN_PATH, Stage, as_json, is_account

FORM = "application/x-www-form-urlencoded"
FORM_SIZE_MAX = 16 * 1024
DENIED = {"error": "access_denied", "error_description": "The person denied access."}
UNKNOWN_SCOPE = {"error": "invalid_scope", "error_description": "There is no such scope."}
INACTIVE = {"active": False, "client_id": None, "exp": None, "scope": None}


class SignIn:
    """The endpoints, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get("/oauth/authorize", self.authorize)
        site.router.add_post("/oauth/consent", self.consent)
        site.router.add_post(TOKEN_PATH, self.token)
        site.router.add_post("/oauth/revoke", self.revoke)
        site.router.add_post("/oauth/token/introspect", self.introspect)

    async def authorize(self, request: web.Request) -> web.Response:
        """Ask the person, or send him back at once where his answer is known."""
        stage = self._stage
        # Kick's page really writes localhost over the first 127.0.0.1 that it finds in its address.
        query = dict(parse_qsl(request.url.raw_query_string.replace("127.0.0.1", "localhost", 1)))
        try:
            asked = stage.grants.asked(query)
        except Declined as refusal:
            return _declined(refusal)
        if not SCOPES.issuperset(asked.scopes):
            return _back(asked, UNKNOWN_SCOPE)
        if stage.consent is not None:
            return self._decided(asked, stage.consent.account, is_allowed=stage.consent.is_allowed)
        page = consent_page(
            client=stage.grants.app.client_id,
            scopes=asked.scopes,
            destination=urlsplit(asked.redirect_uri).netloc,
            request=stage.wait_for_answer(asked),
            people=stage.people.values(),
        )
        return web.Response(text=page, content_type="text/html", headers=HEADERS)

    async def consent(self, request: web.Request) -> web.Response:
        """Take the person's answer, once."""
        form = await _form(request)
        account = form.get("account", "")
        if form.get("answer") not in {"allow", "deny"} or not is_account(account):
            return _declined(Declined("invalid_request", "An account and an answer are needed."))
        asked = self._stage.answered(form.get("request", ""))
        if asked is None:
            return _declined(Declined("invalid_request", "Nothing was asked, or it was answered before."))
        return self._decided(asked, int(account), is_allowed=form["answer"] == "allow")

    async def token(self, request: web.Request) -> web.Response:
        """Answer with tokens, or with the error that RFC 6749 has for it."""
        if request.content_type != FORM:
            return _declined(Declined("invalid_request", f"The body must be {FORM}."))
        form = await _form(request)
        request[GRANT_TYPE] = form.get("grant_type", "")
        try:
            return as_json(self._stage.grants.answer(form))
        except Declined as refusal:
            return _declined(refusal)

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a token back; OK whatever it was, as RFC 7009 has it and Kick does."""
        self._stage.grants.revoke(request.query.get("token", ""))
        return web.Response(text="OK")

    async def introspect(self, request: web.Request) -> web.Response:
        """Tell what the bearer token is."""
        token = bearer(request)
        if token is None:
            return unauthorized()
        held, data = self._stage.grants.access(token), INACTIVE
        if held is not None:
            data = {
                "active": True,
                "client_id": self._stage.grants.app.client_id,
                "token_type": "app" if held.grant.account is None else "user",
                "scope": " ".join(held.grant.scopes),
                "exp": int(held.expires_at.timestamp()),
            }
        return as_json({"data": data, "message": "OK"})

    def _decided(self, asked: Asked, account: int, *, is_allowed: bool) -> web.Response:
        if not is_allowed:
            return _back(asked, DENIED)
        if account not in self._stage.people:
            return _declined(Declined("invalid_request", "There is no such person."))
        return _back(asked, {"code": self._stage.grants.code_for(asked, account)})


def bearer(request: web.Request) -> str | None:
    """Return the token of the request's Authorization header."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None


def unauthorized() -> web.Response:
    """What Kick answers to a token that is missing, or good no more."""
    return as_json({"data": None, "message": "Unauthorized"}, 401)


async def _form(request: web.Request) -> dict[str, str]:
    """The request's form, as far as it is one; a longer body is no form of ours."""
    body = await request.content.read(FORM_SIZE_MAX)
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _back(asked: Asked, told: Mapping[str, str]) -> web.Response:
    joint = "&" if urlsplit(asked.redirect_uri).query else "?"
    address = f"{asked.redirect_uri}{joint}{urlencode({**told, 'state': asked.state})}"
    return web.Response(status=302, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})


def _declined(refusal: Declined) -> web.Response:
    return as_json({"error": refusal.code, "error_description": refusal.description}, refusal.status)
