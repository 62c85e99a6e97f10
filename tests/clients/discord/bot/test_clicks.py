"""A click changes its message, is answered beside it, or opens a form, as whoever offers it chooses."""

import asyncio

import pytest

from clients.discord.asked.answering import Click, Opens, custom_id
from clients.discord.asked.commands import Asked
from clients.discord.render.card import Button, Card
from clients.discord.render.form import Form, TextField
from clients.simulator.discord.world import Json, Message
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import text
from tests.clients.discord.bot.working import another_life


def shows(place: Place, name: str, clicked: Click | Opens) -> Message:
    """A message with one button, and who answers it."""
    clicks = place.bot.features.clicks
    assert isinstance(clicks, dict)
    clicks[f"try:{name}"] = clicked
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id("try", name, "7")}
    shown = {"content": "what stays", "components": [{"type": 1, "components": [button]}]}
    return place.discord.world.post(place.channel, place.discord.world.bot, shown)


async def tell(asked: Asked, more: str) -> Card:
    fields = asked.interaction.fields
    return Card(title=f"Heard {more}", lines=[f"{name}={value}" for name, value in fields.items()])


def answered(told: Json | None) -> tuple[int, Json]:
    assert told is not None
    return told["type"], told.get("data") or {}


async def test_an_answer_beside_leaves_the_message_and_is_for_the_clicker_alone(place: Place) -> None:
    message = shows(place, "apart", Click(run=tell, is_apart=True))
    asked = await place.discord.people.click(place.person("ada"), message, "rg1:try:apart:7")
    assert (await asked.settled())["embeds"][0]["title"] == "Heard 7"
    assert answered(asked.answer) == (5, {"flags": 64, "allowed_mentions": {"parse": []}})
    assert message.shown["content"] == "what stays"


async def test_whoever_may_not_click_is_told_beside_it(place: Place) -> None:
    def refuses(asked: Asked, more: str) -> Card:
        return Card(title=f"Not for {asked.interaction.user_name}: {more}")

    message = shows(place, "closed", Click(run=tell, refuses=refuses))
    asked = await place.discord.people.click(place.person("ada"), message, "rg1:try:closed:7")
    assert (await asked.settled())["embeds"][0]["title"] == "Not for ada: 7"
    assert message.shown["content"] == "what stays"


async def test_a_click_opens_a_form_and_what_is_filled_in_comes_back(place: Place) -> None:
    def form(asked: Asked, more: str) -> Form:
        fields = [
            TextField(name="slot", label="Which slot", hint="Its title", value="Wanted", most=80),
            TextField(name="why", label="Why" * 40, required=False, has_lines=True),
        ]
        return Form(title=f"For {asked.interaction.user_name}", custom_id=custom_id("try", "sent", more), fields=fields)

    shows(place, "sent", Click(run=tell, is_apart=True))
    message = shows(place, "form", Opens(form))
    asked = await place.discord.people.click(place.person("ada"), message, "rg1:try:form:7")
    kind, data = answered(await asked.answered())
    assert (kind, data["title"], data["custom_id"]) == (9, "For ada", "rg1:try:sent:7")
    sent = await place.discord.people.fill_in(asked.user, asked, {"slot": "Book of Dead", "why": "Fun"})
    card = (await sent.settled())["embeds"][0]
    assert (card["title"], card["description"]) == ("Heard 7", "slot=Book of Dead\nwhy=Fun")
    assert message.shown["content"] == "what stays"


def broken(*_: object) -> Card:
    raise KeyError("a secret of ours")


async def breaks(asked: Asked, more: str) -> Card:
    return broken(asked, more)


async def unfit(asked: Asked, more: str) -> Card:
    return Card(title=more, buttons=[[Button(label=asked.interaction.id, custom_id="x" * 101)]])


FAULTS: dict[str, Click | Opens] = {
    "click": Click(run=breaks),
    "beside": Click(run=breaks, is_apart=True),
    "refusal": Click(run=tell, refuses=broken),
    "form": Opens(lambda asked, more: Form(title=str(broken(asked)), custom_id=more, fields=[])),
    "card": Click(run=unfit),
}


