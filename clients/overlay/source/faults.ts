// Catches every fault. OBS writes what a page leaves uncaught to its log, which streamers post when they ask for help.

const KEY = /rgo_[\w-]+/g;
const KEPT_MAX = 20;

const faults: string[] = [];
let show = (): void => undefined;

/** Takes note of a fault, without any key that may stand in it. */
export function note(fault: unknown): void {
  faults.push(`${new Date().toLocaleTimeString()} ${words(fault)}`.replace(KEY, "rgo_…").slice(0, 300));
  if (faults.length > KEPT_MAX) faults.shift();
  show();
}

function words(fault: unknown): string {
  if (fault instanceof Error) return `${fault.name}: ${fault.message}`;
  if (fault instanceof CloseEvent) return `closed: ${String(fault.code)} ${fault.reason}`;
  return fault instanceof Event ? `event: ${fault.type}` : String(fault);
}

/** Shows the last faults at the foot of the page from now on, for whoever looks for what is wrong. */
export function showFaults(page: Document): void {
  const list = page.createElement("pre");
  list.className = "faults";
  page.body.append(list);
  show = () => { list.textContent = faults.join("\n"); };
  show();
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
