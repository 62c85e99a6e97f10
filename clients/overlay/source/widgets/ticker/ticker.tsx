// Who was just given tickets, how many, and what for: the newest first.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { rows } from "../../address";
import type { OverlayGainsQuery } from "../../link/documents";
import { gains as document } from "../../link/documents";
import { useAnswer } from "../../link/live";
import type { Words } from "../../words/words";
import { plain } from "../../words/words";
import { calm } from "../board";
import { NAMES } from "../names";
import type { Widget } from "../widget";

type Raffle = NonNullable<NonNullable<NonNullable<OverlayGainsQuery["me"]>["community"]>["raffles"]["current"]>;
type Gain = Raffle["gains"][number];
type Source = Gain["source"];

const AWAITS = { kinds: ["TicketsChanged", "RaffleChanged"] };
const COMES_MS = 500;
const NONE: readonly Gain[] = [];

const WHY = {
  GIFTED_SUB: "ticker_gifted_sub",
  OWN_SUB: "ticker_own_sub",
  WATCH_TIME: "ticker_watch_time",
  WAGER: "ticker_wager",
  KICKS: "ticker_kicks",
  REWARD: "ticker_reward",
  FREE_ENTRY: "ticker_free_entry",
  STAFF: "ticker_staff",
} as const satisfies Record<Source, string>;

function List({ data, words }: { data: readonly Gain[]; words: Words }): ComponentChildren {
  const list = useRef<HTMLOListElement>(null);
  const known = useRef<ReadonlySet<string> | undefined>(undefined);
  useLayoutEffect(() => {
    const before = known.current;
    known.current = new Set(data.map((one) => one.id));
    for (const row of list.current?.querySelectorAll<HTMLElement>("[data-id]") ?? []) {
      // What was there when the page came is no news.
      if (!before || before.has(row.dataset["id"] ?? "") || calm()) continue;
      row.animate([{ transform: "translateX(-40%)", opacity: 0 }, { transform: "none", opacity: 1 }], { duration: COMES_MS, easing: "ease-out" });
    }
  }, [data]);
  return (
    <section class="card board ticker" aria-live="polite" aria-label={words.say("ticker_title")}>
      <h1>{words.say("ticker_title")}</h1>
      {data.length === 0 ? <p class="empty">{words.say("ticker_none")}</p> : null}
      <ol ref={list}>
        {data.map((one) => (
          <li key={one.id} data-id={one.id}>
            <bdi class="name">{plain(one.publicName)}</bdi>
            <span class="why">{words.say(WHY[one.source])}</span>
            <span class="value">+{words.number(BigInt(one.tickets))}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function sample(names: readonly string[], tickets: (place: number) => bigint): readonly Gain[] {
  const sources = Object.keys(WHY) as Source[];
  return names.map((publicName, index) => ({
    id: String(index), source: sources[(index * 2) % sources.length] ?? "STAFF", tickets: String(tickets(index)), publicName,
  }));
}

export const ticker: Widget<readonly Gain[]> = {
  name: "ticker",
  size: [560, 420],
  use: (world, options) => {
    const found = useAnswer(world, document, { first: rows(options) }, AWAITS)?.me?.community;
    return found ? (found.raffles.current?.gains ?? NONE) : undefined;
  },
  samples: {
    usual: () => sample(NAMES.usual, (place) => [15n, 1n, 5n, 10n, 120n][place] ?? 1n),
    hard: () => sample(NAMES.hard, (place) => 100_000n / BigInt(place + 1)),
    one: () => sample(NAMES.usual.slice(0, 1), () => 1n),
    none: () => NONE,
  },
  draw: ({ data, words, options }) => <List data={data.slice(0, rows(options))} words={words} />,
};
