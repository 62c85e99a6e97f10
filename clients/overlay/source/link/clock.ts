// What time it is for the server, so that all copies of an overlay, and one that is reloaded, show the same moment.

const SAMPLES = 5;

/** The time in milliseconds since 1970 by this machine, which never jumps while the page is open. */
export function local(): number {
  return performance.timeOrigin + performance.now();
}

export class Clock {
  #ahead = 0;

  /** The server's time in milliseconds since 1970. */
  now(): number {
    return local() + this.#ahead;
  }

  /** Asks the server a few times what time it is, and believes the answer that took the shortest way. */
  async set(ask: () => Promise<string>): Promise<void> {
    let shortest = Infinity;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const sent = local();
      const told = Date.parse(await ask());
      const way = local() - sent;
      if (way < shortest) {
        shortest = way;
        this.#ahead = told + way / 2 - local();
      }
    }
  }
}
