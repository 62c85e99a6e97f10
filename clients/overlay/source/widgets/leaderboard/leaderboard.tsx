// Who watched longest.

import { rows } from "../../address";
import type { OverlayLeaderboardSubscription } from "../../link/documents";
import { leaderboard as document } from "../../link/documents";
import { useNewest } from "../../link/live";
import { Board } from "../board";
import { NAMES } from "../names";
import type { Widget } from "../widget";

type Standings = OverlayLeaderboardSubscription["leaderboardChanged"]["standings"];

function sample(names: readonly string[], seconds: (rank: number) => number): Standings {
  return names.map((publicName, index) => ({
    rank: index + 1,
    viewerId: String(index),
    publicName,
    seconds: seconds(index + 1),
  }));
}

export const leaderboard: Widget<Standings> = {
  name: "leaderboard",
  size: [480, 420],
  use: (world, options) => {
    return useNewest(world, document, { community: world.community, first: rows(options) })?.leaderboardChanged.standings;
  },
  samples: {
    usual: () => sample(NAMES.usual, (rank) => 180_000 / rank),
    hard: () => sample(NAMES.hard, (rank) => 360_000_000 / rank),
    one: () => sample(NAMES.usual.slice(0, 1), () => 60),
    none: () => [],
  },
  draw: ({ data, words, options }) => {
    const most = Math.max(1, ...data.map((one) => one.seconds));
    const shown = data.slice(0, rows(options)).map((one) => ({
      id: one.viewerId,
      rank: one.rank,
      name: one.publicName,
      value: words.watched(one.seconds),
      share: one.seconds / most,
    }));
    return <Board title={words.say("leaderboard_title")} rows={shown} empty={words.say("nobody")} />;
  },
};
