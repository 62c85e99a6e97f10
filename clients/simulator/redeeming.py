"""Plays Kick's channel rewards, their redemptions, categories and the leaderboard of KICKs."""

from typing import Any, cast

from aiohttp import web

from clients.simulator.answers import bad_request, content_of, forbidden, grant_of, may, ok
from clients.simulator.grants import Grant
from clients.simulator.oauth import unauthorized
from clients.simulator.stage import Stage, as_json

REWARDS = "/public/v1/channels/rewards"
TITLE_LENGTH_MAX = 50
SETTLED_MAX = 25
REWARDS_MAX = 15
PAGE = 50
CATEGORIES = {15: "Just Chatting", 28: "Slots & Casino"}
DEFAULTS: dict[str, object] = {
    "background_color": "#00e701",
    "description": "",
    "is_enabled": True,
    "is_paused": False,
    "is_user_input_required": False,
    "should_redemptions_skip_request_queue": False,
}


class Redeeming:
    """The endpoints, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(REWARDS, self.rewards)
        site.router.add_post(REWARDS, self.create)
        site.router.add_get(f"{REWARDS}/redemptions", self.redemptions)
        site.router.add_post(f"{REWARDS}/redemptions/accept", self.accept)
        site.router.add_post(f"{REWARDS}/redemptions/reject", self.reject)
        site.router.add_patch(f"{REWARDS}/{{id}}", self.change)
        site.router.add_delete(f"{REWARDS}/{{id}}", self.delete)
        site.router.add_get("/public/v2/categories", self.categories)
        site.router.add_get("/public/v1/kicks/leaderboard", self.leaderboard)

    def redeem(self, account: int, reward_id: str, redeemer: int, text: str = "") -> str:
        """Have somebody redeem a reward, and return the redemption's id."""
        name = self._stage.fresh_id()
        sold = self._stage.rewards.get(account, {}).get(reward_id, {})
        self._stage.redemptions[name] = {
            "id": name,
            "owner": account,
            "reward": reward_id,
            "sold": {key: sold.get(key) for key in ("title", "cost")},
            "redeemed_at": f"{self._stage.now():%Y-%m-%dT%H:%M:%SZ}",
            "redeemer": {"user_id": redeemer},
            "status": "pending",
            "user_input": text,
        }
        return name

    def make_by_hand(self, account: int, title: str, cost: int) -> str:
        """Have a channel's owner make a reward himself, which no app may change; its id."""
        name = self._stage.fresh_id()
        self._stage.rewards.setdefault(account, {})[name] = {**DEFAULTS, "title": title, "cost": cost, "id": name}
        self._stage.made_by_hand.add(name)
        return name

    async def rewards(self, request: web.Request) -> web.Response:
        """List the rewards of whoever asks."""
        grant = self._admitted(request, "channel:rewards:read")
        return grant if isinstance(grant, web.Response) else ok(list(self._of(grant).values()))

    async def create(self, request: web.Request) -> web.Response:
        """Make a reward."""
        grant = self._admitted(request, "channel:rewards:write")
        if isinstance(grant, web.Response):
            return grant
        if len(self._of(grant)) >= REWARDS_MAX:
            return bad_request("channel reward limit reached")
        match await content_of(request):
            case {"title": str(title), "cost": int(cost), **rest} if 0 < len(title) <= TITLE_LENGTH_MAX and cost > 0:
                made = {**DEFAULTS, **rest, "title": title, "cost": cost, "id": self._stage.fresh_id()}
                self._of(grant)[str(made["id"])] = made
                if self._stage.quirks.loses_answers:
                    self._stage.quirks.loses_answers -= 1
                    return as_json({"data": None, "message": "Internal server error"}, 500)
                return ok(made)
            case _:
                return bad_request()

    async def change(self, request: web.Request) -> web.Response:
        """Change a reward."""
        grant = self._admitted(request, "channel:rewards:write")
        if isinstance(grant, web.Response):
            return grant
        reward = self._of(grant).get(request.match_info["id"])
        if reward is None:
            return as_json({"data": None, "message": "Not Found"}, 404)
        if reward["id"] in self._stage.made_by_hand:
            return forbidden()
        reward.update(await content_of(request))
        return ok(reward)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a reward."""
        grant = self._admitted(request, "channel:rewards:write")
        if isinstance(grant, web.Response):
            return grant
        if request.match_info["id"] in self._stage.made_by_hand:
            return forbidden()
        gone = self._of(grant).pop(request.match_info["id"], None)
        return as_json({"data": None, "message": "Not Found"}, 404) if gone is None else web.Response(status=204)

    async def redemptions(self, request: web.Request) -> web.Response:
        """List redemptions by reward, a page at a time."""
        grant = self._admitted(request, "channel:rewards:read")
        if isinstance(grant, web.Response):
            return grant
        status, wanted = request.query.get("status"), request.query.get("reward_id")
        ids = request.query.getall("id", [])
        begin = int(request.query.get("cursor") or "0")
        held = [
            one
            for one in self._stage.redemptions.values()
            if one["owner"] == grant.account
            and one["reward"] in self._of(grant)
            and (status in {None, one["status"]})
            and (wanted in {None, one["reward"]})
            and (not ids or one["id"] in ids)
        ]
        page = held[begin : begin + PAGE]
        following = str(begin + PAGE) if len(held) > begin + PAGE else ""
        groups = [
            {
                "reward": self._about(grant, name),
                "redemptions": [
                    {key: value for key, value in one.items() if key not in {"owner", "reward", "sold"}}
                    for one in page
                    if one["reward"] == name
                ],
            }
            for name in dict.fromkeys(str(one["reward"]) for one in page)
        ]
        return ok(groups, pagination={"next_cursor": following})

    async def accept(self, request: web.Request) -> web.Response:
        """Accept redemptions."""
        return await self._settle(request, "accepted")

    async def reject(self, request: web.Request) -> web.Response:
        """Reject redemptions."""
        return await self._settle(request, "rejected")

    async def categories(self, request: web.Request) -> web.Response:
        """List categories whose name holds what is asked for."""
        if grant_of(self._stage, request) is None:
            return unauthorized()
        wanted = request.query.get("name", "").lower()
        shown = {number: name for number, name in CATEGORIES.items() if wanted in name.lower()}
        listed = [{"id": number, "name": name, "tags": [""], "thumbnail": ""} for number, name in shown.items()]
        return ok(listed, pagination={"next_cursor": ""})

    async def leaderboard(self, request: web.Request) -> web.Response:
        """Tell who gave most KICKs: everybody who is played, by account."""
        grant = self._admitted(request, "kicks:read")
        if isinstance(grant, web.Response):
            return grant
        top = int(request.query.get("top", "100"))
        places = [
            {"rank": rank, "user_id": person.account, "username": person.name, "gifted_amount": 1_000 // rank}
            for rank, person in enumerate(list(self._stage.people.values())[:top], 1)
        ]
        return ok({"lifetime": places, "month": [], "week": []})

    async def _settle(self, request: web.Request, status: str) -> web.Response:
        grant = self._admitted(request, "channel:rewards:write")
        if isinstance(grant, web.Response):
            return grant
        ids = (await content_of(request)).get("ids")
        if not isinstance(ids, list) or not 0 < len(wanted := cast("list[Any]", ids)) <= SETTLED_MAX:
            return bad_request()
        failed = {str(one): self._failure(grant, str(one), status) for one in wanted}
        return ok([{"id": one, "reason": reason} for one, reason in failed.items() if reason is not None])

    def _failure(self, grant: Grant, name: str, status: str) -> str | None:
        """Settle one redemption, or return why not."""
        found = self._stage.redemptions.get(name)
        if name in self._stage.quirks.unsettled:
            return self._stage.quirks.unsettled[name]
        if found is None:
            return "NOT_FOUND"
        if found["owner"] != grant.account or found["reward"] in self._stage.made_by_hand:
            return "NOT_OWNED"
        if found["status"] != "pending":
            return "NOT_PENDING"
        found["status"] = status
        self._stage.settled(name)
        return None

    def _about(self, grant: Grant, name: str) -> dict[str, object]:
        told = {key: self._of(grant)[name][key] for key in ("id", "title", "cost", "description")}
        return told | {"can_manage": name not in self._stage.made_by_hand, "is_deleted": False}

    def _of(self, grant: Grant) -> dict[str, dict[str, object]]:
        return self._stage.rewards.setdefault(grant.account or 0, {})

    def _admitted(self, request: web.Request, scope: str) -> Grant | web.Response:
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        return grant if grant.account is not None and may(grant, scope) else forbidden()
