// What goals count and texts tell.

import type { OverlayFactsQuery } from "../link/documents";
import { facts as document } from "../link/documents";
import { type World, useAnswer } from "../link/live";
import { NAMES } from "./names";

export type Facts = NonNullable<NonNullable<OverlayFactsQuery["me"]>["community"]>;

const HOUR_S = 3600;

// Not watch time, which changes all the time: what is told of it may be a good minute old.
const AWAITS = { kinds: ["RaffleChanged", "TicketsChanged", "GiveawayChanged", "SlotCallChanged", "SlotQueueCleared"] };
const AWAITS_TOTALS = { kinds: [...AWAITS.kinds, "TotalsChanged"] };

/** What is known of the community, kept up to date; undefined before the first answer. Sums come where they are wanted. */
export function useFacts(world: World, options: URLSearchParams, totals: boolean): Facts | undefined {
  const variables = totals ? { totals, since: instantOf(options.get("since")) } : { totals };
  return useAnswer(world, document, variables, totals ? AWAITS_TOTALS : AWAITS)?.me?.community ?? undefined;
}

/** A time as the server reads it; null where the address names none, so that the server chooses. */
function instantOf(text: string | null): string | null {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** What the server adds up, by the word for it in the address. */
export const SUMS = {
  subs: ({ totals }: Facts) => BigInt(totals?.subscriptions ?? 0),
  kicks: ({ totals }: Facts) => BigInt(totals?.kicks ?? 0),
  hours: ({ totals }: Facts) => BigInt(Math.floor((totals?.watchTime ?? 0) / HOUR_S)),
};

/** What can be counted, by the word for it in the address. */
export const COUNTS: Readonly<Record<string, (facts: Facts) => bigint>> = {
  tickets: ({ raffles }) => BigInt(raffles.current?.tickets ?? 0),
  people: ({ raffles }) => BigInt(raffles.current?.entrants ?? 0),
  viewers: ({ leaderboard }) => BigInt(leaderboard.totalCount),
  entries: ({ giveaways }) => BigInt(giveaways.nodes[0]?.state === "OPEN" ? giveaways.nodes[0].entries : 0),
  calls: ({ slotCalls }) => BigInt(slotCalls.waiting),
  ...SUMS,
};

/** A community to try widgets with. */
export function sample(now: number, names: readonly string[] = NAMES.usual, tickets = 640n): Facts {
  const [publicName = ""] = names;
  return {
    name: "Harbour Lights",
    leaderboard: { totalCount: 1284, nodes: [{ publicName, seconds: 180_000 }] },
    raffles: {
      current: {
        title: "The harbour's mug", endsAt: new Date(now + 93_784_000).toISOString(), tickets: String(tickets), entrants: 87,
        board: { nodes: [{ publicName, tickets: "120" }] },
      },
    },
    giveaways: { nodes: [{ title: "A lighthouse mug", state: "OPEN", entries: 128 }] },
    slotCalls: { waiting: 4 },
    totals: { subscriptions: String(tickets), kicks: String(tickets), watchTime: Number(tickets) * HOUR_S },
  };
}

/** A community in which nothing happened yet. */
export function nothing(): Facts {
  return {
    name: "Harbour Lights", leaderboard: { totalCount: 0, nodes: [] }, raffles: { current: null }, giveaways: { nodes: [] },
    slotCalls: { waiting: 0 }, totals: { subscriptions: "0", kicks: "0", watchTime: 0 },
  };
}
