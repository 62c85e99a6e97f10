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
const LOST = "job_lease_lost";

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What one copy of the overlay does about alerts; it is another copy after a reload. */
export class Copy {
  readonly #world: World;
  readonly #name = random();
  readonly #shownToEnd = new Set<string>();
  #tries = 0;
  #mine = "";
  #sounded = "";

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether an alert was shown here to its end already, which the server could not be told yet. */
  isOver(shown: Shown): boolean {
    return this.#shownToEnd.has(shown.alert.id);
  }

  /** Does what is due about a stage when it is due, until the returned function is called. */
  follow(stage: Stage): () => void {
    const { shown } = stage;
    const due = shown ? this.#endOf(shown) : stage.isPaused ? undefined : timeOf(stage.nextAt);
    if (shown) this.#soundOf(shown);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (milliseconds: number): void => { timer = setTimeout(act, milliseconds); };
    const act = (): void => {
      if (shown) this.#end(shown);
      else this.#take();
      // Until the stage is another one: the server may be away, or a little behind.
      wait(AGAIN_MS);
    };
    if (due !== undefined) wait(Math.max(0, due - this.#world.clock.now()) + LATE_MS);
    return () => { clearTimeout(timer); };
  }

  #endOf(shown: Shown): number {
    if (this.isOver(shown)) return 0;
    return Date.parse(shown.endsAt) + (this.#isMine(shown) ? 0 : OTHERS_MS);
  }

  #isMine(shown: Shown): boolean {
    return this.#mine === `${shown.alert.id} ${shown.lease}`;
  }

  #take(): void {
    this.#tries += 1;
    const input = { copy: this.#name, idempotencyKey: `${this.#name} ${String(this.#tries)}` };
    this.#world.link.change(takeAlert, { input }).then(({ takeStreamAlert: taken }) => {
      if (taken.__typename === "StreamAlertTaken" && taken.isYours) {
        this.#mine = `${taken.streamAlertId ?? ""} ${taken.lease ?? ""}`;
      }
    }, note);
  }

  #soundOf(shown: Shown): void {
    const which = `${shown.alert.id} ${shown.lease}`;
    if (!this.#isMine(shown) || this.#sounded === which || this.isOver(shown)) return;
    this.#sounded = which;
    sound(shown.alert.kind, shown.volume, Date.parse(shown.startsAt) - this.#world.clock.now());
  }

  #end(shown: Shown): void {
    const { alert, lease } = shown;
    this.#shownToEnd.add(alert.id);
    const input = { jobId: alert.id, lease, outcome: "DONE" as const, idempotencyKey: `${this.#name} ${alert.id} ${lease}` };
    this.#world.link.change(alertShown, { input }).then(({ acknowledgeJob: told }) => {
      // Where it was begun anew meanwhile it is ended once more, by its new lease, and not shown again.
      if (told.__typename === "JobAcknowledged" || told.code !== LOST) this.#shownToEnd.delete(alert.id);
    }, note);
  }
}

/** Whether the page is to be seen; in OBS a source is not while its scene is another one. */
function useVisible(): boolean {
  const [isVisible, setVisible] = useState(document.visibilityState !== "hidden");
  useEffect(() => {
    const hear = (): void => { setVisible(document.visibilityState !== "hidden"); };
    document.addEventListener("visibilitychange", hear);
    return () => { document.removeEventListener("visibilitychange", hear); };
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
