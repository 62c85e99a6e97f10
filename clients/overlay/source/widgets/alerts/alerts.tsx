// What happens in the community, shown as it happens: who, and what he did. Its moves follow the server's clock.

import "./alerts.css";

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { useMoments } from "../../moments";
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

/** Has a card come and go by the server's clock, also from the middle of that; the browser moves it without our scripts. */
function move(card: HTMLElement, starts: number, ends: number): () => void {
  const comes = card.animate([{ opacity: 0, transform: "translateY(36rem) scale(0.92)" }, { opacity: 1, transform: "none" }], {
    delay: starts, duration: COMES_MS, easing: "cubic-bezier(.2,.8,.2,1)", fill: "backwards",
  });
  const goes = card.animate([{ opacity: 1 }, { opacity: 0 }], {
    delay: ends - GOES_MS, duration: GOES_MS, easing: "ease-out", fill: "forwards",
  });
  return () => {
    comes.cancel();
    goes.cancel();
  };
}

function Card({ data, words, clock }: Pick<Given<Shown>, "data" | "words" | "clock">): ComponentChildren {
  const card = useRef<HTMLElement>(null);
  const [starts, ends] = [Date.parse(data.startsAt), Date.parse(data.endsAt)];
  useMoments(clock, starts, ends);
  const isThere = clock.now() >= starts && clock.now() < ends;
  useLayoutEffect(() => {
    const now = clock.now();
    return card.current ? move(card.current, starts - now, ends - now) : undefined;
  }, [clock, starts, ends, isThere]);
  if (!isThere) return null;
  const { alert } = data;
  return (
    <section class="card alert" aria-live="polite" ref={card}>
      <svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d={MARKS[alert.kind]} fill-rule="evenodd" /></svg>
      <div class="told">
        {alert.isTest ? <p class="test">{words.say("alert_test")}</p> : null}
        <bdi class="who">{plain(alert.publicName ?? words.say("alert_nobody"), 32)}</bdi>
        <p class="what">{deed(alert, words)}</p>
      </div>
    </section>
  );
}

function drawn({ data, words, clock }: Given<Shown | null>): ComponentChildren {
  return data && <Card key={data.alert.id} data={data} words={words} clock={clock} />;
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
