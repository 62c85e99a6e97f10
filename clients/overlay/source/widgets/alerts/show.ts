// Which alert is shown. The server holds the queue: a copy of the overlay takes the next one, and all copies show it.

import { useEffect, useState } from "preact/hooks";

import { note } from "../../faults";
import type { OverlayAlertsQuery } from "../../link/documents";
import { alertShown, alerts, takeAlert } from "../../link/documents";
import { type Awaits, type World, timeOf, useAnswer } from "../../link/live";
import { sound } from "./sound";

type Stage = NonNullable<NonNullable<NonNullable<OverlayAlertsQuery["me"]>["community"]>["streamAlertStage"]>;
export type Shown = NonNullable<Stage["shown"]>;
export type Kind = Shown["alert"]["kind"];

const AWAITS: Awaits<OverlayAlertsQuery> = { kinds: ["StreamAlertsChanged"] };
/** A little after a time, so that the server is past it as well. */
const LATE_MS = 100;
const AGAIN_MS = 2000;
/** So long after the end whoever did not make the sound waits for whoever did to say that it is over. */
const OTHERS_MS = 1500;
/** After so long whoever shows an alert anew means it: it is no leftover of what the server was not told. */
const UNTOLD_MS = 60_000;
const OBS_VISIBLE = "obsSourceVisibleChanged";
const LOST = "job_lease_lost";

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function nameOf({ alert, lease }: Shown): string {
  return `${alert.id} ${lease}`;
}

function timesOf({ startsAt, endsAt }: Shown): readonly [starts: number, ends: number] {
  return [Date.parse(startsAt), Date.parse(endsAt)];
}

/** What one copy of the overlay does about alerts; it is another copy after a reload. */
export class Copy {
  readonly #world: World;
  readonly #name = random();
  /** Which alerts were shown to their end, and when that was told last. */
  readonly #shownToEnd = new Map<string, number>();
  #tries = 0;
  #mine = "";
  #sounded = "";
  /** Which alert was seen here, and how many milliseconds of it. */
  #seen: { readonly which: string; readonly lasted: number } = { which: "", lasted: 0 };
  #owed: ReturnType<typeof setTimeout> | undefined;
  #begin: () => void = () => undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether an alert was shown here to its end already, which the server could not be told yet. */
  isOver(shown: Shown): boolean {
    const told = this.#shownToEnd.get(shown.alert.id);
    return told !== undefined && this.#world.clock.now() - told < UNTOLD_MS;
  }

