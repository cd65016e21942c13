/** Longest time one node may take on one message (contract flows-and-nodes §7), ms. */
export const defaultTimeLimitMs = 30_000;

/** Follows a promise; rejects when it takes longer than `limitMs`. What it does later is ignored. */
export function withinLimit(pending: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No result within ${limitMs / 1000} s`)), limitMs);
    pending.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
