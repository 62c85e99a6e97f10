"""What was missed: every kind is either told by somebody meanwhile or by nobody; and when a socket is late."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.gaps import CHOSEN, KINDS, SOCKET_LATE_AFTER, fillers, is_late, recovered, unrecovered, untold
from server.domain.happenings.sources import Heard, IngestSources
from tests.database import START

SOME_KINDS = st.sets(st.sampled_from(sorted(KINDS)))
MINUTES = st.integers(-60, 60).map(lambda minutes: START + timedelta(minutes=minutes))
HEARD = st.sampled_from(Heard)
SOURCES = st.builds(IngestSources, chat=HEARD, subs=HEARD, gifts=HEARD, kicks=HEARD, streams=HEARD, bans=HEARD)


@given(SOME_KINDS, st.sets(st.sampled_from(["websocket", "poll"])), SOURCES)
def test_what_webhooks_missed_is_recovered_where_another_source_tells_it_and_is_believed(
    kinds: set[str], filled_by: set[str], sources: IngestSources
) -> None:
    lost = unrecovered("webhook", kinds, filled_by, sources)
    assert len(lost) + len(recovered(kinds, filled_by, sources)) == len(kinds)
    for kind in kinds:
        is_heard = kind in CHOSEN and getattr(sources, CHOSEN[kind]) is not Heard.WEBHOOK
        is_polled = kind == "livestream.status.updated" and "poll" in filled_by
        assert (KINDS[kind] in lost) == (not (is_heard and "websocket" in filled_by) and not is_polled)


@given(SOME_KINDS)
def test_what_a_websocket_missed_is_told_by_webhooks(kinds: set[str]) -> None:
    sources = IngestSources()
    assert unrecovered("websocket", kinds, {"webhook"}, sources) == []
    assert len(recovered(kinds, {"webhook"}, sources)) == len(kinds)
    assert len(unrecovered("websocket", kinds, set(), sources)) == len(kinds)


@given(MINUTES, MINUTES)
def test_only_who_told_all_the_while_fills_a_gap(since: datetime, began: datetime) -> None:
    assert fillers({"websocket": since}, began) == ({"websocket"} if since <= began else set())


@given(MINUTES, MINUTES | st.none(), MINUTES | st.none())
def test_a_socket_is_late_only_where_others_told_something_after_it_fell_silent(
    since: datetime, heard: datetime | None, told: datetime | None
) -> None:
    late = is_late(since=since, last_frame_at=heard, told_at=told)
    assert late == (told is not None and told > max(since, heard or since) + SOCKET_LATE_AFTER)


@given(SOME_KINDS, SOME_KINDS, SOURCES, st.sampled_from([[], [900001]]))
def test_a_kind_is_untold_where_none_of_those_who_are_believed_tells_it(
    webhook: set[str], websocket: set[str], sources: IngestSources, listening: list[int]
) -> None:
    lost = untold({"webhook": webhook, "websocket": websocket}, sources, listens=bool(listening))
    for kind in KINDS:
        heard = getattr(sources, CHOSEN[kind]) if kind in CHOSEN else Heard.WEBHOOK
        by_webhook = heard is not Heard.WEBSOCKET and kind not in webhook
        by_websocket = heard is not Heard.WEBHOOK and listening and kind not in websocket
        by_poll = kind == "livestream.status.updated"
        is_known_silent = kind in webhook | websocket
        assert (kind in lost) == (is_known_silent and not (by_webhook or by_websocket or by_poll))
