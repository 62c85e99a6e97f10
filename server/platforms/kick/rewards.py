"""Kick's channel rewards and their redemptions: https://docs.kick.com/apis/channel-rewards."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from server.domain.rewards.platform import Redemption, RedemptionPage, RedemptionStatus, Reward, RewardDraft, Unsettled
from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.requests import TAKEN, TRIES_MAX, Requests, account, data_of, list_of, next_cursor, read
from server.platforms.kick.values import NAME_LENGTH_MAX, TEXT_LENGTH_MAX
from server.ports_platforms import ApiFault

REWARDS = "/public/v1/channels/rewards"
ONE = f"{REWARDS}/id"
REDEMPTIONS = f"{REWARDS}/redemptions"
SETTLED_AT_ONCE = 25
_STATUSES: Mapping[str, RedemptionStatus] = {"pending": "pending", "accepted": "accepted", "rejected": "rejected"}


class KickRewards:
    """The rewards of whoever owns the token; only those that our app made can be changed by it."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def rewards(self, access_token: str) -> Sequence[Reward] | ApiFault:
        """Return every reward of the channel, or the fault."""
        answer = await self._requests.ask("GET", REWARDS, access_token, tries=TRIES_MAX)
        return read(answer, "rewards", _rewards)

    async def create(self, access_token: str, draft: RewardDraft) -> Reward | ApiFault:
        """Make a reward. It is never sent twice by itself, as every repeat would make another one."""
        content = _content(draft)
        content.pop("is_paused")
        answer = await self._requests.ask("POST", REWARDS, access_token, content=content)
        return read(answer, "a new reward", lambda told: _reward(data_of(told), "data"))

    async def change(self, access_token: str, reward_id: str, draft: RewardDraft) -> Reward | ApiFault:
        """Have a reward of ours be as `draft` says."""
        answer = await self._requests.ask(
            "PATCH", _path(reward_id), access_token, content=_content(draft), tries=TRIES_MAX, endpoint=ONE
        )
        return read(answer, "a reward", lambda told: _reward(data_of(told), "data"))

    async def delete(self, access_token: str, reward_id: str) -> ApiFault | None:
        """Delete a reward of ours; None once that is done."""
        answer = await self._requests.ask("DELETE", _path(reward_id), access_token, good=TAKEN, endpoint=ONE)
        return answer if isinstance(answer, ApiFault) else None

    async def redemptions(
        self,
        access_token: str,
        *,
        reward_id: str | None = None,
        status: RedemptionStatus | None = None,
        ids: Sequence[str] = (),
        cursor: str | None = None,
    ) -> RedemptionPage | ApiFault:
        """Return a page of redemptions, or the fault; those with certain ids, at most 25, where they are named."""
        asked = {"reward_id": reward_id, "status": status, "cursor": cursor}
        query = [(name, value) for name, value in asked.items() if value is not None]
        query += [("id", one) for one in ids[:SETTLED_AT_ONCE]]
        answer = await self._requests.ask("GET", REDEMPTIONS, access_token, query=query, tries=TRIES_MAX)
        return read(answer, "redemptions", lambda told: RedemptionPage(_redemptions(told), next_cursor(told)))

    async def settle(
        self, access_token: str, verdict: Literal["accept", "reject"], redemption_ids: Sequence[str]
    ) -> Sequence[Unsettled] | ApiFault:
        """Accept or reject at most 25 redemptions; those that could not be, each with its reason.

        Kick answers 200 whatever became of them. A repeat does no harm: what was settled then is NOT_PENDING.
        """
        wanted = list(dict.fromkeys(redemption_ids))
        if not 0 < len(wanted) <= SETTLED_AT_ONCE:
            raise ValueError(f"One to {SETTLED_AT_ONCE} redemptions are settled at once.")
        path = f"{REDEMPTIONS}/{verdict}"
        answer = await self._requests.ask("POST", path, access_token, content={"ids": wanted}, tries=TRIES_MAX)
        return read(answer, "settled redemptions", _unsettled)


def _path(reward_id: str) -> str:
    return f"{REWARDS}/{values.identifier(reward_id, 'reward_id')}"


def _content(draft: RewardDraft) -> dict[str, object]:
    content: dict[str, object] = {
        "title": draft.title,
        "cost": draft.cost,
        "description": draft.description,
        "is_enabled": draft.is_enabled,
        "is_paused": draft.is_paused,
        "is_user_input_required": draft.asks_for_input,
        "should_redemptions_skip_request_queue": draft.skips_queue,
    }
    return content if draft.colour is None else content | {"background_color": draft.colour}


def _rewards(answer: Answer) -> list[Reward]:
    return [_reward(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]


def _reward(value: object, path: str) -> Reward:
    told = values.fields(value, path)
    return Reward(
        id=values.identifier(told.get("id"), f"{path}.id"),
        title=values.text(told.get("title"), f"{path}.title", NAME_LENGTH_MAX),
        cost=values.count(told.get("cost"), f"{path}.cost"),
        description=values.optional_text(told.get("description"), f"{path}.description", TEXT_LENGTH_MAX) or "",
        is_enabled=values.optional_flag(told.get("is_enabled"), f"{path}.is_enabled"),
        is_paused=values.optional_flag(told.get("is_paused"), f"{path}.is_paused"),
    )


def _redemptions(answer: Answer) -> list[Redemption]:
    found: list[Redemption] = []
    for place, group in enumerate(list_of(answer)):
        path = f"data[{place}]"
        told = values.fields(group, path)
        reward = values.fields(told.get("reward"), f"{path}.reward")
        listed = values.items(told.get("redemptions"), f"{path}.redemptions")
        found += [_redemption(one, reward, f"{path}.redemptions[{row}]", path) for row, one in enumerate(listed)]
    return found


def _redemption(value: object, reward: Mapping[str, Any], path: str, group: str) -> Redemption:
    told: Mapping[str, Any] = values.fields(value, path)
    redeemer = values.fields(told.get("redeemer"), f"{path}.redeemer")
    status = _STATUSES.get(values.text(told.get("status"), f"{path}.status", NAME_LENGTH_MAX))
    if status is None:
        raise values.mismatch(f"{path}.status", "pending, accepted or rejected", told.get("status"))
    return Redemption(
        id=values.identifier(told.get("id"), f"{path}.id"),
        reward_id=values.identifier(reward.get("id"), f"{group}.reward.id"),
        title=values.optional_text(reward.get("title"), f"{group}.reward.title", NAME_LENGTH_MAX) or "",
        cost=values.count(reward.get("cost"), f"{group}.reward.cost"),
        redeemer_id=account(redeemer.get("user_id"), f"{path}.redeemer.user_id"),
        status=status,
        user_input=values.optional_text(told.get("user_input"), f"{path}.user_input", TEXT_LENGTH_MAX) or "",
        redeemed_at=values.instant(told.get("redeemed_at"), f"{path}.redeemed_at"),
    )


def _unsettled(answer: Answer) -> list[Unsettled]:
    failures = [values.fields(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]
    return [
        Unsettled(
            values.identifier(one.get("id"), f"data[{place}].id"),
            values.text(one.get("reason"), f"data[{place}].reason", NAME_LENGTH_MAX),
        )
        for place, one in enumerate(failures)
    ]
