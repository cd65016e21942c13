/** Lets only a few processes start at a time: a hundred at once would all be too slow to be taken for alive. */
export interface StartGate {
  /**
   * Calls `begin` when it is its turn, at the earliest at the end of this turn of the event loop; `begin` gets what it must
   * call when it has started or failed. The returned function gives the turn up.
   */
  enter(begin: (leave: () => void) => void): () => void;
}

export function createStartGate(most: number): StartGate {
  const waiting: ((leave: () => void) => void)[] = [];
  let inside = 0;

  function admit(): void {
    if (inside >= most) return;
    const begin = waiting.shift();
    if (!begin) return;
    inside += 1;
    let isInside = true;
    begin(() => {
      if (!isInside) return;
      isInside = false;
      inside -= 1;
      admit();
    });
  }

  return {
    enter(begin) {
      waiting.push(begin);
      queueMicrotask(admit);
      return () => {
        const place = waiting.indexOf(begin);
        if (place >= 0) waiting.splice(place, 1);
      };
    },
  };
}
