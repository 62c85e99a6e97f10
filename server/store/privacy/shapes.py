"""What is held about a person as he is shown it, without anybody else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from server.domain.instants import SECOND, instant_of
from server.domain.privacy import EVERYWHERE, Identity
from server.ports import Row
from server.store.privacy.forgetting import Mine, listed

SOMEBODY_ELSE = "(somebody else)"
IDENTITY = re.compile(r"\b(?:kick|twitch|discord|discord_role|shuffle|roobet|howl):[A-Za-z0-9_-]+")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """Whose data is wanted, and of which community: of all for `EVERYWHERE`."""

    people: Sequence[Mine]
    community_id: int = EVERYWHERE

    @property
    def accounts(self) -> str:
        """His accounts by our numbers, as a list in a statement."""
        return listed(one.account_id for one in self.people if one.account_id is not None)

    @property
    def identities(self) -> Sequence[Identity]:
        """His accounts by their platforms' own ids."""
        return [one.identity for one in self.people]

    def is_his(self, named: str) -> bool:
        """Whether an actor or a target, as the log names it, is he."""
        return any(str(one) in IDENTITY.findall(named) for one in self.identities)

    def by(self, actor: str) -> str:
        """Who did something, without saying who where it was not he."""
        return "you" if self.is_his(actor) else actor.partition(":")[0]

    def without_others(self, value: Any) -> Any:
        """A value in which nobody else is named."""
        if isinstance(value, str):
            return IDENTITY.sub(lambda found: found[0] if self.is_his(found[0]) else SOMEBODY_ELSE, value)
        if isinstance(value, list):
            return [self.without_others(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {name: self.without_others(one) for name, one in cast("dict[str, Any]", value).items()}
        return value


def at(value: int | None) -> str | None:
    """An instant as it is written in exports."""
    return None if value is None else instant_of(value).isoformat().replace("+00:00", "Z")


def account(row: Row, _: Held) -> Record:
    """An account."""
    return {
        "platform": row["platform"],
        "id": row["external_id"],
        "name": row["name"],
        "slug": row["slug"],
        "namedAt": at(row["named_at"]) if row["named_at"] else None,
    }


def viewer(row: Row, _: Held) -> Record:
    """What he is in a community."""
    return {"community": row["slug"], "name": row["name"], "watchSeconds": row["watch_us"] // SECOND}


def link(row: Row, held: Held) -> Record:
    """An account that is linked."""
    return {
        "community": row["slug"],
        "platform": row["platform"],
        "id": row["external_id"],
        "cause": row["cause"],
        "by": held.by(row["actor"]),
        "at": at(row["at"]),
    }


def link_event(row: Row, held: Held) -> Record:
    """A link that was made or undone."""
    return {
        "community": row["slug"],
        "platform": row["platform"],
        "id": row["external_id"],
        "kind": row["kind"],
        "cause": row["cause"],
        "by": held.by(row["actor"]),
        "reason": held.without_others(row["reason"]),
        "at": at(row["at"]),
    }


def tally(row: Row, _: Held) -> Record:
    """What he watched of a stream."""
    return {
        "community": row["slug"],
        "channel": row["name"],
        "streamStartedAt": at(row["started_at"]),
        "seconds": row["total_us"] // SECOND,
    }


def adjustment(row: Row, held: Held) -> Record:
    """A correction."""
    return {
        "community": row["slug"],
        "seconds": row["amount_us"] // SECOND,
        "reason": held.without_others(row["reason"]),
        "by": held.by(row["actor"]),
        "at": at(row["at"]),
    }


def message(row: Row, _: Held) -> Record:
    """That he wrote something."""
    return {"channel": row["name"], "at": at(row["at"])}


def offer(row: Row, held: Held) -> Record:
    """A link that he was handed."""
    known = {(one.platform, one.external_id) for one in held.identities}
    is_his = (row["platform"], row["external_id"]) in known
    is_asker = ("discord", row["discord_id"]) in known
    return {
        "community": row["slug"],
        "askedAt": at(row["created_at"]),
        "state": row["state"],
        "discordName": row["discord_name"] if is_asker else None,
        "discordServer": row["guild_name"],
        "platform": row["platform"] if is_his else None,
        "name": row["name"] if is_his else None,
        "problem": row["problem"],
    }


def session(row: Row, _: Held) -> Record:
    """A sign-in."""
    return {
        "platform": row["platform"],
        "name": row["name"],
        "from": at(row["created_at"]),
        "until": at(row["ended_at"] or row["expires_at"]),
    }


def grant(row: Row, _: Held) -> Record:
    """A role."""
    return {"community": row["slug"], "role": row["role"], "more": row["extra"], "at": at(row["at"])}


def happening(row: Row, held: Held) -> Record | None:
    """A sub, a gift or the like in which he had a part; of others only how many there were."""
    told: Mapping[str, Any] = orjson.loads(row["data"])
    his = {one.external_id for one in held.identities}
    is_who, others = told["who"][0] in his, [one for one in told["others"] if one[0] in his]
    if not is_who and not others:
        return None
    return {
        "community": row["slug"],
        "kind": row["kind"],
        "part": "did" if is_who else "received",
        "number": told["number"],
        "words": told["words"] if is_who else {},
        "at": at(row["at"]),
    }


def line(row: Row, held: Held) -> Record | None:
    """A line of the log that he wrote, or that is about him."""
    target = f"{row['target_kind']} {row['target_id']}"
    is_about = held.is_his(row["target_id"]) or row["is_viewer"]
    if not is_about and not held.is_his(row["actor"]):
        return None
    shown: Record = {
        "community": row["slug"],
        "at": at(row["at"]),
        "by": held.by(row["actor"]),
        "action": row["action"],
    }
    if is_about:
        told = {name: row[name] and held.without_others(orjson.loads(row[name])) for name in ("before", "after")}
        reason = row["reason"] and held.without_others(row["reason"])
        shown |= {"about": held.without_others(target) if row["target_kind"] == "holder" else "you", **told}
        shown["reason"] = reason
    return shown


def read(row: Row, _: Held) -> Record:
    """That somebody looked."""
    return {"community": row["slug"], "by": row["reader_kind"], "what": row["what"], "inTheHourFrom": at(row["hour"])}


def job(row: Row, held: Held) -> Record | None:
    """A message to him, or about him, that waits or was delivered."""
    told = orjson.loads(row["payload"])
    ids = {one.external_id for one in held.identities}
    if not any(value in ids for value in told.values() if isinstance(value, str)):
        return None
    return {
        "community": row["slug"],
        "kind": row["kind"],
        "state": row["state"],
        "at": at(row["created_at"]),
        "content": held.without_others(told),
    }


def token(row: Row, _: Held) -> Record:
    """A token of his own for programs."""
    return {
        "community": row["slug"],
        "name": row["name"],
        "may": row["ceiling"],
        "from": at(row["created_at"]),
        "until": at(row["revoked_at"] or row["expires_at"]),
        "usedAt": at(row["used_at"]),
    }


def invited(row: Row, _: Held) -> Record:
    """An invitation for him."""
    return {
        "kind": row["kind"],
        "from": at(row["made_at"]),
        "until": at(row["expires_at"]),
        "usedAt": at(row["used_at"]),
    }


def call(row: Row, _: Held) -> Record:
    """A slot that he called."""
    return {"community": row["slug"], "slot": row["title"], "state": row["state"], "at": at(row["called_at"])}


def redemption(row: Row, _: Held) -> Record:
    """A reward that he redeemed."""
    return {
        "community": row["slug"],
        "reward": row["title"],
        "cost": row["cost"],
        "wrote": row["user_input"],
        "state": row["told"],
        "carriedOut": row["deed"],
        "at": at(row["redeemed_at"]),
    }


def tickets(row: Row, held: Held) -> Record:
    """Tickets that he was given, or that were taken."""
    return {
        "community": row["slug"],
        "raffle": row["number"],
        "source": row["source"],
        "tickets": row["amount"],
        "reason": held.without_others(row["reason"]),
        "by": held.by(row["actor"]),
        "at": at(row["at"]),
    }


def free_entry(row: Row, _: Held) -> Record:
    """A free entry that he took."""
    return {"community": row["slug"], "raffle": row["number"], "at": at(row["at"])}


def follow(row: Row, _: Held) -> Record:
    """That he followed a community's channel, as far as it was heard, for the first time."""
    return {"community": row["slug"], "at": at(row["at"])}


def giveaway(row: Row, _: Held) -> Record:
    """That he entered a giveaway, whether he showed a subscription then, and when he left it, if he did."""
    return {
        "community": row["slug"],
        "giveaway": row["number"],
        "title": row["title"],
        "subscriber": bool(row["is_subscriber"]),
        "at": at(row["at"]),
        "leftAt": at(row["left_at"]),
    }


def entrant(row: Row, _: Held) -> Record:
    """That he was in a draw, or left out, and what he was drawn as; the salt proves his line in the list."""
    return {
        "community": row["slug"],
        "raffle": row["raffle"],
        "giveaway": row["giveaway"],
        "draw": row["number"],
        "isTest": row["env"] == "test",
        "tickets": row["weight"],
        "salt": row["salt"],
        "leftOut": row["excluded"],
        "drawnAs": row["position"],
        "state": row["state"],
    }


def role(row: Row, _: Held) -> Record:
    """A role on Discord that he was given or that was taken from him, and what became of it."""
    return {
        "community": row["slug"],
        "role": row["name"],
        "given": bool(row["is_given"]),
        "state": row["state"],
        "at": at(row["at"]),
    }


def exclusion(row: Row, held: Held) -> Record:
    """That staff left him out of draws."""
    return left_out(row, held, "raffle")


def giveaway_exclusion(row: Row, held: Held) -> Record:
    """That staff left him out of a giveaway."""
    return left_out(row, held, "giveaway")


def left_out(row: Row, held: Held, what: str) -> Record:
    """That staff left him out of something that has a number."""
    return {
        "community": row["slug"],
        what: row["number"],
        "code": row["code"],
        "reason": held.without_others(row["reason"]),
        "by": held.by(row["actor"]),
        "at": at(row["at"]),
    }


def wish(row: Row, _: Held) -> Record:
    """A wish to be forgotten."""
    return {"community": row["slug"], "state": row["state"], "askedAt": at(row["asked_at"]), "dueAt": at(row["due_at"])}


def wager_claim(row: Row, _: Held) -> Record:
    """A name in an affiliate feed that he claims."""
    return {
        "community": row["slug"],
        "provider": row["provider"],
        "name": row["name"],
        "state": row["state"],
        "at": at(row["claimed_at"]),
    }


def wagered(row: Row, _: Held) -> Record:
    """What an affiliate feed told of him since it was set up."""
    return {
        "community": row["slug"],
        "provider": row["provider"],
        "name": row["name"],
        "microUsd": row["counted"],
        "seenAt": at(row["seen_at"]),
    }
