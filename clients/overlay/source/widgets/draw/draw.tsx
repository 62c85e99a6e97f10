// A raffle's draw from the countdown over the promise to who won.

import type { ComponentChildren } from "preact";

import type { OverlayRafflesQuery } from "../../link/documents";
import type { Clock } from "../../link/clock";
import { raffles } from "../../link/documents";
import { type Awaits, timeOf, useAnswer } from "../../link/live";
import { useMoments } from "../../moments";
import type { Words } from "../../words/words";
import { plain } from "../../words/words";
import { calm } from "../board";
import { NAMES } from "../names";
import { Qr } from "../qr";
import type { Shown, Widget } from "../widget";
import { STOP_MS } from "./reel";
import { Reel } from "./turning";

export type Raffle = NonNullable<NonNullable<OverlayRafflesQuery["me"]>["community"]>["raffles"]["history"]["nodes"][number];
type Draw = NonNullable<Raffle["draw"]>;

const AWAITS: Awaits<OverlayRafflesQuery> = {
  kinds: ["RaffleChanged", "TicketsChanged", "DrawChanged", "DrawCommitted", "DrawRevealed"],
  time: (data) => Math.max(...(data.me?.community?.raffles.history.nodes ?? []).flatMap((one) => [one.draw, ...one.draws.nodes])
    .map((draw) => timeOf(draw?.revealAt) ?? 0)),
};
const SPINS_MS = 8000;
const SHOWN_MS = 10 * 60_000;
const TEST_SHOWN_MS = 60_000;
/** So late a draw may be, and is still waited for before any other. */
const LATE_MS = 10 * 60_000;
const WINNERS_MAX = 5;

interface Going {
  readonly raffle: Raffle;
  readonly words: Words;
  readonly clock: Clock;
  readonly now: number;
}

/** What came of a draw without winners, in words; undefined for one that is on its way or has some. */
function endOf({ state }: Draw): "draw_void" | "draw_empty" | undefined {
  return state === "VOID" ? "draw_void" : state === "EMPTY" ? "draw_empty" : undefined;
}

/** Whether a draw was told for long enough; one without winners is until its round would have come, and as long after. */
function isOver(draw: Draw, now: number): boolean {
  const told = endOf(draw) ? draw.roundAt : draw.revealAt;
  return told !== null && now > Date.parse(told) + (draw.isTest ? TEST_SHOWN_MS : SHOWN_MS);
}

/** A raffle with the draw that is to be shown of it: its own, or, before that is promised, for a while a test. */
function staged(raffle: Raffle, now: number): Raffle {
  const [newest] = raffle.draws.nodes;
  if (raffle.draw && isPromised(raffle.draw)) return raffle;
  const tries = newest?.isTest === true && (isPromised(newest) || endOf(newest) !== undefined) && !isOver(newest, now);
  return tries ? { ...raffle, draw: newest } : raffle;
}

/** The one that is drawn first from now on, or is late by a little; where all are long overdue, the newest. */
function nextOf(going: readonly Raffle[], now: number): Raffle | undefined {
  const left = ({ drawAt }: Raffle): number => Date.parse(drawAt) - now;
  const coming = going.filter((one) => left(one) > -LATE_MS);
  return coming.sort((one, other) => left(one) - left(other))[0] ?? going[0];
}

/** The raffle whose draw is the newest to be shown: one that was just drawn stays before the next one is counted down. */
export function shownRaffle(found: readonly Raffle[], now: number): Raffle | undefined {
  const shown = found.map((one) => staged(one, now)).filter(({ draw }) => draw === null || !isOver(draw, now));
  const isTold = ({ draw }: Raffle): boolean => draw !== null && (isPromised(draw) || endOf(draw) !== undefined);
  const isGoing = ({ state }: Raffle): boolean => state === "OPEN" || state === "SETTLING" || state === "FROZEN";
  return shown.find(isTold) ?? nextOf(shown.filter(isGoing), now);
}

/** Whether the code of a draw is posted, and it was not given up since. */
function isPromised({ state }: Draw): boolean {
  return state === "COMMITTED" || state === "DRAWN";
}

/** From the last seconds before the reveal on: the reel, or, for whoever wants nothing to move, the time until it stands. */
function Reveal({ raffle, draw, words, clock, now }: Going & { draw: Draw }): ComponentChildren {
  const reveal = Date.parse(draw.revealAt ?? "");
  const stands = reveal + STOP_MS;
  useMoments(clock, stands);
  const winner = draw.winners[0]?.publicName;
  const hasStopped = winner !== undefined && clock.now() >= stands;
  const seed = draw.commit ?? "";
  return (
    <>
      <p class="label">{words.say(hasStopped ? "draw_won" : "draw_spins")}</p>
      {calm() && !hasStopped
        ? <div class="reel calm"><p class="clock">{words.until(stands - now)}</p></div>
        : <Reel names={raffle.board.nodes} {...{ clock, reveal, winner, seed, hasStopped }} />}
      {hasStopped ? <Winners draw={draw} words={words} /> : null}
      <Code draw={draw} words={words} />
    </>
  );
}

