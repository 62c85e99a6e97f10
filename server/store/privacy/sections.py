"""All that is held about a person, section by section and page by page, without anything about anybody else."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from server.ports import Reader, Row
from server.store.privacy import shapes
from server.store.privacy.shapes import Held, Record

FORMAT = "regulars.my-data"
VERSION = 1
AT_ONCE = 500
NOTES = (
    "What platforms told this server is kept as it came for some days and then deleted; it is read by nobody.",
    "Of a chat message only its time and a keyed digest are kept, and not its words.",
    "What somebody else did is told without who it was.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of what is held.

    `sql` selects with `id`, which it is ordered by, what `shape` shows. In it $1 is the community, 0 for all, $2 the
    last id seen, $3 how many; {accounts} are our numbers, {named} is true for rows whose `names` columns are his.
    """

    name: str
    sql: str
    shape: Callable[[Row, Held], Record | None]
    names: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it reads."""
        return frozenset(re.findall(r"\b(?:FROM|JOIN) ([a-z_]+)", self.sql))

    async def page(self, reader: Reader, held: Held, after: int, limit: int) -> tuple[int | None, list[Record]]:
        """The records that follow an id, and the last id looked at; None where nothing follows."""
        values: list[str] = []
        sql = self.sql.format(accounts=held.accounts, named=self._named(held, reader, values))
        rows = await reader.fetch(f"{sql} ORDER BY 1 LIMIT $3", held.community_id, after, limit, *values)
        shown = [record for record in (self.shape(row, held) for row in rows) if record is not None]
        return (rows[-1]["id"] if len(rows) == limit else None), shown

    def _named(self, held: Held, reader: Reader, values: list[str]) -> str:
        """The condition for rows that name him, by pairs of columns or anywhere in texts; its values are appended."""
        contains = "instr" if reader.dialect == "sqlite" else "strpos"
        conditions: list[str] = []
        for one in held.identities:
            for platform, external_id in self.names:
                values += [one.platform, one.external_id]
                places = (len(values) + 2, len(values) + 3)
                conditions.append(f"({platform} = CAST(${places[0]} AS TEXT) AND {external_id} = ${places[1]})")
            for column in self.texts:
                values.append(one.external_id)
                conditions.append(f"{contains}({column}, CAST(${len(values) + 3} AS TEXT)) > 0")
        return f"({' OR '.join(conditions)})" if conditions else "1 = 0"


COMMUNITY = "CAST($1 AS BIGINT) IN (0, {0})"


def of(column: str) -> str:
    """The condition for rows of the wanted community."""
    return COMMUNITY.format(column)


VIEWERS = "(SELECT CAST(v.viewer_id AS TEXT) FROM viewer_account v WHERE v.community_id = t.community_id "
SECTIONS: tuple[Section, ...] = (
    Section(
        "accounts",
        "SELECT id, platform, external_id, name, slug, named_at FROM account WHERE id IN {accounts} AND id > $2 "
        "AND CAST($1 AS BIGINT) >= 0",
        shapes.account,
    ),
    Section(
        "communities",
        "SELECT DISTINCT v.id, c.slug, c.name, v.watch_us FROM community c "
        "JOIN viewer_account a ON a.community_id = c.id AND a.account_id IN {accounts} "
        f"JOIN viewer v ON v.id = a.viewer_id WHERE v.id > $2 AND {of('c.id')}",
        shapes.viewer,
    ),
    Section(
        "links",
        "SELECT l.id, c.slug, a.platform, a.external_id, l.cause, l.actor, l.at FROM account_link l "
        "JOIN community c ON c.id = l.community_id JOIN account a ON a.id = l.account_id "
        f"WHERE l.account_id IN {{accounts}} AND l.id > $2 AND {of('l.community_id')}",
        shapes.link,
    ),
    Section(
        "linkHistory",
        "SELECT e.id, c.slug, a.platform, a.external_id, e.kind, e.cause, e.actor, e.reason, e.at FROM link_event e "
        "JOIN community c ON c.id = e.community_id JOIN account a ON a.id = e.account_id "
        f"WHERE e.account_id IN {{accounts}} AND e.id > $2 AND {of('e.community_id')}",
        shapes.link_event,
    ),
    Section(
        "watchTime",
        "SELECT t.id, c.slug, n.name, s.started_at, t.total_us FROM community c JOIN watch_tally t "
        "ON t.community_id = c.id AND t.account_id IN {accounts} JOIN stream s ON s.id = t.stream_id "
        f"JOIN channel n ON n.id = s.channel_id WHERE t.id > $2 AND {of('c.id')}",
        shapes.tally,
    ),
    Section(
        "adjustments",
        "SELECT w.id, c.slug, w.amount_us, w.reason, w.actor, w.at FROM community c JOIN watch_adjustment w "
        f"ON w.community_id = c.id AND w.account_id IN {{accounts}} WHERE w.id > $2 AND {of('c.id')}",
        shapes.adjustment,
    ),
    Section(
        "messages",
        "SELECT e.id, n.name, e.at FROM chat_evidence e JOIN channel n ON n.id = e.channel_id "
        "WHERE e.account_id IN {accounts} AND e.id > $2 AND (CAST($1 AS BIGINT) = 0 OR e.channel_id IN "
        "(SELECT channel_id FROM attachment WHERE community_id = $1 "
        "UNION SELECT channel_id FROM detachment WHERE community_id = $1))",
        shapes.message,
    ),
    Section(
        "happenings",
        "SELECT t.id, c.slug, t.kind, t.at, t.data FROM happening t JOIN community c ON c.id = t.community_id "
        f"WHERE t.state <> 'void' AND t.id > $2 AND {of('t.community_id')} AND {{named}}",
        shapes.happening,
        texts=("t.data",),
    ),
    Section(
        "linkOffers",
        "SELECT p.id, c.slug, p.created_at, p.state, p.discord_id, p.discord_name, p.guild_name, p.platform, "
        "p.external_id, p.name, p.problem FROM account_proof p JOIN community c ON c.id = p.community_id "
        f"WHERE p.id > $2 AND {of('p.community_id')} AND {{named}}",
        shapes.offer,
        names=(("'discord'", "p.discord_id"), ("p.platform", "p.external_id")),
    ),
    Section(
        "signIns",
        "SELECT id, platform, name, created_at, expires_at, ended_at FROM web_session WHERE id > $2 "
        "AND CAST($1 AS BIGINT) >= 0 AND {named}",
        shapes.session,
        names=(("platform", "external_id"),),
    ),
    Section(
        "roles",
        "SELECT g.id, c.slug, g.role, g.extra, g.at FROM staff_grant g JOIN community c ON c.id = g.community_id "
        f"WHERE g.id > $2 AND {of('g.community_id')} AND {{named}}",
        shapes.grant,
        names=(("g.holder_kind", "g.external_id"),),
    ),
    Section(
        "apiTokens",
        "SELECT k.id, c.slug, k.name, k.ceiling, k.created_at, k.expires_at, k.revoked_at, k.used_at FROM api_token k "
        f"JOIN community c ON c.id = k.community_id WHERE k.id > $2 AND {of('k.community_id')} AND {{named}}",
        shapes.token,
        names=(("k.holder_kind", "k.external_id"),),
    ),
    Section(
        "invitations",
        "SELECT id, kind, made_at, expires_at, used_at FROM invitation WHERE id > $2 AND CAST($1 AS BIGINT) >= 0 "
        "AND {named}",
        shapes.invited,
        names=(("holder_kind", "external_id"),),
    ),
    Section(
        "wagerClaims",
        "SELECT w.id, c.slug, w.provider, w.name, w.state, w.claimed_at FROM wager_claim w "
        f"JOIN community c ON c.id = w.community_id WHERE w.id > $2 AND {of('w.community_id')} AND {{named}}",
        shapes.wager_claim,
        names=(("w.platform", "w.external_id"), ("w.provider", "w.name_key")),
    ),
    Section(
        "wagers",
        "SELECT w.id, c.slug, w.provider, w.name, w.watermark - w.baseline AS counted, w.seen_at FROM wager_series w "
        f"JOIN community c ON c.id = w.community_id WHERE w.id > $2 AND {of('w.community_id')} AND {{named}}",
        shapes.wagered,
        names=(("w.provider", "w.key"),),
    ),
    Section(
        "slotCalls",
        "SELECT s.id, c.slug, s.title, s.state, s.called_at FROM slot_call s JOIN community c ON c.id = s.community_id "
        f"WHERE s.account_id IN {{accounts}} AND s.id > $2 AND {of('s.community_id')}",
        shapes.call,
    ),
    Section(
        "redemptions",
        "SELECT r.id, c.slug, r.title, r.cost, r.user_input, r.told, r.deed, r.redeemed_at FROM redemption r "
        f"JOIN community c ON c.id = r.community_id WHERE r.account_id IN {{accounts}} AND r.id > $2 "
        f"AND {of('r.community_id')}",
        shapes.redemption,
    ),
    Section(
        "tickets",
        "SELECT e.id, c.slug, p.number, e.source, e.amount, e.reason, e.actor, e.at FROM ticket_entry e "
        "JOIN community c ON c.id = e.community_id JOIN raffle_period p ON p.id = e.period_id "
        f"WHERE e.account_id IN {{accounts}} AND e.id > $2 AND {of('e.community_id')}",
        shapes.tickets,
    ),
    Section(
        "freeEntries",
        "SELECT f.id, c.slug, p.number, f.at FROM free_claim f JOIN community c ON c.id = f.community_id "
        "JOIN raffle_period p ON p.id = f.period_id "
        f"WHERE f.account_id IN {{accounts}} AND f.id > $2 AND {of('f.community_id')}",
        shapes.free_entry,
    ),
    Section(
        "follows",
        "SELECT f.id, c.slug, f.at FROM first_follow f JOIN community c ON c.id = f.community_id "
        f"WHERE f.account_id IN {{accounts}} AND f.id > $2 AND {of('f.community_id')}",
        shapes.follow,
    ),
    Section(
        "draws",
        "SELECT e.id, c.slug, d.number, d.env, p.number AS raffle, g.number AS giveaway, e.weight, e.salt, e.excluded, "
        "w.position, w.state "
        "FROM draw_entrant e JOIN draw d ON d.id = e.draw_id JOIN community c ON c.id = e.community_id "
        "LEFT JOIN raffle_period p ON d.subject = 'raffle' AND p.id = d.subject_id "
        "LEFT JOIN giveaway g ON d.subject = 'giveaway' AND g.id = d.subject_id "
        "LEFT JOIN draw_place w ON w.draw_id = e.draw_id AND w.viewer_id = e.viewer_id "
        f"WHERE e.account_id IN {{accounts}} AND e.id > $2 AND {of('e.community_id')}",
        shapes.entrant,
    ),
    Section(
        "giveaways",
        "SELECT e.id, c.slug, g.number, g.title, e.is_subscriber, e.at, e.left_at FROM giveaway_entry e "
        "JOIN community c ON c.id = e.community_id JOIN giveaway g ON g.id = e.giveaway_id "
        f"WHERE e.account_id IN {{accounts}} AND e.id > $2 AND {of('e.community_id')}",
        shapes.giveaway,
    ),
    Section(
        "roleRewards",
        "SELECT g.id, c.slug, w.name, g.is_given, g.state, g.at FROM role_given g "
        "JOIN community c ON c.id = g.community_id JOIN role_reward w ON w.id = g.reward_id "
        f"WHERE g.account_id IN {{accounts}} AND g.id > $2 AND {of('g.community_id')}",
        shapes.role,
    ),
    Section(
        "exclusions",
        "SELECT x.id, c.slug, p.number, x.code, x.reason, x.actor, x.at FROM draw_exclusion x "
        "JOIN community c ON c.id = x.community_id JOIN raffle_period p ON p.id = x.period_id "
        f"WHERE x.account_id IN {{accounts}} AND x.id > $2 AND {of('x.community_id')}",
        shapes.exclusion,
    ),
    Section(
        "giveawayExclusions",
        "SELECT x.id, c.slug, g.number, x.code, x.reason, x.actor, x.at FROM giveaway_exclusion x "
        "JOIN community c ON c.id = x.community_id JOIN giveaway g ON g.id = x.giveaway_id "
        f"WHERE x.account_id IN {{accounts}} AND x.id > $2 AND {of('x.community_id')}",
        shapes.giveaway_exclusion,
    ),
    Section(
        "log",
        "SELECT t.id, c.slug, t.at, t.actor, t.action, t.target_kind, t.target_id, t.before, t.after, t.reason, "
        f"(t.target_kind = 'viewer' AND t.target_id IN {VIEWERS} AND v.account_id IN {{accounts}})) AS is_viewer "
        f"FROM audit_event t LEFT JOIN community c ON c.id = t.community_id WHERE t.id > $2 AND {of('t.community_id')} "
        f"AND ({{named}} OR (t.target_kind = 'viewer' AND t.target_id IN {VIEWERS} AND v.account_id IN {{accounts}})))",
        shapes.line,
        texts=("t.actor", "t.target_id"),
    ),
    Section(
        "lookedAt",
        "SELECT r.id, c.slug, r.reader_kind, r.what, r.hour FROM personal_read r JOIN community c "
        f"ON c.id = r.community_id WHERE r.account_id IN {{accounts}} AND r.id > $2 AND {of('r.community_id')}",
        shapes.read,
    ),
    Section(
        "jobs",
        "SELECT t.id, c.slug, t.kind, t.state, t.created_at, t.payload FROM job t "
        f"JOIN community c ON c.id = t.community_id WHERE t.audience <> 'server' AND t.id > $2 "
        f"AND {of('t.community_id')} AND {{named}}",
        shapes.job,
        texts=("t.payload",),
    ),
    Section(
        "forgettings",
        "SELECT f.id, c.slug, f.state, f.asked_at, f.due_at FROM forgetting f LEFT JOIN community c "
        f"ON c.id = f.community_id WHERE f.id > $2 AND {of('f.community_id')} AND {{named}}",
        shapes.wish,
        names=(("f.platform", "f.external_id"),),
    ),
)


NOT_SHOWN: Mapping[str, str] = {
    "alert": "who of the staff has seen an alert stands in the log",
    "chat_command": "who made a command stands in the log",
    "chat_cooldown": "until when a command rests, which is over within minutes",
    "chat_line": "lines that this server said in public chat, kept for days",
    "delivery": "why something could not be read; it is deleted with what was told",
    "feed_entry": "changes for programs that read along, kept for days; what they tell stands in the sections",
    "guild": "by whom a Discord server was bound stands in the log",
    "guild_channel": "by whom a channel was chosen stands in the log",
    "guild_code": "by whom a code was made stands in the log",
    "happening_copy": "the copies from which a happening is known",
    "happening_review": "what staff decided about copies stands in the log",
    "idempotency": "first results of what somebody did himself, kept for days",
    "inbox": "what platforms told, byte for byte, kept for days",
    "wager_feed": "by whom a feed was set up stands in the log",
    "overlay_key": "by whom a key was made stands in the log",
    "panel": "by whom a panel was made stands in the log",
    "reward": "by whom a reward was made stands in the log",
    "role_rule": "by whom the rules of roles were changed stands in the log",
    "ticket_due": "whose tickets are to be looked at again, which is over within a minute",
    "ticket_standing": "the sum of the tickets that are shown",
    "ticket_tally": "the sums of the tickets that are shown",
    "setting_version": "by whom settings were changed stands in the log",
    "slot_block": "blocks stand in the log",
    "slot_pick": "by whom a call was picked stands in the log",
    "timer": "by whom a timed message was written stands in the log",
    "timer_channel": "the timed message that was said last",
    "text_version": "by whom texts were changed stands in the log",
}
"""Tables with columns about people that an export leaves out, and why."""


async def records(reader: Reader, held: Held) -> AsyncGenerator[tuple[str, list[Record]]]:
    """Everything, section after section, a bounded page at a time; a section without anything comes once and empty."""
    for section in SECTIONS:
        after: int | None = 0
        while after is not None:
            after, found = await section.page(reader, held, after, AT_ONCE)
            yield section.name, found


async def part(reader: Reader, held: Held, place: tuple[int, int]) -> tuple[tuple[int, int] | None, list[Record]]:
    """The next page from a place (section, last id): its records, each with its section, and the place that follows."""
    number, last = place
    section = SECTIONS[number]
    after, found = await section.page(reader, held, last, AT_ONCE)
    shown: list[Record] = [{"section": section.name, "record": record} for record in found]
    if after is not None:
        return (number, after), shown
    return ((number + 1, 0) if number + 1 < len(SECTIONS) else None), shown


async def newest_reads(reader: Reader, held: Held, limit: int) -> list[Record]:
    """The last times that staff looked at him, newest first, with the community's `name`."""
    rows = await reader.fetch(
        "SELECT c.slug, c.name, r.reader_kind, r.what, r.hour FROM personal_read r "
        f"JOIN community c ON c.id = r.community_id WHERE r.account_id IN {held.accounts} ORDER BY r.id DESC LIMIT $1",
        limit,
    )
    return [{**shapes.read(row, held), "name": row["name"]} for row in rows]
