// What the address says. The key stands in the fragment, which no server, proxy or log ever sees, and leaves it at once.

const KEPT = "regulars-overlay-key";
const PATH = /^\/overlay\/([a-z][a-z-]*)$/;

export interface Address {
  /** Which widget is wanted; empty where the address names none. */
  readonly widget: string;
  /** The overlay's key; empty for a preview with sample data. */
  readonly key: string;
  /** How the widget is wanted, by name. */
  readonly options: URLSearchParams;
  /** Keeps the key for reloads of this page. */
  readonly keep: () => void;
}

/** Reads the address, and takes the key out of sight. */
export function readAddress(
  place: Pick<Location, "pathname" | "hash">,
  history: Pick<History, "replaceState">,
  kept: Pick<Storage, "getItem" | "setItem">,
): Address {
  const options = new URLSearchParams(place.hash.slice(1));
  const given = options.get("k");
  if (given !== null) {
    options.delete("k");
    const rest = options.toString();
    history.replaceState(null, "", place.pathname + (rest ? `#${rest}` : ""));
  }
  const key = options.has("preview") ? "" : (given ?? kept.getItem(KEPT) ?? "");
  const keep = (): void => { if (given !== null) kept.setItem(KEPT, given); };
  return { widget: PATH.exec(place.pathname)?.[1] ?? "", key, options, keep };
}

/** A whole number among the options, kept between two others. */
export function whole(options: URLSearchParams, name: string, least: number, usual: number, most: number): number {
  const given = Number.parseInt(options.get(name) ?? "", 10);
  return Number.isNaN(given) ? usual : Math.min(most, Math.max(least, given));
}

/** How many rows of a list are wanted; what is asked for has no more, samples may. */
export function rows(options: URLSearchParams): number {
  return whole(options, "first", 1, 5, 10);
}
