"""In whose name a change is written down is the same over the graph and on the pages."""

from datetime import UTC, datetime

from server.auth.actors import Actor, author_of
from server.store.audit import ACTOR_LENGTH_MAX
from server.store.signin import SessionRecord
from server.web.pages.browser import Visitor

THEN = datetime(2027, 1, 1, tzinfo=UTC)


def test_an_author_is_named_by_what_he_is_and_who() -> None:
    told = author_of(Actor("owner", 7, "ada", "t1", THEN), "r1")
    assert (told.kind, told.name, told.request_id) == ("owner", "owner:ada", "r1")
    long = author_of(Actor("owner", 7, "a" * 500, "t1", THEN))
    assert long.name == f"owner:{'a' * 500}"[:ACTOR_LENGTH_MAX]


def test_whoever_is_signed_in_with_a_browser_is_the_person_of_his_tokens() -> None:
    session = SessionRecord(id=1, platform="kick", external_id="44", name="Ada", created_at=THEN, expires_at=THEN)
    person = Actor("person", None, "kick:44", "t2", THEN, holders=frozenset({("kick", "44")}))
    assert Visitor("b", session).author == author_of(person)
    assert Visitor("b", None).author == author_of(None)
    assert (author_of(None).kind, author_of(None).name) == ("anonymous", "anonymous")
