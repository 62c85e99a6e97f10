// THE INDEX of widgets: a name in the address -> what is shown.

import { alerts } from "./alerts/alerts";
import { draw } from "./draw/draw";
import { giveaway } from "./giveaway/giveaway";
import { goal } from "./goal/goal";
import { leaderboard } from "./leaderboard/leaderboard";
import { slots } from "./slots/slots";
import { text } from "./text/text";
import { ticker } from "./ticker/ticker";
import { tickets } from "./tickets/tickets";
import type { Widget } from "./widget";

// Each widget's own data is known to nobody else.
const ALL = [leaderboard, tickets, draw, giveaway, slots, alerts, goal, text, ticker] as unknown as readonly Widget<unknown>[];

export const WIDGETS: ReadonlyMap<string, Widget<unknown>> = new Map(ALL.map((one) => [one.name, one]));
