// The sound of an alert: a few notes, made here, so that nothing has to be loaded. Every kind has its own.

import { note } from "../../faults";
import type { Kind } from "./show";

/** A note: how high in hertz, when it begins and how long it rings, in seconds. */
type Note = readonly [height: number, begins: number, rings: number];

const TUNES: Readonly<Record<Kind, readonly Note[]>> = {
  FOLLOW: [[784, 0, 0.5]],
  SUB: [[523, 0, 0.4], [659, 0.12, 0.4], [784, 0.24, 0.7]],
  RESUB: [[659, 0, 0.4], [784, 0.12, 0.7]],
  GIFT: [[523, 0, 0.3], [659, 0.1, 0.3], [784, 0.2, 0.3], [1047, 0.3, 0.9]],
  KICKS: [[988, 0, 0.2], [1319, 0.09, 0.7]],
  WINNER: [[523, 0, 0.3], [523, 0.16, 0.2], [784, 0.32, 0.5], [1047, 0.55, 1.1]],
};
const LOUDEST = 0.35;
const RISES_S = 0.012;
const SILENCE = 0.0001;
/** What comes later than this is not heard any more: the sound belongs to the beginning. */
const LATE_MS = 1500;

/** Plays a kind's notes so many milliseconds from now, as loud as 0 to 100 says. */
export function sound(kind: Kind, volume: number, inMilliseconds: number): void {
  if (volume <= 0 || inMilliseconds < -LATE_MS) return;
  try {
    play(TUNES[kind], (volume / 100) ** 2 * LOUDEST, Math.max(0, inMilliseconds) / 1000);
  } catch (fault) {
    note(fault);
  }
}

function play(tune: readonly Note[], loudest: number, waits: number): void {
  // One for each sound: a context that got stuck when the machine's devices changed spoils no other.
  const audio = new AudioContext();
  const begin = audio.currentTime + waits;
  for (const [height, begins, rings] of tune) {
    const [tone, level] = [new OscillatorNode(audio, { type: "triangle", frequency: height }), new GainNode(audio, { gain: 0 })];
    const at = begin + begins;
    level.gain.setValueAtTime(SILENCE, at);
    level.gain.exponentialRampToValueAtTime(loudest, at + RISES_S);
    level.gain.exponentialRampToValueAtTime(SILENCE, at + rings);
    tone.connect(level).connect(audio.destination);
    tone.start(at);
    tone.stop(at + rings);
  }
  const over = Math.max(...tune.map(([, begins, rings]) => begins + rings)) + waits + 1;
  setTimeout(() => { audio.close().catch(note); }, over * 1000);
  // In OBS it may sound at once; a browser wants to be clicked on first.
  if (audio.state === "suspended") audio.resume().catch(note);
}
