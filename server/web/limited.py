"""Rate limits for pages and plain endpoints: one line in a handler, and the answer that fits whoever asks."""

from typing import Any

import orjson
from aiohttp import hdrs, web

from server.auth.addresses import Addresses, counted
from server.domain.limits import Rule
from server.publish.limits import Limited, RateLimits

ANSWER_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Limits:
    """What handlers ask before they begin."""

    def __init__(self, rates: RateLimits, addresses: Addresses) -> None:
        self._rates = rates
        self._addresses = addresses

    async def check(self, request: web.Request, rule: Rule, *keys: str) -> None:
        """Count one more request by a rule, over all processes; raises the answer 429 when it is one too many.

        A rule that counts by address takes it from the request; `keys` are the other parts, in the rule's order.
        """
        try:
            await self.take(request, rule, *keys)
        except Limited as limited:
            raise too_many(request, limited) from limited

    async def take(self, request: web.Request, rule: Rule, *keys: str) -> None:
        """Count one more request like `check`, for pages that say it in their own way; raises `Limited`."""
        given = iter(keys)
        parts = [counted(self._addresses.of(request)) if part == "address" else next(given) for part in rule.keyed_by]
        await self._rates.take(rule, *parts, *given)


LIMITS = web.AppKey("limits", Limits)


def too_many(request: web.Request, limited: Limited) -> web.HTTPTooManyRequests:
    """The answer 429: words for a browser, JSON for programs, and when to come again for both."""
    rule = limited.rule
    headers = ANSWER_HEADERS | {hdrs.RETRY_AFTER: str(limited.wait_s)}
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        text = f"{rule.message} {rule.remedy}\n(Again in {limited.wait_s} seconds.)\n"
        return web.HTTPTooManyRequests(text=text, headers=headers)
    told: dict[str, Any] = {
        "code": "rate_limited",
        "message": rule.message,
        "remedy": rule.remedy,
        "retryAfterSeconds": limited.wait_s,
    }
    return web.HTTPTooManyRequests(text=orjson.dumps(told).decode(), headers=headers, content_type="application/json")
