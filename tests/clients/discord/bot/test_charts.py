"""Charts in answers: what is drawn is what the server says, and what is drawn is said in words, too."""

from io import BytesIO

import pytest
from PIL import Image

from clients.discord.charts import drawing
from clients.discord.charts.columns import Part
from clients.discord.charts.painting import COLOURS, HIGH, WIDE
from clients.discord.commands import raffle_chart
from clients.discord.commands.raffle_chart import alt
from clients.discord.graph.answers.raffle import DayOfRaffle
from clients.discord.render.card import Card
from clients.discord.render.limits import ALT_MAX
from clients.discord.words.language import Words
from clients.simulator.discord.asked import Asked
from clients.simulator.discord.uploads import Attachment
from clients.simulator.discord.world import User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import linked, member, staff, text, whole
from tests.clients.discord.charts.test_columns import LEGEND, heights, runs
from tests.graph import line, status


def picture(asked: Asked, high: int = HIGH) -> tuple[Attachment, Image.Image]:
    """The only picture beside an answer, which the card shows."""
    assert asked.message is not None
    [found] = asked.message.attachments
    image = asked.message.shown["embeds"][0]["image"]
    assert image == {"url": f"attachment://{found.filename}", "description": found.description}
    drawn = Image.open(BytesIO(found.content))
    assert (drawn.format, drawn.size, found.content_type) == ("PNG", (WIDE, high), "image/png")
    return found, drawn.convert("RGB")


async def asked_for(place: Place, user: User, *options: dict[str, object]) -> Asked:
    asked = await place.use(user, "watchtime", *options)
    await asked.settled()
    return asked


async def watched_before(place: Place, viewer: int) -> None:
    """Three days ago, for two minutes; on the first of August he watched for five and more."""
    await place.graph.deliver(
        "livestream.status.updated", status("100001", "2026-07-29T10:00:00Z", "2026-07-29T11:00:00Z")
    )
    await place.graph.deliver("chat.message.sent", line("100001", viewer, "hello", "2026-07-29T10:58:00Z"))
    await place.graph.live.settle()


