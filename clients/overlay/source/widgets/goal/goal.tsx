// How far a community is on its way to a number.

import type { ComponentChildren } from "preact";

import { whole } from "../../address";
import type { Words } from "../../words/words";
import { plain } from "../../words/words";
import { COUNTS, type Facts, nothing, sample, SUMS, useFacts } from "../facts";
import { NAMES } from "../names";
import type { Shown, Widget } from "../widget";

const TITLE_MAX = 48;
const MOST = 1_000_000_000;

function titleOf(kind: string, options: URLSearchParams, words: Words): string {
  const titles: Readonly<Record<string, string>> = {
    tickets: words.say("goal_tickets"), people: words.say("goal_people"), viewers: words.say("goal_viewers"),
    entries: words.say("goal_entries"), calls: words.say("goal_calls"), subs: words.say("goal_subs"),
    kicks: words.say("goal_kicks"), hours: words.say("goal_hours"),
  };
  return plain(options.get("title") ?? "", TITLE_MAX) || (titles[kind] ?? "");
}

function bar({ data, words, options }: Shown<Facts>): ComponentChildren {
  const wanted = options.get("of") ?? "";
  const kind = Object.hasOwn(COUNTS, wanted) ? wanted : "tickets";
  const counted = COUNTS[kind]?.(data) ?? 0n;
  const goal = whole(options, "to", 1, 1000, MOST);
  const share = Math.min(1, Math.max(0, Number(counted) / goal));
  const isReached = share === 1;
  return (
    <section class={isReached ? "card goal reached" : "card goal"} aria-live="polite">
      <h1><bdi>{titleOf(kind, options, words)}</bdi></h1>
      <p class="figures">
        <strong>{words.number(counted)}</strong>
        <span class="label">{isReached ? words.say("goal_reached") : words.say("goal_of", { goal })}</span>
      </p>
      <div class="track"><span class="fill" style={{ transform: `translateX(${((share - 1) * 100).toFixed(2)}%)` }} /></div>
    </section>
  );
}

export const goal: Widget<Facts> = {
  name: "goal",
  size: [640, 190],
  use: (world, options) => useFacts(world, options, Object.hasOwn(SUMS, options.get("of") ?? "")),
  samples: {
    usual: (now) => sample(now),
    reached: (now) => sample(now, NAMES.usual, 1204n),
    hard: (now) => sample(now, NAMES.hard, 9_007_199_254_740_991n),
    none: nothing,
  },
  draw: bar,
};
