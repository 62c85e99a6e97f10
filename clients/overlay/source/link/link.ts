// The one websocket to the server: it comes back whatever ends it, and stays away only when the key is good no more.

import { type Client, createClient } from "graphql-ws";

import { note } from "../faults";
import { spread } from "./again";

/** A document by its id; the build makes it of a file in documents/. `Data` and `Variables` are its types. */
export interface Document<Data, Variables> {
  readonly id: string;
  readonly name: string;
  /** Never there; carries the types. */
  readonly types?: [Data, Variables];
}

const FORBIDDEN = new Set([4400, 4401, 4403]);
const WAIT_FIRST_MS = 500;
const WAIT_MAX_MS = 15_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const ACKNOWLEDGED_WITHIN_MS = 15_000;
const CHANGED_WITHIN_MS = 10_000;

export type State = "connecting" | "open" | "lost" | "refused";

/** How long to wait before the next try: longer each time, and for each page another time. */
export function pause(tries: number, chance: number): number {
  return spread(Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** tries), chance);
}

export class Link {
  /** The id of the community that the key is good for, as soon as the server has let it in. */
  readonly community: Promise<string>;
  readonly #url: string;
  readonly #key: string;
  readonly #heard = new Set<(state: State) => void>();
  #tell: (community: string) => void = () => undefined;
  #client: Client;
  #state: State = "connecting";
  #tries = 0;
  #pong: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
    this.community = new Promise((told) => { this.#tell = told; });
    this.#client = this.#begin();
  }

  /** One try. Another one is up to `#tryAgain`: the library gives up where a server had a fault or no place of its own. */
  #begin(): Client {
    return createClient({
      url: this.#url,
      // Always there: one that ends with its last question would be opened anew for the next.
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: (ended) => { this.#tryAgain(ended); },
      connectionParams: { authorization: `Bearer ${this.#key}` },
      keepAlive: PING_EVERY_MS,
      connectionAckWaitTimeout: ACKNOWLEDGED_WITHIN_MS,
      jsonMessageReplacer: (name, value: unknown) => (name === "query" && value === "" ? undefined : value),
      on: {
        connected: (_, known) => {
          this.#tries = 0;
          if (typeof known?.["communityId"] === "string") this.#tell(known["communityId"]);
          this.#become("open");
        },
        closed: (ended) => { this.#become(refuses(ended) ? "refused" : "lost"); },
        error: note,
        ping: (received) => { if (!received) this.#expectPong(); },
        pong: (received) => { if (received) clearTimeout(this.#pong); },
      },
    });
  }

  #tryAgain(ended: unknown): void {
    note(ended);
    if (refuses(ended)) return;
    const wait = pause(this.#tries, Math.random());
    this.#tries += 1;
    setTimeout(() => { this.#client = this.#begin(); }, wait);
  }

  get state(): State {
    return this.#state;
  }

  /** Tells of every change of the state until the returned function is called. */
  watch(hear: (state: State) => void): () => void {
    this.#heard.add(hear);
    return () => this.#heard.delete(hear);
  }

  /** The one answer to a query; refused while the server is away, so that no questions gather until it is back. */
  ask<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return new Promise((give, refuse) => {
      if (this.#state !== "open") {
        refuse(new Error(`${document.name} was not asked: the server is away`));
        return;
      }
      let answer: Data | undefined;
      this.follow(document, variables, (data) => { answer = data; }, (fault) => {
        if (answer === undefined) refuse(fault ?? new Error(`${document.name} was not answered`));
        else give(answer);
      });
    });
  }

  /** The answer to a mutation, which the server takes by POST alone; refused while it is away. */
  async change<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "authorization": `Bearer ${this.#key}`, "content-type": "application/json" },
      body: JSON.stringify({ documentId: document.id, variables }),
      signal: AbortSignal.timeout(CHANGED_WITHIN_MS),
    });
    const { data } = (await answer.json()) as { data?: Data | null };
    if (data == null) throw new Error(`${document.name} was refused`);
    return data;
  }

  /**
   * Hands over each answer of a subscription until the returned function is called; `end` hears why it ended.
   * While the server is away it waits for it.
   */
  follow<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    hear: (data: Data) => void,
    end: (fault?: Error) => void,
  ): () => void {
    // The library insists on a text; the server knows the document by its id alone, so the empty one is not sent.
    const payload = { query: "", documentId: document.id, variables };
    const begin = (): (() => void) => this.#client.subscribe<Data>(payload, {
      next: (result) => {
        // Half an answer would take away what is shown; the whole one before it stands until the next.
        if (result.errors?.[0]) note(`${document.name}: ${result.errors[0].message}`);
        else if (result.data) hear(result.data);
      },
      error: (fault) => { end(fault instanceof Error ? fault : new Error(`${document.name} was refused`)); },
      complete: () => { end(); },
    });
    if (this.#state === "open") return begin();
    let leave = this.watch((state) => {
      if (state !== "open") return;
      leave();
      leave = begin();
    });
    return () => { leave(); };
  }

  #become(state: State): void {
    clearTimeout(this.#pong);
    this.#state = state;
    for (const hear of this.#heard) hear(state);
  }

  #expectPong(): void {
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => { this.#client.terminate(); }, PONG_WITHIN_MS);
  }
}

function refuses(ended: unknown): boolean {
  return ended instanceof CloseEvent && FORBIDDEN.has(ended.code);
}
