"""The rules of slot calls."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.slotcalls.listing import ListLayout, listed_slots
from server.domain.slotcalls.rules import (
    ROLL_BYTES,
    TITLE_LENGTH_MAX,
    TRIGRAMS_MAX,
    Asked,
    BlockKind,
    Minor,
    Result,
    SlotSettings,
    check_call,
    drawn,
    likeness,
    slot_title,
    trigrams,
)
from tests.database import START


@pytest.mark.parametrize(
    ("text", "title", "key"),
    [
        ("  book   of\tdead ", "book of dead", "book of dead"),
        ("Book of <b>Dead</b>", "Book of bDead/b", "book of bdead b"),
        ("Play'n GO", "Play'n GO", "playn go"),
        ("\uff37\uff21NTED 7", "WANTED 7", "wanted 7"),
        ("Café Olé!", "Café Olé!", "cafe ole"),
        ("x\u200by\x00z", "xyz", "xyz"),
        ("[emote:37226:KEKW] Fruits", "KEKW Fruits", "kekw fruits"),
        ("ﷺﷺ", None, None),
        ("!", None, None),
        ("a", None, None),
        ("", None, None),
        ("?!?!", None, None),
        ("🎰🎰", None, None),
    ],
    ids=range(13),
)
def test_a_title_is_written_one_way(text: str, title: str | None, key: str | None) -> None:
    if title is None and "ﷺ" not in text:
        with pytest.raises(Refused) as refused:
            slot_title(text)
        assert refused.value.code == "slot_title_invalid"
    elif title is not None:
        found = slot_title(text)
        assert (found.text, found.key) == (title, key)


@given(st.text(max_size=300))
def test_any_text_is_a_title_of_bounded_length_or_refused(text: str) -> None:
    found = None
    with suppress(Refused):
        found = slot_title(text)
    if found is None:
        return
    assert 2 <= len(found.text) <= TITLE_LENGTH_MAX
    assert 0 < len(found.key) <= 200
    assert "<" not in found.text
    assert ">" not in found.text
    assert found.text.isprintable()
    again = slot_title(found.text)
    assert again == found, "what was written once is written the same again"
    assert 0 < len(trigrams(found.key)) <= TRIGRAMS_MAX


@given(st.integers(1, 500), st.binary(min_size=ROLL_BYTES, max_size=ROLL_BYTES))
def test_a_roll_means_one_of_those_that_wait(count: int, roll: bytes) -> None:
    assert 0 <= drawn(count, roll) < count


@pytest.mark.parametrize("count", [1, 2, 3, 7, 500])
def test_rolls_that_lie_evenly_mean_each_equally_often(count: int) -> None:
    steps = 64 * count
    rolls = ((turn * 2**128 // steps).to_bytes(16) for turn in range(steps))
    tally = [0] * count
    for roll in rolls:
        tally[drawn(count, roll)] += 1
    assert max(tally) - min(tally) <= 2
    assert (drawn(count, b"\x00" * 16), drawn(count, b"\xff" * 16)) == (0, count - 1)


def test_titles_that_share_more_are_more_alike() -> None:
    wanted = trigrams("book of dead")
    scores = [
        likeness(len(wanted & trigrams(other)), len(wanted), len(trigrams(other)))
        for other in ("book of dead", "book of the dead", "bok of deda", "sweet bonanza")
    ]
    assert scores[0] == 1000
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 250


OPEN = SlotSettings(is_open=True, per_viewer=2, cooldown_s=30, queue_max=5)


def asked(**more: object) -> Asked:
    known: dict[str, object] = {
        "settings": OPEN,
        "blocked": {},
        "of_viewer": 0,
        "waiting": 0,
        "is_waiting": False,
        "is_known": False,
        "last_at": None,
        "now": START,
    }
    return Asked(**(known | more))  # type: ignore[arg-type]


REFUSED = {
    "slot_calls_closed": {"settings": SlotSettings()},
    "slot_viewer_blocked": {"blocked": {BlockKind.VIEWER: "Spam."}},
    "slot_limit_reached": {"of_viewer": 2},
    "slot_cooling_down": {"last_at": START - timedelta(seconds=29)},
    "slot_blocked": {"blocked": {BlockKind.SLOT: "Too slow."}},
    "slot_provider_blocked": {"blocked": {BlockKind.PROVIDER: "No."}},
    "slot_unknown": {"settings": SlotSettings(is_open=True, catalogue_only=True)},
    "slot_already_called": {"is_waiting": True},
    "slot_queue_full": {"waiting": 5},
}
ALSO_STAFF = {"slot_blocked", "slot_provider_blocked", "slot_unknown", "slot_already_called", "slot_queue_full"}


@pytest.mark.parametrize("code", REFUSED)
def test_a_rule_that_says_no_says_which(code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_call(asked(**REFUSED[code]))
    assert refused.value.code == code
    if code in ALSO_STAFF:
        with pytest.raises(Refused):
            check_call(asked(**REFUSED[code], by_staff=True))
    else:
        check_call(asked(**REFUSED[code], by_staff=True))


def test_what_no_rule_forbids_is_allowed() -> None:
    check_call(asked())
    check_call(asked(of_viewer=1, last_at=START - timedelta(seconds=30), waiting=4))
    check_call(asked(settings=SlotSettings(is_open=True, per_viewer=0), of_viewer=99))
    check_call(asked(settings=SlotSettings(is_open=True, allows_duplicates=True), is_waiting=True))
    check_call(asked(settings=SlotSettings(is_open=True, catalogue_only=True), is_known=True))


RESULTS = [
    (200, 24690, None, 12345),
    (3, 2, None, 67),
    (3, 1, None, 33),
    (200, 1, None, 1),
    (0, 5, None, None),
    (200, 400, 999, 999),
    (None, 400, None, None),
    (1, 10**15, None, None),
]


@pytest.mark.parametrize(("cost", "payout", "told", "multiplier"), RESULTS)
def test_the_multiplier_is_what_cost_and_payout_give(
    cost: int | None, payout: int, told: int | None, multiplier: int | None
) -> None:
    result = Result(cost=None if cost is None else Minor(cost), payout=Minor(payout), multiplier=told, currency="USD")
    result.check()
    assert result.completed().multiplier == multiplier


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        (ListLayout.CSV, "\ufefftitle;provider\r\nBook of Dead;Play'n GO\r\n\r\nWanted;\r\nBOOK OF DEAD;playn go\r\n"),
        (ListLayout.CSV, 'Provider,Name\n"Play\'n GO","Book of Dead"\n,Wanted\n'),
        (ListLayout.CSV, "studio\tgame\tid\nPlay'n GO\tBook of Dead\t1\n\tWanted\t2\n"),
        (ListLayout.JSON, '[{"title": "Book of Dead", "provider": "Play\'n GO"}, "Wanted"]'),
        (ListLayout.JSON, '[{"game": "Book of Dead", "studio": "Play\'n GO", "x": [1]}, {"name": "Wanted"}]'),
    ],
)
def test_a_list_is_read_however_it_is_written(layout: ListLayout, content: str) -> None:
    found = listed_slots(content, layout, limit=5)
    assert [(slot.title, slot.provider) for slot in found] == [("Book of Dead", "Play'n GO"), ("Wanted", "")]


@pytest.mark.parametrize(
    ("layout", "content", "place"),
    [
        (ListLayout.CSV, "", "no column"),
        (ListLayout.CSV, "colour\nred\n", "no column"),
        (ListLayout.CSV, "title\n", "no slot"),
        (ListLayout.CSV, "title\nBook\n!\n", "Slot 2"),
        (ListLayout.CSV, "title\na1\nb1\nc1\nd1\n", "more than 3"),
        (ListLayout.CSV, 'title\n"' + "x" * 200_000 + '"\n', "is no CSV"),
        (ListLayout.JSON, "{}", "no JSON list"),
        (ListLayout.JSON, "[", "no JSON"),
        (ListLayout.JSON, "[" * 100_000, "no JSON"),
        (ListLayout.JSON, '[{"title": 7}]', "Slot 1"),
        (ListLayout.JSON, "[null]", "Slot 1"),
        (ListLayout.JSON, '[{"title": "Book", "provider": 7}]', "Slot 1"),
        (ListLayout.JSON, "[]", "no slot"),
    ],
    ids=range(13),
)
def test_a_list_that_cannot_be_read_says_where(layout: ListLayout, content: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        listed_slots(content, layout, limit=3)
    assert refused.value.code == "slot_list_unreadable"
    assert place in refused.value.message


@given(st.text(max_size=200), st.sampled_from(ListLayout))
def test_any_text_is_a_list_or_refused(content: str, layout: ListLayout) -> None:
    with suppress(Refused):
        assert len(listed_slots(content, layout, limit=100)) <= 100
