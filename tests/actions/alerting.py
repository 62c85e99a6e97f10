"""A community whose overlays show alerts, for tests: what happens there, and copies that take and show."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from server.actions import jobs as job_actions
from server.actions.streamalerts import queue, show, steer
from server.actions.streamalerts.show import Taken
from server.actions.tokens import overlay_keys
from server.domain.jobs import Outcome, Report, Served
from server.domain.streamalerts import JOB, AlertKind, OpenAlert
from server.events.draws import DrawRevealed, Winner
from server.events.follows import Followed
from server.events.happening import Happening, Person
from server.events.subs import KicksGifted, SubsGifted, SubStarted
from server.events.tellings import Corrected
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import linking, streamalerts
from tests.actions.pipeline import Pipeline

STREAMER = Person(id="900001", name="streamer")
COPY = "copy-one"
MAIN = "main"


class Middle:
    """Chance that always says the same."""

    def draw(self, many: int) -> bytes:
        return b"\x7f" * many


def person(number: int) -> Person:
    return Person(id=str(number), name=f"viewer{number}")


def gift(by: int | None, count: int, at: datetime, number: int) -> SubsGifted:
    gifter = person(by) if by else Person(id=None, name=None)
    return SubsGifted(
        platform="kick", broadcaster=STREAMER, gifter=gifter, giftees=(), at=at, total=count, happening_id=number
    )


def kicks(by: int, amount: int, at: datetime, number: int) -> KicksGifted:
    return KicksGifted(
        platform="kick",
        broadcaster=STREAMER,
        sender=person(by),
        amount=amount,
        name="Rocket",
        kind="BASIC",
        tier="BASIC",
        message="",
        at=at,
        happening_id=number,
    )


def sub(by: int, at: datetime, number: int) -> SubStarted:
    return SubStarted(
        platform="kick", broadcaster=STREAMER, subscriber=person(by), months=1, at=at, happening_id=number
    )


def drawn(number: int, at: datetime, *, is_test: bool = False) -> DrawRevealed:
    winner = Winner(position=1, ticket=1, platform="kick", external_id="1", name="viewer1")
    return DrawRevealed(
        draw_id=number,
        subject="raffle",
        subject_id=1,
        title="The harbour's mug",
        is_test=is_test,
        count=1,
        winners=(winner,),
        masks=True,
        url="",
        reveal_at=at,
    )


def follow(by: int, at: datetime) -> Followed:
    return Followed(platform="kick", broadcaster=STREAMER, follower=person(by), told_at=at)


class House:
    """A community, with what its overlays show."""

    def __init__(self, pipeline: Pipeline, community: int) -> None:
        self.pipeline = pipeline
        self.community = community

    @property
    def now(self) -> datetime:
        return self.pipeline.clock.now()

    async def key(self, overlay: str) -> int:
        """A good key for an overlay."""
        made = partial(overlay_keys.create, overlay=overlay, digest=f"{self.community} {overlay}".ljust(64, "x"))
        return (await self.pipeline.server.units.run(self.community, made)).id

    async def meet(self, *numbers: int) -> None:
        """People are known before anything is told of them."""

        async def run(tx: Tx, scope: Scope) -> Done[None]:
            await linking.accounts_of(tx, "kick", [(person(number), scope.now) for number in numbers])
            return Done(None)

        await self.pipeline.server.units.run(self.community, run)

    async def happen(self, *happened: Happening | Corrected) -> None:
        """Something happened; the reactions to it run in one transaction, as a batch of the worker does."""

        async def run(tx: Tx, scope: Scope) -> Done[None]:
            fresh = [one for one in happened if not isinstance(one, Corrected)]
            known = [one for one in happened if isinstance(one, Corrected)]
            events = await queue.after_happened(tx, scope, fresh) if fresh else []
            return Done(None, [*events, *(await queue.after_corrected(tx, scope, known) if known else [])])

        await self.pipeline.server.units.run(self.community, run)

    async def reveal(self, *drawn: DrawRevealed) -> None:
        """It is told who won."""

        async def run(tx: Tx, scope: Scope) -> Done[None]:
            return Done(None, await queue.after_revealed(tx, scope, drawn))

        await self.pipeline.server.units.run(self.community, run)

    async def take(self, overlay: str, copy: str = COPY) -> Taken | None:
        """A copy of an overlay asks for the next alert."""
        return await self.pipeline.server.units.run(self.community, partial(show.take, overlay=overlay, copy=copy))

    async def shown(self, overlay: str, taken: Taken, outcome: Outcome = Outcome.DONE) -> None:
        """A copy says how showing an alert went."""
        served = Served(audience="overlay", communities=frozenset({self.community}), overlay=overlay)
        report = Report(job_id=taken.alert_id, lease=taken.lease, outcome=outcome)
        told = partial(job_actions.acknowledge, served=served, report=report, chance=Middle())
        await self.pipeline.server.units.run(self.community, told)

    async def waiting(self, overlay: str) -> Sequence[OpenAlert]:
        """The alerts that are not over."""
        return await streamalerts.open_alerts(self.pipeline.server.database.reader(), self.community, overlay)

    async def ended(self, overlay: str) -> dict[str, list[str]]:
        """The causes of the alerts that are over, by how they ended."""
        rows = await self.pipeline.read(
            "SELECT key, outcome FROM job WHERE community_id = $1 AND overlay = $2 AND kind = $3 AND state = 'done' "
            "ORDER BY id",
            self.community,
            overlay,
            JOB,
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["outcome"], []).append(row["key"].removesuffix(f":{self.community}:{overlay}"))
        return found


async def rules(house: House, kind: AlertKind, overlay: str = MAIN, **wanted: object) -> None:
    """Staff changes by which rules a kind is shown."""
    change = partial(steer.set_rules, overlay=overlay, kind=kind, wanted=wanted)
    await house.pipeline.server.units.run(house.community, change)


async def tried_out(house: House, kind: AlertKind) -> None:
    """Staff tries an alert out."""
    trying = partial(steer.try_out, overlay=MAIN, kind=kind, name="Ada", amount=50, token="t")
    await house.pipeline.server.units.run(house.community, trying)
