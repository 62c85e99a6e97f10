// What is done again and again: each page at other times, so that those that were loaded together do not ask together.

/** So long at most, and half as long at least, after a chance from 0 to 1. */
export function spread(most: number, chance: number): number {
  return most * (0.5 + chance / 2);
}

/** Does something every so many milliseconds at most, until the returned function is called. */
export function again(act: () => void, most: number): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    timer = setTimeout(() => {
      wait();
      act();
    }, spread(most, Math.random()));
  };
  wait();
  return () => { clearTimeout(timer); };
}
