/** Work on one thing, one piece after the other, in the order it was asked for. */
export type InTurn = (key: string, work: () => Promise<void>) => Promise<void>;

export function createTurns(): InTurn {
  /** By key, the end of the last piece. */
  const ends = new Map<string, Promise<void>>();
  return (key, work) => {
    const result = (ends.get(key) ?? Promise.resolve()).then(work);
    const end = result
      .catch(() => undefined) // Who asked for the work hears of its failure; the next piece begins all the same.
      .then(() => {
        if (ends.get(key) === end) ends.delete(key);
      });
    ends.set(key, end);
    return result;
  };
}
