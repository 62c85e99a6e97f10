// When something is drawn again: once a second, at known moments, or, for what only moves, with every frame.

import { useEffect, useState } from "preact/hooks";

import type { Clock } from "./link/clock";

/** Longer than this no timer waits. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** How often the time is told anew: once a second, or never. */
export type Pace = "second" | "still";

/** The server's time, as often as wanted. */
export function useNow(clock: Clock, pace: Pace): number {
  const [now, setNow] = useState(clock.now());
  useEffect(() => {
    if (pace === "still") return undefined;
    setNow(clock.now());
    const timer = setInterval(() => { setNow(clock.now()); }, 1000);
    return () => { clearInterval(timer); };
  }, [clock, pace]);
  return pace === "still" ? clock.now() : now;
}

/** Draws anew at each of these times of the server, in milliseconds since 1970. */
export function useMoments(clock: Clock, ...times: readonly number[]): void {
  const [, setPassed] = useState(0);
  useEffect(() => {
    const timers = new Map<number, ReturnType<typeof setTimeout>>();
    const wait = (time: number): void => {
      const left = time - clock.now();
      // The clock may be set meanwhile, and a timer may be early.
      const look = (): void => { if (clock.now() < time) wait(time); else setPassed((many) => many + 1); };
      if (left < TIMER_MS_MAX) timers.set(time, setTimeout(look, Math.max(1, left)));
    };
    for (const time of times) if (time > clock.now()) wait(time);
    return () => { for (const timer of timers.values()) clearTimeout(timer); };
  }, [clock, ...times]);
}

/** Does something with every frame while it is on; it sets what moves by itself, so that nothing else is drawn anew. */
export function useFrames(isOn: boolean, act: () => void): void {
  useEffect(() => {
    if (!isOn) return undefined;
    let frame = requestAnimationFrame(function turn() {
      act();
      frame = requestAnimationFrame(turn);
    });
    return () => { cancelAnimationFrame(frame); };
  });
}
