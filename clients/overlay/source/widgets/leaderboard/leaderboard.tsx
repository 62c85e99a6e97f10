// Who watched longest.

import { whole } from "../../address";
import type { OverlayLeaderboardSubscription } from "../../link/documents";
import { leaderboard as document } from "../../link/documents";
import { useNewest } from "../../link/live";
import { Board } from "../board";
import { NAMES } from "../names";
import type { Widget } from "../widget";

type Standings = OverlayLeaderboardSubscription["leaderboardChanged"]["standings"];

const usual = { least: 1, usual: 5, most: 10 };

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
    const first = whole(options, "first", usual.least, usual.usual, usual.most);
    return useNewest(world, document, { community: world.community, first })?.leaderboardChanged.standings;
  },
  samples: {
    usual: () => sample(NAMES.usual, (rank) => 180_000 / rank),
    hard: () => sample(NAMES.hard, (rank) => 360_000_000 / rank),
    one: () => sample(NAMES.usual.slice(0, 1), () => 60),
    none: () => [],
  },
  draw: ({ data, words }) => {
    const most = Math.max(1, ...data.map((one) => one.seconds));
    const rows = data.map((one) => ({
      id: one.viewerId,
      rank: one.rank,
      name: one.publicName,
      value: words.watched(one.seconds),
      share: one.seconds / most,
    }));
    return <Board title={words.say("leaderboard_title")} rows={rows} empty={words.say("nobody")} />;
  },
};
