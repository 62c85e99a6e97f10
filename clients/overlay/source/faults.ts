// Catches every fault. OBS writes what a page leaves uncaught to its log, which streamers post when they ask for help.

const KEY = /rgo_[\w-]+/g;
const KEPT_MAX = 20;

const faults: string[] = [];

/** Takes note of a fault, without any key that may stand in it. */
export function note(fault: unknown): void {
  const words = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  faults.push(words.replace(KEY, "rgo_…").slice(0, 300));
  if (faults.length > KEPT_MAX) faults.shift();
}

/** The last faults, oldest first, for `?debug`. */
export function noted(): readonly string[] {
  return faults;
}

/** Notes what nobody caught, and lets nothing of it reach the console. */
export function catchAll(page: Window): void {
  page.addEventListener("error", (event) => {
    note(event.error ?? event.message);
    event.preventDefault();
  });
  page.addEventListener("unhandledrejection", (event) => {
    note(event.reason);
    event.preventDefault();
  });
}