@pytest.mark.parametrize("what", FAULTS)
async def test_a_fault_of_ours_in_a_click_is_answered_with_a_code(place: Place, what: str) -> None:
    message = shows(place, what, FAULTS[what])
    asked = await place.discord.people.click(place.person("ada"), message, f"rg1:try:{what}:7")
    told = (await asked.settled())["embeds"][0]["description"]
    assert asked.id in told
    assert "secret" not in told


async def test_a_fault_of_ours_in_a_form_that_was_sent_is_answered_with_a_code(place: Place) -> None:
    field = TextField(name="why", label="Why")
    message = shows(place, "opens", Opens(lambda _, more: Form(title=more, custom_id="rg1:try:sent", fields=[field])))
    shows(place, "sent", Click(run=breaks))
    asked = await place.discord.people.click(place.person("ada"), message, "rg1:try:opens:7")
    await asked.answered()
    sent = await place.discord.people.fill_in(asked.user, asked, {"why": "hush"})
    assert sent.id in (await sent.settled())["embeds"][0]["description"]


async def test_a_fault_of_ours_while_somebody_types_suggests_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.bot.graph, "ask", broken)
    typed = text("game", "Book") | {"focused": True}
    asked = await place.discord.people.type(place.person("ada"), place.channel, "slots call", [typed])
    assert await asked.answered() == {"type": 8, "data": {"choices": [], "allowed_mentions": {"parse": []}}}


async def test_a_button_in_a_message_of_containers_is_known_by_its_id(place: Place) -> None:
    shows(place, "boxed", Click(run=tell, is_apart=True))
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "rg1:try:boxed:7"}
    inner = [{"type": 10, "content": "A text"}, {"type": 1, "components": [button]}]
    shown = {"components": [{"type": 17, "components": inner}]}
    message = place.discord.world.post(place.channel, place.discord.world.bot, shown, flags=1 << 15)
    asked = await place.discord.people.click(place.person("ada"), message, "rg1:try:boxed:7")
    assert (await asked.settled())["embeds"][0]["title"] == "Heard 7"


@pytest.mark.parametrize("name", ["rg1:try:going:7", "rg1:trying:go:7", "rg12:try:go:7", "rg1:try:g", "xrg1:try:go:7"])
async def test_an_id_that_begins_alike_is_another_id(place: Place, name: str) -> None:
    shows(place, "go", Click(run=tell, is_apart=True))
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": name}
    shown = {"content": "", "components": [{"type": 1, "components": [button]}]}
    message = place.discord.world.post(place.channel, place.discord.world.bot, shown)
    asked = await place.discord.people.click(place.person("ada"), message, name)
    assert "another version of the bot" in (await asked.settled())["embeds"][0]["description"]


@pytest.mark.parametrize("is_private", [True, False])
async def test_pages_are_turned_by_another_life_of_the_bot(place: Place, *, is_private: bool) -> None:
    ada = place.person("ada")
    given = [{"name": "top", "type": 4, "value": 1}, {"name": "private", "type": 5, "value": is_private}]
    asked = await place.use(ada, "leaderboard", *given)
    first = await asked.settled()
    assert asked.message is not None
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    async with another_life(place):
        following, _ = [one["custom_id"] for row in first["components"] for one in row["components"]]
        clicked = await place.discord.people.click(ada, asked.message, following)
        await clicked.settled()
    [before, after] = first["embeds"][0], asked.message.shown["embeds"][0]
    assert before["description"].startswith("1. ")
    assert after["description"].startswith("2. ")


async def test_a_question_is_put_off_once_and_answered_once(place: Place) -> None:
    asked = await place.use(place.person("ada"), "leaderboard")
    await asked.settled()
    told = [(call.method, call.path, call.status) for call in place.discord.stage.calls if asked.token in call.path]
    application = place.discord.world.bot.id
    assert told == [
        ("POST", f"/interactions/{asked.id}/{asked.token}/callback", 204),
        ("PATCH", f"/webhooks/{application}/{asked.token}/messages/@original", 200),
    ]
    assert asked.answer is not None
    assert asked.answer["type"] == 5
