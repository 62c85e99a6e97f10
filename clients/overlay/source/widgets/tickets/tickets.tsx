// Who has most tickets in the newest raffle.

import { rows } from "../../address";
import type { OverlayRafflesQuery } from "../../link/documents";
import { raffles } from "../../link/documents";
import { useAnswer } from "../../link/live";
import { Board } from "../board";
import { NAMES } from "../names";
import type { Widget } from "../widget";

type Raffle = NonNullable<NonNullable<OverlayRafflesQuery["me"]>["community"]>["raffles"]["history"]["nodes"][number];
type Standings = Raffle["board"]["nodes"];

interface Tickets {
  readonly title: string;
  readonly board: Standings;
}

const AWAITS = { kinds: ["TicketsChanged", "RaffleChanged"] };

function sample(names: readonly string[], tickets: (rank: number) => bigint): Standings {
  return names.map((publicName, index) => ({
    rank: index + 1,
    viewerId: String(index),
    publicName,
    tickets: String(tickets(index + 1)),
  }));
}

export const tickets: Widget<Tickets> = {
  name: "tickets",
  size: [480, 420],
  use: (world) => {
    const found = useAnswer(world, raffles, {}, AWAITS)?.me?.community;
    if (!found) return undefined;
    const [raffle] = found.raffles.history.nodes;
    return raffle ? { title: raffle.title, board: raffle.board.nodes } : { title: "", board: [] };
  },
  samples: {
    usual: () => ({ title: "The harbour's mug", board: sample(NAMES.usual, (rank) => BigInt(Math.round(400 / rank))) }),
    hard: () => ({ title: "\u202E<b>Mug</b>".repeat(30), board: sample(NAMES.hard, (rank) => 9_007_199_254_740_991n / BigInt(rank)) }),
    one: () => ({ title: "", board: sample(NAMES.usual.slice(0, 1), () => 1n) }),
    none: () => ({ title: "", board: [] }),
  },
  draw: ({ data, words, options }) => {
    const most = Math.max(1, ...data.board.map((one) => Number(one.tickets)));
    const shown = data.board.slice(0, rows(options)).map((one) => ({
      id: one.viewerId,
      rank: one.rank,
      name: one.publicName,
      value: words.number(BigInt(one.tickets)),
      share: Number(one.tickets) / most,
    }));
    return <Board title={data.title || words.say("tickets_title")} rows={shown} empty={words.say("nobody")} />;
  },
};
