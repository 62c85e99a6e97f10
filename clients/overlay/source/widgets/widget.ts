// What a widget is.

import type { ComponentChildren } from "preact";

import type { Clock } from "../link/clock";
import type { World } from "../link/live";
import type { Words } from "../words/words";

/** What a widget is shown with. */
export interface Shown<Data> {
  readonly data: Data;
  readonly words: Words;
  /** The server's time in milliseconds since 1970; whoever asks for it is drawn again every second. */
  readonly now: () => number;
  /** For what moves or changes at moments of its own. */
  readonly clock: Clock;
  readonly options: URLSearchParams;
}

export interface Widget<Data> {
  /** Its name in the address. */
  readonly name: string;
  /** The size that it is drawn for; it scales to any other. */
  readonly size: readonly [width: number, height: number];
  /** Its data, kept up to date; undefined before there is any. */
  readonly use: (world: World, options: URLSearchParams) => Data | undefined;
  /** Data to be tried with, some of it hard: long names, names from right to left, none at all. */
  readonly samples: Readonly<Record<string, (now: number) => Data>>;
  readonly draw: (shown: Shown<Data>) => ComponentChildren;
}
