/** Back-pressure: lets work in while its sizes add up to at most `limit`, in order of asking. */
export interface Gate {
  /** Resolves when there is room; something larger than the limit waits until it is alone. */
  enter(size: number): Promise<void>;
  leave(size: number): void;
}

export function gate(limit: number): Gate {
  let used = 0;
  const waiting: { readonly size: number; readonly letIn: () => void }[] = [];

  function admit(): void {
    for (let next = waiting[0]; next && (used === 0 || used + next.size <= limit); next = waiting[0]) {
      waiting.shift();
      used += next.size;
      next.letIn();
    }
  }

  return {
    enter: (size) =>
      new Promise((resolve) => {
        waiting.push({ size, letIn: resolve });
        admit();
      }),
    leave(size) {
      used -= size;
      admit();
    },
  };
}
