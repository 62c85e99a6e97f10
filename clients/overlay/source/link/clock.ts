// What time it is for the server, so that all copies of an overlay, and one that is reloaded, show the same moment.

const SAMPLES = 5;

/** The time in milliseconds since 1970 by this machine, which never jumps while the page is open. */
export function local(): number {
  return performance.timeOrigin + performance.now();
}

export class Clock {
  #ahead = 0;
  #isSet = false;

  /** The server's time in milliseconds since 1970. */
  now(): number {
    return local() + this.#ahead;
  }

  /**
   * Asks the server a few times what time it is, and believes the answer that took the shortest way. What was believed
   * before stands until all have come, so that nothing that moves jumps by a slow one.
   */
  async set(ask: () => Promise<string>): Promise<void> {
    let [shortest, ahead] = [Infinity, 0];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const sent = local();
      const told = Date.parse(await ask());
      const way = local() - sent;
      if (way < shortest) {
        shortest = way;
        ahead = told + way / 2 - local();
        if (!this.#isSet) this.#ahead = ahead;
      }
    }
    this.#ahead = ahead;
    this.#isSet = true;
  }
}
