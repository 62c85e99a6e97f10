// The scene: one address that shows whichever widget staff chose for this overlay, and another as soon as they choose it.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { scene as document } from "../link/documents";
import { type World, useAnswer } from "../link/live";
import { Live, fit } from "../stage";
import { WIDGETS } from "../widgets";
import { calm } from "../widgets/board";
import type { Widget } from "../widgets/widget";
import type { Words } from "../words/words";

interface Given {
  readonly world: World;
  /** What is shown where nobody chose. */
  readonly widget: Widget<unknown>;
  readonly words: Words;
  readonly options: URLSearchParams;
}

const AWAITS = { kinds: ["SceneChanged"] };
const COMES_MS = 400;

/** Whether an address with this name shows a scene. */
export function isScene(name: string): boolean {
  return name === "scene";
}

/** What staff chose; nothing before that is known, and where the chosen name is that of no widget. */
export function Scene({ widget, ...given }: Given): ComponentChildren {
  const answer = useAnswer(given.world, document, {}, AWAITS);
  if (!answer) return null;
  const chosen = answer.me?.community?.scene?.widget ?? widget.name;
  const shown = WIDGETS.get(chosen);
  return shown ? <Shown key={chosen} widget={shown} {...given} /> : null;
}

function Shown({ widget, ...given }: Given): ComponentChildren {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    fit(widget);
    if (!calm()) place.current?.animate([{ opacity: 0 }, { opacity: 1 }], { duration: COMES_MS, easing: "ease-out" });
  }, [widget]);
  return <div ref={place} class="scene"><Live widget={widget} {...given} /></div>;
}
