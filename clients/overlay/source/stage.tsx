// The stage: one widget, scaled to whatever size the browser source has, with live data or samples.

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import type { Clock } from "./link/clock";
import type { World } from "./link/live";
import { useNow } from "./moments";
import type { Widget } from "./widgets/widget";
import type { Words } from "./words/words";

interface Given {
  readonly widget: Widget<unknown>;
  readonly words: Words;
  readonly options: URLSearchParams;
}

/** Scales the page so that a widget fills it. */
export function fit({ size }: Pick<Widget<unknown>, "size">): void {
  document.documentElement.style.setProperty("--w", String(size[0]));
  document.documentElement.style.setProperty("--h", String(size[1]));
}

/** A widget with what the server tells; nothing before that, and the last of it while the server is away. */
export function Live({ world, ...given }: Given & { readonly world: World }): ComponentChildren {
  const data = given.widget.use(world, given.options);
  return data === undefined ? null : <Painted {...given} data={data} clock={world.clock} />;
}

/** A widget with sample data, of the kind that the option `preview` names. */
export function Preview({ clock, ...given }: Given & { readonly clock: Clock }): ComponentChildren {
  const wanted = given.options.get("preview") ?? "";
  const make = given.widget.samples[wanted] ?? given.widget.samples["usual"];
  const data = useMemo(() => make?.(clock.now()), [make, clock]);
  return data === undefined ? null : <Painted {...given} data={data} clock={clock} />;
}

function Painted({ widget, words, options, data, clock }: Given & { readonly data: unknown; readonly clock: Clock }): ComponentChildren {
  const [ticks, setTicks] = useState(false);
  const now = useNow(clock, ticks ? "second" : "still");
  // What does not look at the clock is not drawn again because of it.
  let isAsked = false;
  const shown = widget.draw({ data, words, options, clock, now: () => { isAsked = true; return now; } });
  useEffect(() => { setTicks(isAsked); });
  return shown;
}
