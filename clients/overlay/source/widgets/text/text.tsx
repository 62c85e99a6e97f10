// A sentence of the streamer's own, with values put in where it names them.

import type { ComponentChildren } from "preact";

import { timeOf } from "../../link/live";
import { plain } from "../../words/words";
import { COUNTS, type Facts, nothing, sample, useFacts } from "../facts";
import { NAMES } from "../names";
import type { Shown, Widget } from "../widget";

const TEXT_MAX = 160;
const VALUE_MAX = 40;
const VARIABLE = /\{([a-z]+\.[a-z]+)\}/g;
const TOTALS = /\{(?:subs|kicks|hours)\.total\}/;
const USUAL = "{raffle.name} · {tickets.total}";
const NONE = "–";

type Value = (shown: Shown<Facts>) => string | undefined;

const counted = (kind: string): Value => ({ data, words }) => words.number(COUNTS[kind]?.(data) ?? 0n);

/** Everything that a text can name. */
const VALUES: Readonly<Record<string, Value>> = {
  "community.name": ({ data }) => data.name,
  "raffle.name": ({ data }) => data.raffles.current?.title,
  "raffle.left": ({ data, words, now }) => {
    const ends = timeOf(data.raffles.current?.endsAt);
    return ends === undefined ? undefined : words.until(ends - now());
  },
  "tickets.total": counted("tickets"),
  "tickets.people": counted("people"),
  "tickets.leader": ({ data }) => data.raffles.current?.board.nodes[0]?.publicName,
  "giveaway.name": ({ data }) => (data.giveaways.nodes[0]?.state === "OPEN" ? data.giveaways.nodes[0].title : undefined),
  "giveaway.entries": counted("entries"),
  "slots.waiting": counted("calls"),
  "subs.total": counted("subs"),
  "kicks.total": counted("kicks"),
  "hours.total": counted("hours"),
  "viewers.total": counted("viewers"),
  "viewers.leader": ({ data }) => data.leaderboard.nodes[0]?.publicName,
};

/** The text in parts, each value a part of its own, so that no name turns or lengthens what stands around it. */
function parts(text: string, shown: Shown<Facts>): ComponentChildren[] {
  return text.split(VARIABLE).map((part, index) => {
    if (index % 2 === 0) return part;
    const value = VALUES[part];
    return value === undefined ? `{${part}}` : <bdi key={index}>{plain(value(shown) ?? "", VALUE_MAX) || NONE}</bdi>;
  });
}

function wanted(options: URLSearchParams): string {
  return plain(options.get("text") ?? USUAL, TEXT_MAX);
}

function sentence(shown: Shown<Facts>): ComponentChildren {
  const text = wanted(shown.options);
  return text === "" ? null : <section class="card text" aria-live="polite"><p>{parts(text, shown)}</p></section>;
}

export const text: Widget<Facts> = {
  name: "text",
  size: [640, 170],
  use: (world, options) => useFacts(world, options, TOTALS.test(wanted(options))),
  samples: {
    usual: (now) => sample(now),
    hard: (now) => {
      const made = sample(now, NAMES.hard, 9_007_199_254_740_991n);
      return { ...made, raffles: { current: made.raffles.current && { ...made.raffles.current, title: NAMES.hard[0] } } };
    },
    none: nothing,
  },
  draw: sentence,
};
