// A board of people, best first: rows that change places glide there.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { plain } from "../words/words";

const GLIDE_MS = 600;

export interface Row {
  readonly id: string;
  readonly rank: number;
  readonly name: string;
  /** What stands at the end of the row. */
  readonly value: string;
  /** How long its bar is, from 0 to 1. */
  readonly share: number;
}

interface Given {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly empty: string;
}

/** The board, or one sentence where nobody is on it. */
export function Board({ title, rows, empty }: Given): ComponentChildren {
  const list = useRef<HTMLOListElement>(null);
  const places = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const before = places.current;
    places.current = new Map();
    for (const row of list.current?.querySelectorAll<HTMLElement>("[data-id]") ?? []) {
      const id = row.dataset.id ?? "";
      places.current.set(id, row.offsetTop);
      const old = before.get(id);
      const way = old === undefined ? 0 : old - row.offsetTop;
      if (way !== 0 && !calm()) {
        const from = `translateY(${String(way)}px)`;
        row.animate([{ transform: from }, { transform: "none" }], { duration: GLIDE_MS, easing: "cubic-bezier(.2,.8,.2,1)" });
      }
    }
  });
  return (
    <section class="card board" aria-label={title}>
      <h1>{plain(title)}</h1>
      {rows.length === 0 ? <p class="empty">{empty}</p> : null}
      <ol ref={list}>
        {rows.map((row) => (
          <li key={row.id} data-id={row.id} class={`place-${String(Math.min(row.rank, 4))}`}>
            <span class="rank">{row.rank}</span>
            <bdi class="name">{plain(row.name)}</bdi>
            <span class="value">{row.value}</span>
            <span class="bar" style={{ transform: `scaleX(${String(row.share)})` }} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Whether whoever looks wants nothing to move. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
