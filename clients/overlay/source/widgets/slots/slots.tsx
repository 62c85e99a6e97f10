// The slot calls that wait, and the one that is played.

import type { ComponentChildren } from "preact";

import { rows } from "../../address";
import type { OverlaySlotsQuery } from "../../link/documents";
import { slots as document } from "../../link/documents";
import { timeOf, useAnswer } from "../../link/live";
import { plain } from "../../words/words";
import { NAMES } from "../names";
import type { Shown, Widget } from "../widget";

type Slots = NonNullable<NonNullable<OverlaySlotsQuery["me"]>["community"]>["slotCalls"];
type Call = Slots["queue"]["nodes"][number];

const AWAITS = { kinds: ["SlotCallChanged", "SlotQueueCleared", "SlotRulesChanged"] };
const TITLE_MAX = 40;

function line(call: Call): ComponentChildren {
  return (
    <>
      <bdi class="name">{plain(call.title, TITLE_MAX)}</bdi>
      <bdi class="value">{plain(call.publicName, 24)}</bdi>
    </>
  );
}

/** The call that was picked last: those that are picked come by when they were called, whichever was picked when. */
function newestPick({ history }: Slots): Call | undefined {
  const at = ({ pickedAt }: (typeof history.nodes)[number]): number => timeOf(pickedAt) ?? 0;
  return [...history.nodes].sort((one, other) => at(other) - at(one))[0];
}

function queue({ data, words, options }: Shown<Slots>): ComponentChildren {
  const waiting = data.queue.nodes.slice(0, rows(options));
  const played = newestPick(data);
  const more = data.waiting - waiting.length;
  return (
    <section class="card board slots" aria-label={words.say("slots_title")}>
      <h1>
        {words.say("slots_title")} <span class={data.settings.isOpen ? "state open" : "state"}>{words.say(data.settings.isOpen ? "slots_open" : "slots_closed")}</span>
      </h1>
      {played ? <p class="played"><span class="label">{words.say("slots_now")}</span>{line(played)}</p> : null}
      {waiting.length === 0 && !played ? <p class="empty">{words.say(data.settings.isOpen ? "slots_none" : "slots_wait")}</p> : null}
      <ol>
        {waiting.map((call, index) => (
          <li key={call.id} class={`place-${String(Math.min(index + 1, 4))}`}>
            <span class="rank">{index + 1}</span>
            {line(call)}
          </li>
        ))}
      </ol>
      {more > 0 ? <p class="more">{words.say("slots_more", { count: more })}</p> : null}
    </section>
  );
}

const TITLES = ["Book of Dead", "Sugar Rush 1000", "Wanted Dead or a Wild", "Le Bandit", "Gates of Olympus"];

function sample(titles: readonly string[], names: readonly string[], isOpen: boolean, waiting: number): Slots {
  const calls = titles.map((title, index) => ({ id: String(index), title, publicName: names[index % names.length] ?? "" }));
  const played = calls[0] ? [{ ...calls[0], id: "played", pickedAt: null }] : [];
  return { settings: { isOpen }, waiting, queue: { nodes: calls.slice(1) }, history: { nodes: played } };
}

export const slots: Widget<Slots> = {
  name: "slots",
  size: [520, 460],
  use: (world, options) => {
    return useAnswer(world, document, { first: rows(options) }, AWAITS)?.me?.community?.slotCalls;
  },
  samples: {
    usual: () => sample(TITLES, NAMES.usual, true, 4),
    hard: () => sample(NAMES.hard.map((name) => `${name} ${name}`), NAMES.hard, true, 100_000),
    closed: () => sample([], NAMES.usual, false, 0),
    none: () => sample([], NAMES.usual, true, 0),
  },
  draw: queue,
};
