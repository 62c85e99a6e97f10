// The reel of names: where it stands is a function of the time and the draw alone, so that every copy of it, and one that
// was loaded again in the middle, shows the same frame and stops on the same name.

/** How fast it turns, in names a second, until the reveal. */
export const SPEED = 14;
/** How long it takes to stop after the reveal. */
export const STOP_MS = 4000;
/** How many names it turns on while it stops: half as many as at full speed. */
export const STOP_NAMES = (SPEED * STOP_MS) / 1000 / 2;

/** How many names have passed since the reveal; negative before it, and never more than `STOP_NAMES`. */
export function turned(now: number, reveal: number): number {
  const after = (now - reveal) / 1000;
  if (after <= 0) return after * SPEED;
  const stop = STOP_MS / 1000;
  const left = Math.max(0, 1 - after / stop);
  return STOP_NAMES * (1 - left * left);
}

/** The name in a place of the reel: the winner where it stops, elsewhere one of the others, mixed by the draw. */
export function nameAt(place: number, others: readonly string[], seed: string, winner: string | undefined): string {
  if (place === STOP_NAMES && winner !== undefined) return winner;
  if (others.length === 0) return "";
  return others[mixed(seed, place) % others.length] ?? "";
}

/** A number from a seed and a place, spread evenly; it only decides how the reel looks. */
function mixed(seed: string, place: number): number {
  let state = 2_166_136_261 ^ place;
  for (let index = 0; index < seed.length; index += 1) state = Math.imul(state ^ seed.charCodeAt(index), 16_777_619);
  state ^= state >>> 15;
  return Math.imul(state, 2_246_822_507) >>> 0;
}