  /** Does what is due about a stage that is to be seen when it is due, until the returned function is called. */
  follow(stage: Stage): () => void {
    const { shown } = stage;
    const since = this.#world.clock.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (milliseconds: number): void => { timer = setTimeout(act, milliseconds); };
    const act = (): void => {
      if (shown && this.#wasSeen(shown, since)) this.#end(shown);
      else this.#take();
      // Until the stage is another one: the server may be away, or a little behind.
      wait(AGAIN_MS);
    };
    const begin = (): void => {
      clearTimeout(timer);
      const due = shown ? this.#endOf(shown) : stage.isPaused ? undefined : timeOf(stage.nextAt);
      if (shown) this.#soundOf(shown);
      if (due !== undefined) wait(Math.max(0, due - this.#world.clock.now()) + LATE_MS);
    };
    clearTimeout(this.#owed);
    this.#begin = begin;
    begin();
    return () => {
      clearTimeout(timer);
      this.#begin = () => undefined;
      if (shown) this.#leave(shown, since);
    };
  }

  /** Whether it was seen here at its end or for half its time, by whoever has seen the page since a time. */
  #wasSeen(shown: Shown, since: number): boolean {
    const [starts, ends] = timesOf(shown);
    const isHalf = this.#seen.which === nameOf(shown) && this.#seen.lasted * 2 >= ends - starts;
    return isHalf || since < ends || this.isOver(shown);
  }

  /** What was seen for half its time or longer is over at its end, though nobody sees it any more; else it comes again. */
  #leave(shown: Shown, since: number): void {
    const [starts, ends] = timesOf(shown);
    const [which, now] = [nameOf(shown), this.#world.clock.now()];
    const before = this.#seen.which === which ? this.#seen.lasted : 0;
    this.#seen = { which, lasted: before + Math.max(0, Math.min(now, ends) - Math.max(since, starts)) };
    if (this.#wasSeen(shown, ends) && !this.isOver(shown)) {
      this.#owed = setTimeout(() => { this.#end(shown); }, Math.max(0, ends - now) + LATE_MS);
    }
  }

  #endOf(shown: Shown): number {
    if (this.isOver(shown)) return 0;
    return Date.parse(shown.endsAt) + (this.#isMine(shown) ? 0 : OTHERS_MS);
  }

  #isMine(shown: Shown): boolean {
    return this.#mine === nameOf(shown);
  }

  #take(): void {
    this.#tries += 1;
    const input = { copy: this.#name, idempotencyKey: `${this.#name} ${String(this.#tries)}` };
    this.#world.link.change(takeAlert, { input }).then(({ takeStreamAlert: taken }) => {
      if (taken.__typename === "StreamAlertTaken" && taken.isYours) {
        const mine = `${taken.streamAlertId ?? ""} ${taken.lease ?? ""}`;
        if (mine === this.#mine) return;
        this.#mine = mine;
        // The stage may have told of it already.
        this.#begin();
      }
    }, note);
  }

  #soundOf(shown: Shown): void {
    const which = nameOf(shown);
    if (!this.#isMine(shown) || this.#sounded === which || this.isOver(shown)) return;
    this.#sounded = which;
    sound(shown.alert.kind, shown.volume, Date.parse(shown.startsAt) - this.#world.clock.now());
  }

  #end(shown: Shown): void {
    const { alert, lease } = shown;
    this.#shownToEnd.set(alert.id, this.#world.clock.now());
    const input = { jobId: alert.id, lease, outcome: "DONE" as const, idempotencyKey: `${this.#name} ${alert.id} ${lease}` };
    this.#world.link.change(alertShown, { input }).then(({ acknowledgeJob: told }) => {
      // Where it was begun anew meanwhile it is ended once more, by its new lease, and not shown again.
      if (told.__typename === "JobAcknowledged" || told.code !== LOST) this.#shownToEnd.delete(alert.id);
    }, note);
  }
}

// Heard from the page's first moment on: OBS tells it once, whichever widget is there then.
let isSourceVisible = true;
addEventListener(OBS_VISIBLE, (event) => {
  if (event instanceof CustomEvent) isSourceVisible = (event.detail as { visible?: boolean } | null)?.visible !== false;
});

/** Whether the page is to be seen: a browser tells that of its window, and OBS of its source, each in its own way. */
function isSeen(): boolean {
  return document.visibilityState !== "hidden" && isSourceVisible;
}

function useVisible(): boolean {
  const [isVisible, setVisible] = useState(isSeen);
  useEffect(() => {
    const hear = (): void => { setVisible(isSeen()); };
    hear();
    document.addEventListener("visibilitychange", hear);
    addEventListener(OBS_VISIBLE, hear);
    return () => {
      document.removeEventListener("visibilitychange", hear);
      removeEventListener(OBS_VISIBLE, hear);
    };
  }, []);
  return isVisible;
}

/** The alert to be shown, kept up to date; null for none, undefined before it is known. */
export function useShown(world: World): Shown | null | undefined {
  const answer = useAnswer(world, alerts, {}, AWAITS);
  const isVisible = useVisible();
  const [copy] = useState(() => new Copy(world));
  const stage = answer?.me?.community?.streamAlertStage;
  useEffect(() => (stage && isVisible ? copy.follow(stage) : undefined), [copy, stage, isVisible]);
  if (answer === undefined) return undefined;
  const shown = stage?.shown ?? null;
  return shown && !copy.isOver(shown) ? shown : null;
}