async def test_watch_time_is_shown_by_day_in_columns_and_in_words(place: Place) -> None:
    ada = await linked(place, "ada", "2")
    await watched_before(place, 2)
    asked = await asked_for(place, ada)
    found, drawn = picture(asked)
    assert found.description == "Last 30 days: 8 min (Jul 29: 2 min, Aug 1: 6 min)"
    assert asked.message is not None
    assert asked.message.shown["embeds"][0]["description"].endswith("Last 30 days: 8 min")
    low, high = runs(heights(drawn, COLOURS[0]))
    assert abs(high - 3 * low) <= 3
    middle = heights(drawn, COLOURS[0])
    assert middle[: WIDE // 2] == [0] * (WIDE // 2), "nothing was watched before"


async def test_a_chart_is_in_the_language_of_whoever_asks(place: Place) -> None:
    carla = await linked(place, "carla", "2")
    carla.locale = "de"
    await watched_before(place, 2)
    found, _ = picture(await asked_for(place, carla, whole("days", 7)))
    told = "Letzte 7 Tage: 8 Min. (29. Juli: 2 Min., 1. Aug.: 6 Min.)"  # codespell:ignore
    assert found.description == told


async def test_who_watched_nothing_is_told_so_and_shown_no_picture(place: Place) -> None:
    ada = await linked(place, "ada", "9")
    asked = await asked_for(place, ada)
    assert asked.message is not None
    assert asked.message.attachments == []
    [card] = asked.message.shown["embeds"]
    assert "image" not in card
    assert card["description"].endswith("Nothing watched on the last 30 days.")


async def test_who_is_not_linked_is_shown_no_picture(place: Place) -> None:
    asked = await asked_for(place, place.person("ada"))
    assert asked.message is not None
    assert asked.message.attachments == []
    assert "have not linked" in asked.message.shown["embeds"][0]["description"]


async def test_a_hostile_name_is_in_no_words_of_a_picture(place: Place) -> None:
    name = "@everyone \N{RIGHT-TO-LEFT OVERRIDE}" + "w" * 300
    hostile = await linked(place, "ada", "2")
    hostile.name = name
    found, _ = picture(await asked_for(place, await staff(place), member(hostile)))
    assert found.description == "Last 30 days: 6 min (Aug 1: 6 min)"


async def test_an_answer_comes_without_its_chart_where_it_cannot_be_drawn(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bytes:
        raise OSError("no room")

    monkeypatch.setattr(drawing, "png", broken)
    asked = await asked_for(place, await linked(place, "ada", "2"))
    assert asked.message is not None
    assert asked.message.attachments == []
    assert "6 min" in asked.message.shown["embeds"][0]["description"]


async def test_more_days_than_can_be_told_in_words_are_not_offered(place: Place) -> None:
    [told] = [one for one in place.discord.world.commands[""] if one["name"] == "watchtime"]
    [days] = [one for one in told["options"] if one["name"] == "days"]
    assert (days["min_value"], days["max_value"]) == (7, 31)


START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"


async def with_tickets(place: Place, ada: User) -> Asked:
    """What somebody is shown who took his free entry one day, and was given more by staff on another."""
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "start"}
    await place.graph.data(START, input=where | {"title": "Mugs"})
    await place.told(ada, "raffle claim")
    boss = await staff(place)
    place.graph.live.clock.pass_time(seconds=2 * 24 * 3_600)
    place.graph.operator = place.graph.server.tokens.mint("admin")
    await place.told(boss, "raffle-admin give", member(ada), whole("amount", 20), text("reason", "The quiz."))
    asked = await place.use(ada, "raffle tickets")
    await asked.settled()
    return asked


async def test_tickets_are_shown_by_day_and_source_in_columns_and_in_words(place: Place) -> None:
    ada = await linked(place, "ada", "2")
    found, drawn = picture(await with_tickets(place, ada), HIGH + 52)
    expected = "Last 3 days: From staff: 20, Free entry: 10 (Aug 1: Free entry 10; Aug 3: From staff 20)"
    assert found.description == expected
    [staffs] = runs(heights(drawn, COLOURS[0], LEGEND))
    [free] = runs(heights(drawn, COLOURS[1], LEGEND))
    assert abs(staffs - 2 * free) <= 3
    assert heights(drawn, COLOURS[1], LEGEND).index(free) < heights(drawn, COLOURS[0], LEGEND).index(staffs)


async def test_who_has_no_tickets_is_shown_no_picture(place: Place) -> None:
    ada = await linked(place, "ada", "9")
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "start"}
    await place.graph.data(START, input=where | {"title": "Mugs"})
    asked = await place.use(ada, "raffle tickets")
    assert "**0 tickets**" in (await asked.settled())["embeds"][0]["description"]
    assert asked.message is not None
    assert asked.message.attachments == []


def test_words_of_many_tickets_fit_and_name_every_day() -> None:
    sources = ["GIFTED_SUB", "OWN_SUB", "WATCH_TIME", "WAGER", "KICKS", "REWARD", "FREE_ENTRY", "STAFF"]
    given = [dict.fromkeys(sources, 10**6 + number) for number in range(31)]
    labels = [f"Aug {number + 1}" for number in range(31)]
    told = alt(Words("en"), labels, given, [Part(name=one, figures=[1]) for one in sources])
    assert len(told) <= ALT_MAX
    assert all(f"{label}: " in told for label in labels)


async def test_what_was_taken_back_is_no_column() -> None:
    days: list[DayOfRaffle] = [{"day": "2026-08-01", "bySource": [{"source": "STAFF", "tickets": "-5"}]}]
    plain = Card(title="Tickets")
    assert await raffle_chart.drawn(Words("en"), plain, days, drawing.Drawing()) is plain
