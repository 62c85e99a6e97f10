"""What the tests of every mutation need to know of channel rewards."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from server.actions.rewards import wish
from server.domain.rewards.actions import ActionKind, RewardAction
from server.domain.rewards.rules import RewardPlan
from server.events.happening import Person
from server.events.rewards import RedemptionState, RewardRedeemed
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server
from server.schema.ids import id_of
from server.store.rewards import wishes
from tests.resolvers.slot_cases import Given, here

SLOT = RewardAction(kind=ActionKind.SLOT_CALL)


@dataclass(frozen=True)
class RewardThings:
    """A reward, a redemption that waits and one that is stuck, of one community."""

    reward: str
    waiting: str
    stuck: str


async def reward_things(server: Server, community_id: int, action: RewardAction = SLOT) -> RewardThings:
    """A reward that the platform has, redeemed twice; what came of the second could not be told.

    Nobody names a slot, so that by itself nothing but a refusal follows.
    """
    plan = RewardPlan(title="Bonus", cost=100, action=action)
    made = await server.units.run(community_id, partial(wish.create, channel_id=1, plan=plan, actor="staff"))
    record = await wishes.by_id(server.database.reader(), community_id, made)
    assert record is not None
    await server.units.run(community_id, partial(wish.note_made, reward=record, external_id=f"R{community_id}"))

    async def redeem(_: Tx, scope: Scope) -> Done[None]:
        events = [
            RewardRedeemed(
                platform="kick",
                broadcaster=Person(id="100001", name="Streamer100001"),
                redemption_id=name,
                state=RedemptionState.PENDING,
                redeemer=Person(id="1", name="viewer1"),
                reward_id=f"R{scope.community_id}",
                reward_title="Bonus",
                cost=100,
                user_input="",
                at=scope.now,
            )
            for name in ("waiting", "stuck")
        ]
        return Done(None, events)

    async def stick(tx: Tx, scope: Scope) -> Done[int]:
        sql = (
            "UPDATE redemption SET deed = 'done', verdict = 'accept', settling = 'failed', reason = 'platform_lost_it' "
            "WHERE community_id = $1 AND external_id = 'stuck'"
        )
        return Done(await tx.execute(sql, scope.community_id))

    await server.units.run(community_id, redeem)
    assert await server.units.run(community_id, stick) == 1
    rows = await server.database.reader().fetch(
        "SELECT id FROM redemption WHERE community_id = $1 ORDER BY external_id", community_id
    )
    stuck, waiting = [id_of("redemption", row["id"]) for row in rows]
    return RewardThings(id_of("reward", made), waiting, stuck)


REWARD = "reward { id title cost colour isOn state problem action { kind seconds text } channel { platformId } }"
REDEMPTION = "redemption { id progress state reason explanation decidedBy cost account { platformId } }"
LINE: dict[str, Any] = {"kind": "CHAT_LINE", "text": "{name} shouts {input}"}
BONUS: dict[str, Any] = {"kind": "WATCH_TIME_BONUS", "seconds": 60}


def about(**named: str) -> Given:
    """An input that names things of the first community."""
    return lambda houses: {
        "communityId": id_of("community", houses.one),
        **{name: getattr(houses.rewards, thing) for name, thing in named.items()},
    }


CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    (
        "createReward",
        f"... on RewardCreated {{ {REWARD} }}",
        here(channelId=id_of("channel", 1), title="Shout", cost=50, action=LINE, colour="#53FC18"),
        {"cost": 51},
        "",
    ),
    (
        "updateReward",
        f"... on RewardUpdated {{ {REWARD} }}",
        lambda houses: {**about(rewardId="reward")(houses), "isOn": False, "cost": 200},
        {"cost": 201},
        "",
    ),
    (
        "deleteReward",
        "... on RewardDeleted { rewardId }",
        about(rewardId="reward"),
        {"rewardId": id_of("reward", 99)},
        "",
    ),
    (
        "refundRedemption",
        f"... on RedemptionRefunded {{ {REDEMPTION} }}",
        lambda houses: {**about(redemptionId="waiting")(houses), "reason": "Not today."},
        {"reason": "x"},
        "",
    ),
    (
        "retryRedemption",
        f"... on RedemptionRetried {{ {REDEMPTION} }}",
        about(redemptionId="stuck"),
        {"redemptionId": id_of("redemption", 99)},
        "",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("createReward", {"title": " "}, "reward_title"),
    ("createReward", {"title": "BONUS"}, "reward_title_taken"),
    ("createReward", {"cost": 0}, "reward_cost"),
    ("createReward", {"description": "x" * 201}, "reward_description"),
    ("createReward", {"colour": "red"}, "reward_colour"),
    ("createReward", {"action": {**BONUS, "text": "x"}}, "reward_action_unclear"),
    ("createReward", {"action": {**BONUS, "seconds": 86_401}}, "reward_seconds"),
    ("createReward", {"channelId": id_of("channel", 99)}, "reward_channel_unknown"),
    ("updateReward", {"rewardId": id_of("reward", 2)}, "reward_unknown"),
    ("updateReward", {"cost": 0}, "reward_cost"),
    ("deleteReward", {"rewardId": id_of("reward", 2)}, "reward_unknown"),
    ("refundRedemption", {"redemptionId": id_of("redemption", 3)}, "redemption_unknown"),
    ("refundRedemption", {"reason": " "}, "reason_missing"),
    ("retryRedemption", {"redemptionId": id_of("redemption", 1)}, "redemption_not_stuck"),
    ("retryRedemption", {"redemptionId": id_of("redemption", 3)}, "redemption_unknown"),
]
PLAN = {"title": "Bonus", "cost": 100, "action_kind": "slot_call", "on": 1}
LINES: dict[str, tuple[Any, ...]] = {
    "createReward": (
        "rewards.create",
        ("reward", None),
        None,
        {
            "title": "Shout",
            "cost": 50,
            "description": "",
            "colour": "#53fc18",
            "action_kind": "chat_line",
            "action_text": "{name} shouts {input}",
            "on": 1,
        },
    ),
    "updateReward": ("rewards.change", ("reward", None), {"cost": 100, "on": 1}, {"cost": 200, "on": 0}),
    "deleteReward": ("rewards.delete", ("reward", None), {**PLAN, "description": "", "colour": None}, None),
    "refundRedemption": (
        "rewards.refund",
        ("redemption", None),
        {"progress": "waiting"},
        {"progress": "refunding", "reward": "Bonus", "why": "refunded_by_staff"},
        "Not today.",
    ),
    "retryRedemption": (
        "rewards.retry",
        ("redemption", None),
        {"progress": "stuck"},
        {"progress": "done", "reward": "Bonus", "why": "platform_lost_it"},
    ),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("createReward", "REWARDS_MANAGE", {"channelId": id_of("channel", 1), "title": "x", "cost": 1, "action": BONUS}),
    ("updateReward", "REWARDS_MANAGE", {"rewardId": id_of("reward", 1), "isOn": False}),
    ("deleteReward", "REWARDS_MANAGE", {"rewardId": id_of("reward", 1)}),
    ("refundRedemption", "REWARDS_MANAGE", {"redemptionId": id_of("redemption", 1), "reason": "A test."}),
    ("retryRedemption", "REWARDS_MANAGE", {"redemptionId": id_of("redemption", 1)}),
]