function Winners({ draw, words }: { draw: Draw; words: Words }): ComponentChildren {
  const others = draw.winners.slice(1, WINNERS_MAX);
  const more = draw.winners.length - 1 - others.length;
  if (others.length === 0) return null;
  return (
    <p class="more">
      {others.map((one) => <bdi key={one.position}>{plain(one.publicName, 32)}</bdi>)}
      {more > 0 ? <span>{words.say("draw_more", { count: more })}</span> : null}
    </p>
  );
}

function Code({ draw, words }: { draw: Draw; words: Words }): ComponentChildren {
  const where = `${location.host}/verify`;
  return draw.code === null ? null : (
    <div class="checked">
      <Qr address={`${location.origin}/verify`} label={words.say("draw_check", { where })} />
      <p class="code">
        <span class="label">{words.say("draw_code")}</span>
        <strong>{draw.code}</strong>
        <span class="label">{words.say("draw_check", { where })}</span>
      </p>
    </div>
  );
}

function Countdown({ raffle, words, now }: Going): ComponentChildren {
  const { draw } = raffle;
  const isCoded = draw !== null && draw.code !== null;
  const comes = Date.parse(isCoded ? draw.roundAt : raffle.drawAt);
  const label = isCoded ? words.say("draw_round", { round: draw.round }) : words.say("draw_waits");
  return (
    <>
      <p class="label">{comes > now ? label : words.say("draw_soon")}</p>
      <p class="clock">{comes > now ? words.until(comes - now) : "…"}</p>
      {isCoded ? <Code draw={draw} words={words} /> : null}
      <p class="more">
        {words.say("draw_tickets", { tickets: words.number(BigInt(draw?.tickets ?? raffle.tickets)), entrants: draw?.entrants ?? raffle.entrants })}
      </p>
    </>
  );
}

function Stage({ raffle, words, clock, now }: Going): ComponentChildren {
  const { draw } = raffle;
  const given = { raffle, words, clock, now };
  const end = draw ? endOf(draw) : undefined;
  if (end) return <p class="end">{words.say(end)}</p>;
  return draw?.revealAt != null && now > Date.parse(draw.revealAt) - SPINS_MS
    ? <Reveal key={draw.name} draw={draw} {...given} />
    : <Countdown {...given} />;
}

function drawn({ data, words, clock, now }: Shown<readonly Raffle[]>): ComponentChildren {
  const at = now();
  const raffle = shownRaffle(data, at);
  if (!raffle) return null;
  return (
    <section class="card draw" aria-live="polite">
      <h1>{plain(raffle.title)}</h1>
      {raffle.draw?.isTest ? <p class="test">{words.say("draw_test")}</p> : null}
      <Stage raffle={raffle} words={words} clock={clock} now={at} />
    </section>
  );
}

function sample(now: number, names: readonly string[], more: Partial<Draw> | null): readonly Raffle[] {
  const at = (milliseconds: number): string => new Date(now + milliseconds).toISOString();
  const draw: Draw = {
    name: "raffle:1:1", state: "COMMITTED", isTest: false, code: "K7QF-3M2P", commit: "ab".repeat(32), round: "12345678",
    roundAt: at(75_000), revealAt: null, entrants: names.length, tickets: "18204", winners: [], ...more,
  };
  return [{
    id: "1", title: "The harbour's mug", state: "OPEN", startsAt: at(-1e9), endsAt: at(1e8), drawAt: at(93_784_000),
    tickets: "18204", entrants: names.length, draw: more === null ? null : draw, draws: { nodes: [] },
    board: { nodes: names.map((publicName, index) => ({ rank: index + 1, viewerId: String(index), publicName, tickets: "9" })) },
  }];
}

const won = (now: number, name: string): Partial<Draw> => ({
  state: "DRAWN", revealAt: new Date(now).toISOString(), winners: [{ position: 1, viewerId: "0", publicName: name }],
});

export const draw: Widget<readonly Raffle[]> = {
  name: "draw",
  size: [640, 500],
  use: (world) => useAnswer(world, raffles, {}, AWAITS)?.me?.community?.raffles.history.nodes,
  samples: {
    usual: (now) => sample(now, NAMES.usual, null),
    promised: (now) => sample(now, NAMES.usual, {}),
    spinning: (now) => sample(now, NAMES.usual, won(now + 2_000, "otter")),
    won: (now) => sample(now, NAMES.usual, won(now - 10_000, "otter")),
    void: (now) => sample(now, NAMES.usual, { state: "VOID" }),
    empty: (now) => sample(now, NAMES.usual, { state: "EMPTY", code: null, commit: null, entrants: 0, tickets: "0" }),
    hard: (now) => sample(now, NAMES.hard, won(now - 10_000, NAMES.hard[0])),
    none: () => [],
  },
  draw: drawn,
};
