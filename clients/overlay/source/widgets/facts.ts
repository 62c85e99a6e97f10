// What goals count and texts tell.

import type { OverlayFactsQuery } from "../link/documents";
import { facts as document } from "../link/documents";
import { type World, useAnswer } from "../link/live";
import { NAMES } from "./names";

export type Facts = NonNullable<NonNullable<OverlayFactsQuery["me"]>["community"]>;

// Not watch time, which changes all the time: what is told of it may be a minute old.
const AWAITS = { kinds: ["RaffleChanged", "TicketsChanged", "GiveawayChanged", "SlotCallChanged", "SlotQueueCleared"] };

/** What is known of the community, kept up to date; undefined before the first answer. */
export function useFacts(world: World): Facts | undefined {
  return useAnswer(world, document, {}, AWAITS)?.me?.community ?? undefined;
}

/** What can be counted, by the word for it in the address. */
export const COUNTS: Readonly<Record<string, (facts: Facts) => bigint>> = {
  tickets: ({ raffles }) => BigInt(raffles.current?.tickets ?? 0),
  people: ({ raffles }) => BigInt(raffles.current?.entrants ?? 0),
  viewers: ({ leaderboard }) => BigInt(leaderboard.totalCount),
  entries: ({ giveaways }) => BigInt(giveaways.nodes[0]?.state === "OPEN" ? giveaways.nodes[0].entries : 0),
  calls: ({ slotCalls }) => BigInt(slotCalls.waiting),
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
  };
}

/** A community in which nothing happened yet. */
export function nothing(): Facts {
  return {
    name: "Harbour Lights", leaderboard: { totalCount: 0, nodes: [] }, raffles: { current: null }, giveaways: { nodes: [] },
    slotCalls: { waiting: 0 },
  };
}
