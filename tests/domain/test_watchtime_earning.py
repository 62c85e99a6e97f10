from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.instants import MINUTE
from server.domain.watchtime.earning import Earning, EarningStatus, earning_status
from server.domain.watchtime.evidence import gather
from server.domain.watchtime.values import Live, Message, RuleBook, Rules
from tests.domain.brute_watchtime import brute_watch
from tests.domain.watchtime_worlds import ACCOUNTS, AN_EVENING, CELLS, World, worlds

NOW = 1000 * MINUTE
LIVE = Live(stream=1, channel=1, starts=900 * MINUTE)
CHAT = Message(998 * MINUTE, 1, 1, 5)


def status(rules: Rules, *messages: Message, live: Live = LIVE) -> EarningStatus:
    book = RuleBook(((0, rules),))
    return earning_status(NOW, [live], book, gather(messages, [live], book).evidence)


def test_somebody_earns() -> None:
    assert status(Rules(), CHAT).code is Earning.EARNING


def test_nobody_earns_because_no_channel_is_live() -> None:
    ended = Live(stream=1, channel=1, starts=900 * MINUTE, ends=NOW)
    found = status(Rules(), CHAT, live=ended)
    assert found.code is Earning.NOT_LIVE
    assert "Start a stream" in found.sentence


def test_nobody_earns_because_tracking_is_off() -> None:
    found = status(Rules(tracking=False), CHAT)
    assert found.code is Earning.TRACKING_OFF
    assert "Turn it on" in found.sentence


def test_nobody_earns_because_nobody_wrote() -> None:
    found = status(Rules(window=2 * MINUTE), CHAT)
    assert found.code is Earning.NO_CHAT_IN_WINDOW
    assert "in the last 2 minutes" in found.sentence


def test_nobody_earns_because_too_few_wrote() -> None:
    found = status(Rules(quorum=3), CHAT, Message(999 * MINUTE, 2, 1, 5))
    assert found.code is Earning.BELOW_QUORUM
    assert "3 active accounts, and this one has 2" in found.sentence


def test_chat_from_before_tracking_was_turned_off_still_earns() -> None:
    book = RuleBook(((0, Rules()), (999 * MINUTE, Rules(tracking=False))))
    assert earning_status(NOW, [LIVE], book, gather([CHAT], [LIVE], book).evidence).code is Earning.EARNING


@given(worlds(st.just(AN_EVENING)), st.integers(0, CELLS - 1))
@settings(max_examples=80)
def test_the_status_says_earning_exactly_when_somebody_earns(world: World, cell: int) -> None:
    now = world.begins + cell * world.step
    uncapped = tuple(
        (at, Rules(window=r.window, repeats=r.repeats, quorum=r.quorum, tracking=r.tracking, excluded=r.excluded))
        for at, r in world.book.versions
    )
    world = World(world.begins, world.step, world.zone, world.messages, world.lives, RuleBook(uncapped))
    evidence = gather(world.messages, world.lives, world.book).evidence
    found = earning_status(now, world.lives, world.book, evidence)
    assert (found.code is Earning.EARNING) == (now in brute_watch(world, ACCOUNTS).cells)
