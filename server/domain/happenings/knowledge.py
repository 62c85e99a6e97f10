"""What is known of a happening from all its copies together, whatever order they came in."""

from collections.abc import Iterable, Mapping, Sequence

from server.domain.happenings.values import Copy, Facts, Kind, name_key
from server.events.happening import Person
from server.events.tellings import Source

NOBODY = Person(id=None, name=None)


def known(kind: Kind, copies: Sequence[Copy], named: Mapping[str, Person]) -> Facts:
    """What `copies` of one happening say together; `named` are people by name key, told beside other things.

    A webhook is believed first, then what carries its own time.
    """
    ranked = sorted(copies, key=_rank) if len(copies) > 1 else copies
    first = ranked[0]
    people = _people(ranked) if kind is Kind.GIFT else first.facts.others
    totals = [copy.facts.total for copy in ranked if copy.facts.total is not None]
    return Facts(
        who=_who(ranked, named),
        at=first.facts.at,
        others=people,
        expires_at=next((copy.facts.expires_at for copy in ranked if copy.facts.expires_at is not None), None),
        number=first.facts.number,
        total=max([*totals, len(people)]) if kind is Kind.GIFT else next(iter(totals), None),
        words=_words(ranked),
    )


def is_pending(facts: Facts) -> bool:
    """Whether nobody knows yet which account a person is who is not anonymous."""
    return facts.who.id is None and bool(name_key(facts.who))


def _rank(copy: Copy) -> tuple[bool, bool, int, int]:
    return copy.source is not Source.WEBHOOK, not copy.is_timed, copy.at, copy.id


def _who(ranked: Sequence[Copy], named: Mapping[str, Person]) -> Person:
    tellers = [copy.facts.who for copy in ranked]
    told = next((person for person in tellers if person.id is not None), None)
    if told is not None:
        return told
    name = next((person for person in tellers if name_key(person)), None)
    if name is None:
        return NOBODY
    return named.get(name_key(name), name)


def _people(ranked: Iterable[Copy]) -> tuple[Person, ...]:
    """Everybody who received, by name, each with his id where any copy tells it; whoever hides comes last."""
    by_name: dict[str, Person] = {}
    hidden: list[Person] = []
    for copy in ranked:
        for person in copy.facts.others:
            key = (person.name or "").casefold()
            if key and (key not in by_name or (by_name[key].id is None and person.id is not None)):
                by_name[key] = person
        nameless = [person for person in copy.facts.others if not person.name]
        hidden = max(hidden, nameless, key=len)
    return (*(by_name[key] for key in sorted(by_name)), *hidden)


def _words(ranked: Iterable[Copy]) -> Mapping[str, str]:
    """Each word as the first copy that has it tells it."""
    words: dict[str, str] = {}
    for copy in ranked:
        words |= {key: word for key, word in copy.facts.words.items() if not words.get(key)}
    return words
