// Sentences and numbers in the language of the stream.

import { de } from "./de";
import { en } from "./en";

export type Sentences = Record<keyof typeof en, string>;

const LANGUAGES: Readonly<Record<string, Sentences>> = { en, de };
/** What is not to be seen itself, such as what turns the direction or joins signs, and halves of a sign. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NAME_MAX = 64;
/** So many marks of one sign are drawn: more build towers over the lines around. */
const MARKS_MAX = 8;
const HOUR_S = 3600;
let segmenter: Intl.Segmenter | undefined;

/** What people chose, as plain text of bounded length: nothing that turns the direction of what stands around it. */
export function plain(text: string, most = NAME_MAX): string {
  const clean = text.slice(0, most * 32).normalize("NFC").replace(UNSEEN, "");
  // Made with the first name, so that it keeps nobody from asking, and only once.
  segmenter ??= new Intl.Segmenter();
  const signs = [...segmenter.segment(clean)].map((one) => Array.from(one.segment).slice(0, MARKS_MAX).join(""));
  return signs.length <= most ? signs.join("") : `${signs.slice(0, most - 1).join("")}…`;
}

export class Words {
  readonly language: string;
  readonly #sentences: Sentences;
  readonly #numbers: Intl.NumberFormat;

  constructor(wanted: string) {
    const language = wanted.slice(0, 2).toLowerCase();
    this.language = language in LANGUAGES ? language : "en";
    this.#sentences = LANGUAGES[this.language] ?? en;
    this.#numbers = new Intl.NumberFormat(this.language === "en" ? "en-GB" : this.language);
  }

  /** A sentence, with values put into it. */
  say(key: keyof typeof en, values: Readonly<Record<string, string | number>> = {}): string {
    return this.#sentences[key].replace(/\{(\w+)\}/g, (all, name: string) => {
      const value = values[name];
      return value === undefined ? all : typeof value === "number" ? this.number(value) : value;
    });
  }

  number(value: number | bigint): string {
    return this.#numbers.format(value);
  }

  /** So long, in hours and minutes: `12 h 5 min`. */
  watched(seconds: number): string {
    const hours = Math.floor(seconds / HOUR_S);
    const minutes = Math.floor((seconds % HOUR_S) / 60);
    const rest = this.say("minutes", { count: minutes });
    return hours === 0 ? rest : `${this.say("hours", { count: hours })} ${rest}`;
  }

  /** How long it is until then: days and hours, hours and minutes, or minutes and seconds. */
  until(milliseconds: number): string {
    const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / HOUR_S) % 24, Math.floor(seconds / 60) % 60];
    const two = (value: number): string => String(value).padStart(2, "0");
    if (days > 0) return this.say("days_hours", { days, hours });
    return hours > 0 ? `${String(hours)}:${two(minutes)}:${two(seconds % 60)}` : `${String(minutes)}:${two(seconds % 60)}`;
  }
}
