// What happens in the community, shown as it happens: who, and what he did. Its moves follow the server's clock.

import "./alerts.css";

import type { ComponentChildren } from "preact";

import type { Words } from "../../words/words";
import { plain } from "../../words/words";
import { NAMES } from "../names";
import type { Shown as Given, Widget } from "../widget";
import { type Kind, type Shown, useShown } from "./show";

type Alert = Shown["alert"];

const COMES_MS = 450;
const GOES_MS = 350;

/** The marks, drawn in a square of 24. */
const MARKS: Readonly<Record<Kind, string>> = {
  FOLLOW: "M12 21 3.5 12.6a5.4 5.4 0 0 1 7.6-7.6l.9.9.9-.9a5.4 5.4 0 0 1 7.6 7.6z",
  SUB: "m12 2 3 6.5 7 .8-5.200 4.800 1.400 7-6.200-3.500-6.200 3.500 1.400-7L2 9.300l7-.8z",
  RESUB: "M12 4V1l5 4.500L12 10V7a5 5 0 1 0 5 5h3a8 8 0 1 1-8-8z",
  GIFT: "M3 8h4.600a3.200 3.200 0 1 1 4.400-3.600A3.200 3.200 0 1 1 16.400 8H21v5h-8V8h-2v5H3zm1 7h7v7H4zm9 0h7v7h-7z",
  KICKS: "M13 1 4 14h6l-1 9 9-13h-6z",
  WINNER: "M6 2h12v2h4v4a5 5 0 0 1-5 5 5.500 5.500 0 0 1-4 2.800V19h4v3H7v-3h4v-3.200A5.500 5.500 0 0 1 7 13a5 5 0 0 1-5-5V4h4zM4 6v2a3 3 0 0 0 2 2.800V6zm14 0v4.800A3 3 0 0 0 20 8V6z",
};

/** What somebody did, as a sentence that goes on after his name. */
export function deed({ kind, amount }: Alert, words: Words): string {
  switch (kind) {
    case "FOLLOW": return words.say("alert_follow");
    case "SUB": return words.say("alert_sub");
    case "RESUB": return words.say("alert_resub", { count: amount });
    case "GIFT": return amount === 1 ? words.say("alert_gift_one") : words.say("alert_gift", { count: amount });
    case "KICKS": return words.say("alert_kicks", { count: amount });
    case "WINNER": return amount === 1 ? words.say("alert_winner") : words.say("alert_winners", { count: amount - 1 });
  }
}

/** How far something is between two times, from 0 to 1, slower towards its end. */
function eased(now: number, from: number, length: number): number {
  const part = Math.min(1, Math.max(0, (now - from) / length));
  return 1 - (1 - part) ** 3;
}

function drawn({ data, words, now }: Given<Shown | null>): ComponentChildren {
  if (data === null) return null;
  const at = now();
  const [starts, ends] = [Date.parse(data.startsAt), Date.parse(data.endsAt)];
  if (at < starts || at >= ends) return null;
  const { alert } = data;
  const comes = eased(at, starts, COMES_MS);
  const goes = eased(at, ends - GOES_MS, GOES_MS);
  const style = {
    opacity: (comes * (1 - goes)).toFixed(3),
    transform: `translateY(${((1 - comes) * 36).toFixed(2)}rem) scale(${(0.92 + comes * 0.08).toFixed(4)})`,
  };
  return (
    <section class="card alert" aria-live="polite" style={style}>
      <svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d={MARKS[alert.kind]} fill-rule="evenodd" /></svg>
      <div class="told">
        {alert.isTest ? <p class="test">{words.say("alert_test")}</p> : null}
        <bdi class="who">{plain(alert.publicName ?? words.say("alert_nobody"), 32)}</bdi>
        <p class="what">{deed(alert, words)}</p>
      </div>
    </section>
  );
}

function sample(now: number, more: Partial<Alert>): Shown {
  const alert: Alert = { id: "1", kind: "SUB", publicName: "otter", amount: 1, isTest: false, ...more };
  // Long there already, and for long: a sample stands still.
  return { lease: "1", startsAt: new Date(now - 60_000).toISOString(), endsAt: new Date(now + 8.64e7).toISOString(), volume: 70, alert };
}

export const alerts: Widget<Shown | null> = {
  name: "alerts",
  size: [560, 200],
  use: useShown,
  moves: (shown, now) => shown !== null && now < Date.parse(shown.endsAt) + 1000 && now > Date.parse(shown.startsAt) - 5000
    && (now < Date.parse(shown.startsAt) + COMES_MS + 200 || now > Date.parse(shown.endsAt) - GOES_MS - 1200),
  samples: {
    usual: (now) => sample(now, {}),
    follow: (now) => sample(now, { kind: "FOLLOW", publicName: NAMES.usual[2] }),
    resub: (now) => sample(now, { kind: "RESUB", amount: 13, publicName: NAMES.usual[0] }),
    gift: (now) => sample(now, { kind: "GIFT", amount: 50, publicName: NAMES.usual[3] }),
    kicks: (now) => sample(now, { kind: "KICKS", amount: 1000, publicName: null }),
    winner: (now) => sample(now, { kind: "WINNER", amount: 3, publicName: NAMES.usual[4] }),
    test: (now) => sample(now, { kind: "GIFT", amount: 5, isTest: true, publicName: "Test" }),
    hard: (now) => sample(now, { kind: "GIFT", amount: 1_000_000_000, isTest: true, publicName: NAMES.hard[0] }),
    arabic: (now) => sample(now, { kind: "WINNER", amount: 100, publicName: NAMES.hard[1] }),
    markup: (now) => sample(now, { kind: "KICKS", amount: 5, publicName: NAMES.hard[2] }),
    none: () => null,
  },
  draw: drawn,
};
