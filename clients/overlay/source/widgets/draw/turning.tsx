// The reel as it is drawn: names that are drawn anew when another one comes in, and moved with every frame.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Clock } from "../../link/clock";
import { useFrames } from "../../moments";
import { plain } from "../../words/words";
import { SPEED, STOP_NAMES, nameAt, turned } from "./reel";

const ROWS = 5;
const NAME_MAX = 32;

interface Given {
  readonly names: readonly { readonly publicName: string }[];
  readonly clock: Clock;
  /** The server's time of the reveal, in milliseconds since 1970. */
  readonly reveal: number;
  /** Undefined until he is known. */
  readonly winner: string | undefined;
  readonly seed: string;
  readonly hasStopped: boolean;
}

/** How many names have passed. Until the winner is known it goes on turning: who hears late stops late, on the right name. */
function placeAt(now: number, reveal: number, isKnown: boolean): number {
  return !isKnown && now > reveal ? ((now - reveal) / 1000) * SPEED : turned(now, reveal);
}

export function Reel({ names, clock, reveal, winner, seed, hasStopped }: Given): ComponentChildren {
  const strip = useRef<HTMLDivElement>(null);
  const place = (): number => placeAt(clock.now(), reveal, winner !== undefined);
  const [first, setFirst] = useState(() => Math.floor(place()));
  const others = useMemo(() => names.map((one) => plain(one.publicName, NAME_MAX)), [names]);
  const last = useMemo(() => (winner === undefined ? undefined : plain(winner, NAME_MAX)), [winner]);
  const pose = (): void => {
    const at = place();
    setFirst(Math.floor(at));
    if (strip.current) strip.current.style.transform = `translateY(calc(var(--row) * ${(Math.floor(at) - at).toFixed(4)}))`;
  };
  useLayoutEffect(pose);
  useFrames(!hasStopped, pose);
  const top = first - Math.floor(ROWS / 2);
  return (
    <div class={hasStopped ? "reel stopped" : "reel"}>
      <div class="names" ref={strip}>
        {Array.from({ length: ROWS + 1 }, (_, row) => top + row).map((one) => (
          <bdi key={one} class={one === STOP_NAMES && hasStopped ? "won" : ""}>{nameAt(one, others, seed, last)}</bdi>
        ))}
      </div>
    </div>
  );
}
