// The newest giveaway: how to be in it, how many are, and who won with the time that is left to answer.

import type { ComponentChildren } from "preact";

import type { OverlayGiveawaysQuery } from "../../link/documents";
import { giveaways } from "../../link/documents";
import { type Awaits, timeOf, useAnswer } from "../../link/live";
import type { Words } from "../../words/words";
import { plain } from "../../words/words";
import { NAMES } from "../names";
import type { Shown, Widget } from "../widget";

type Giveaway = NonNullable<NonNullable<OverlayGiveawaysQuery["me"]>["community"]>["giveaways"]["nodes"][number];
type Found = Giveaway | null;
type Winner = NonNullable<Giveaway["draw"]>["winners"][number];

const AWAITS: Awaits<OverlayGiveawaysQuery> = {
  kinds: ["GiveawayChanged", "DrawChanged", "DrawCommitted", "DrawRevealed"],
  time: (data) => timeOf(data.me?.community?.giveaways.nodes[0]?.draw?.revealAt),
};
const SHOWN_MS = 5 * 60_000;
const WINNERS_MAX = 3;

/** Whether there is still something to see of it. */
export function isShown(one: Giveaway, now: number): boolean {
  if (one.state === "VOIDED") return false;
  // A prize that nobody claimed is news from when the last who was drawn was passed over.
  const passed = one.state === "EXPIRED" ? (one.draw?.places ?? []).map((place) => place.settledAt) : [];
  const told = [one.draw?.revealAt, ...(one.draw?.winners ?? []).map((winner) => winner.claimUntil), ...passed];
  const times = told.map((time) => Date.parse(time ?? "")).filter((time) => !Number.isNaN(time));
  return times.length === 0 || now < Math.max(...times) + SHOWN_MS;
}

function How({ one, words }: { one: Giveaway; words: Words }): ComponentChildren {
  const { kind, keyword } = one.rules;
  if (kind === "KEYWORD") {
    return <p class="how"><span class="label">{words.say("giveaway_type")}</span> <strong>{plain(keyword ?? "", 32)}</strong></p>;
  }
  return <p class="how">{words.say(kind === "TICKETS" ? "giveaway_tickets" : "giveaway_chat")}</p>;
}

function Won({ winner, words, now }: { winner: Winner; words: Words; now: number }): ComponentChildren {
  const left = Date.parse(winner.claimUntil ?? "") - now;
  const word = winner.state === "CONFIRMED" ? words.say("giveaway_claimed") : left > 0 ? words.say("giveaway_claim", { time: words.until(left) }) : "";
  return (
    <li>
      <bdi class="winner">{plain(winner.publicName, 32)}</bdi>
      {word ? <span class="label">{word}</span> : null}
    </li>
  );
}

function Going({ one, words, now }: { one: Giveaway; words: Words; now: number }): ComponentChildren {
  const ends = Date.parse(one.endsAt ?? "");
  const draws = one.state !== "OPEN";
  return (
    <>
      {draws ? <p class="how pulse">{words.say("draw_spins")}</p> : <How one={one} words={words} />}
      <p class="clock">{words.number(one.entries)}</p>
      <p class="label">{words.say("giveaway_entries")}</p>
      {!draws && ends > now ? <p class="more">{words.say("giveaway_ends", { time: words.until(ends - now) })}</p> : null}
      {one.draw?.code ? <p class="code"><span class="label">{words.say("draw_code")}</span> <strong>{one.draw.code}</strong></p> : null}
    </>
  );
}

function Drawn({ draw, words, now }: { draw: NonNullable<Giveaway["draw"]>; words: Words; now: number }): ComponentChildren {
  const winners = draw.winners.slice(0, WINNERS_MAX);
  const more = draw.winners.length - winners.length;
  return (
    <>
      {winners.length === 0 ? <p class="how">{words.say("giveaway_unclaimed")}</p> : (
        <>
          <p class="label">{words.say("draw_won")}</p>
          <ul class="winners">{winners.map((one) => <Won key={one.position} winner={one} words={words} now={now} />)}</ul>
        </>
      )}
      {more > 0 ? <p class="more">{words.say("draw_more", { count: more })}</p> : null}
      <p class="more check">{words.say("draw_check", { where: "/verify" })} · {draw.code}</p>
    </>
  );
}

function shown({ data, words, now }: Shown<Found>): ComponentChildren {
  const at = now();
  if (data === null || !isShown(data, at)) return null;
  const { draw, state } = data;
  const isTold = draw !== null && (draw.winners.length > 0 || state === "EXPIRED");
  return (
    <section class="card draw giveaway" aria-live="polite">
      <h1>{plain(data.title)}</h1>
      {draw?.isTest ? <p class="test">{words.say("draw_test")}</p> : null}
      {isTold ? <Drawn draw={draw} words={words} now={at} /> : <Going one={data} words={words} now={at} />}
    </section>
  );
}

function sample(now: number, more: Partial<Giveaway>): Giveaway {
  return {
    id: "1", title: "A lighthouse mug", state: "OPEN", endsAt: new Date(now + 95_000).toISOString(), entries: 128,
    rules: { kind: "KEYWORD", keyword: "!mug", prize: "A mug" }, draw: null, ...more,
  };
}

function won(now: number, names: readonly string[], state: Winner["state"]): Partial<Giveaway> {
  const claimUntil = new Date(now + 45_000).toISOString();
  const winners = names.map((publicName, index) => ({ position: index + 1, viewerId: String(index), publicName, state, claimUntil }));
  const at = new Date(now - 5_000).toISOString();
  return { state: "DRAWN", draw: { state: "DRAWN", isTest: false, code: "2HVJ-W8M3", round: "1", roundAt: at, revealAt: at, winners, places: [] } };
}

export const giveaway: Widget<Found> = {
  name: "giveaway",
  size: [520, 420],
  use: (world) => {
    const community = useAnswer(world, giveaways, {}, AWAITS)?.me?.community;
    return community ? (community.giveaways.nodes[0] ?? null) : undefined;
  },
  samples: {
    usual: (now) => sample(now, {}),
    drawing: (now) => sample(now, { state: "COMMITTED", draw: { ...won(now, [], "WON").draw, state: "COMMITTED", revealAt: null } as Giveaway["draw"] }),
    won: (now) => sample(now, won(now, ["otter"], "WON")),
    expired: (now) => sample(now, { ...won(now, [], "WON"), state: "EXPIRED" }),
    many: (now) => sample(now, won(now, [...NAMES.usual, ...NAMES.usual], "CONFIRMED")),
    hard: (now) => sample(now, { ...won(now, NAMES.hard, "WON"), title: NAMES.hard[0], entries: 100_000 }),
    none: () => null,
  },
  draw: shown,
};
