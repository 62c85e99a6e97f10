// What widgets ask: an answer is asked for again whenever something of its kinds changed, and stays when the link is lost.

import { useLayoutEffect, useState } from "preact/hooks";

import { note } from "../faults";
import { again } from "./again";
import type { Clock } from "./clock";
import { feed } from "./documents";
import type { OverlayFeedSubscription } from "./documents";
import { type Document, type Link, pause } from "./link";

const CALM_MS = 250;
/** So long at most an answer stands without being asked for again. */
const AGAIN_MS = 80_000;
/** A little after a time, so that the server is past it as well. */
const LATE_MS = 100;
const GAP = "FeedGap";

type Hear = (kinds: ReadonlySet<string>) => void;
type Variables = Record<string, unknown>;

/** One community's changes by their kinds, by one subscription for the whole page; the server leaves out other overlays'. */
export class Changes {
  readonly #link: Link;
  readonly #community: string;
  readonly #heard = new Set<Hear>();
  #told = new Set<string>();
  #broken = 0;

  constructor(link: Link, community: string) {
    this.#link = link;
    this.#community = community;
  }

  /** Begins to hear of changes. */
  begin(): void {
    this.#follow();
    // Whatever was missed while the link was lost: everybody asks again.
    this.#link.watch((state) => {
      if (state !== "open") return;
      this.#broken = 0;
      this.#tell(GAP);
    });
  }

  /** Tells of changes, several at once where they come together, until the returned function is called. */
  watch(hear: Hear): () => void {
    this.#heard.add(hear);
    return () => this.#heard.delete(hear);
  }

  #follow(): void {
    const hear = ({ feed: item }: OverlayFeedSubscription): void => {
      this.#broken = 0;
      this.#tell(item.__typename);
    };
    this.#link.follow(feed, { community: this.#community }, hear, (fault) => {
      if (fault) note(fault);
      setTimeout(() => {
        this.#follow();
        // Asked a little after it is followed again, so that nothing is between the two.
        this.#tell(GAP);
      }, pause(this.#broken, Math.random()));
      this.#broken += 1;
    });
  }

  #tell(kind: string): void {
    if (this.#told.size === 0) setTimeout(() => { this.#tellAll(); }, CALM_MS);
    this.#told.add(kind);
  }

  #tellAll(): void {
    const kinds = this.#told;
    this.#told = new Set();
    for (const hear of this.#heard) hear(kinds);
  }
}

/** Everything that a widget needs of the outside. */
export interface World {
  readonly link: Link;
  readonly clock: Clock;
  readonly community: string;
  readonly changes: Changes;
}

/** A time as the server writes it, in milliseconds since 1970; undefined for none. */
export function timeOf(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Date.parse(text);
}

/** What an answer waits for: the changes after which it is asked for again, and a time at which it is another one. */
export interface Awaits<Data> {
  readonly kinds: readonly string[];
  /** The server's time in milliseconds since 1970; undefined where it waits for none. */
  readonly time?: (data: Data) => number | undefined;
}

/** The answer to a query, kept up to date; undefined before the first one. */
export function useAnswer<Data, Given extends Variables>(
  world: World,
  document: Document<Data, Given>,
  variables: Given,
  awaits: Awaits<Data>,
): Data | undefined {
  const [answer, setAnswer] = useState<Data>();
  const given = JSON.stringify(variables);
  // Asked at once, not after a first picture of nothing.
  useLayoutEffect(() => {
    let isThere = true;
    let [asked, taken, refused] = [0, 0, 0];
    let due: ReturnType<typeof setTimeout> | undefined;
    const take = (which: number, data: Data): void => {
      // Answers do not come in the order of the questions: what was asked before what is shown is older than that.
      if (!isThere || which < taken) return;
      taken = which;
      refused = 0;
      setAnswer(data);
      clearTimeout(due);
      const left = (awaits.time?.(data) ?? 0) - world.clock.now();
      if (left > 0 && left < AGAIN_MS) due = setTimeout(ask, left + LATE_MS);
    };
    const askSoon = (fault: unknown): void => {
      note(fault);
      // Where the server is away, everybody asks as soon as it is back.
      if (!isThere || world.link.state !== "open") return;
      clearTimeout(due);
      due = setTimeout(ask, pause(refused, Math.random()));
      refused += 1;
    };
    const ask = (): void => {
      asked += 1;
      const which = asked;
      world.link.ask(document, JSON.parse(given) as Given).then((data) => { take(which, data); }, askSoon);
    };
    ask();
    const leave = world.changes.watch((told) => { if (told.has(GAP) || awaits.kinds.some((kind) => told.has(kind))) ask(); });
    const rest = again(ask, AGAIN_MS);
    return () => {
      isThere = false;
      leave();
      clearTimeout(due);
      rest();
    };
  }, [world, document.id, given]);
  return answer;
}

/** The newest answer of a subscription, which is begun anew where it broke; undefined before the first one. */
export function useNewest<Data, Given extends Variables>(
  world: World,
  document: Document<Data, Given>,
  variables: Given,
): Data | undefined {
  const [answer, setAnswer] = useState<Data>();
  const given = JSON.stringify(variables);
  useLayoutEffect(() => {
    let isThere = true;
    let leave = (): void => undefined;
    let broken = 0;
    const hear = (data: Data): void => {
      broken = 0;
      setAnswer(data);
    };
    const follow = (): void => {
      if (!isThere) return;
      leave = world.link.follow(document, JSON.parse(given) as Given, hear, (fault) => {
        if (fault) note(fault);
        setTimeout(follow, pause(broken, Math.random()));
        broken += 1;
      });
    };
    follow();
    return () => {
      isThere = false;
      leave();
    };
  }, [world, document.id, given]);
  return answer;
}
