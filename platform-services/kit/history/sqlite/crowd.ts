/**
 * Who may still append while the head is full and the one before it is being written. A tenant that says more than can be
 * written has to wait; the others do not wait with it: they share room beyond the head, each a part of what is free.
 */
export interface Crowd {
  /** The worker says that its head is full, or that it has an empty one. */
  setFull(full: boolean): void;
  /** Resolves when the tenant may append `letters` more; undefined = at once. Those of a tenant come in order. */
  enter(tenant: string, letters: () => number): Promise<void> | undefined;
}

/** Characters beyond a full head, of all tenants. */
const room = 32 * 1024 * 1024;
const shareOfFree = 1 / 8;

export function crowd(): Crowd {
  let isFull = false;
  /** Characters let in since the head is full, by tenant and altogether. */
  const used = new Map<string, number>();
  let total = 0;
  const waiting: { readonly tenant: string; readonly letIn: () => void }[] = [];

  return {
    setFull(full) {
      isFull = full;
      used.clear();
      total = 0;
      if (!full) for (const { letIn } of waiting.splice(0)) letIn();
    },
    enter(tenant, letters) {
      if (!isFull) return undefined;
      const size = letters();
      const own = used.get(tenant) ?? 0;
      if (own + size <= (room - total) * shareOfFree && !waiting.some((one) => one.tenant === tenant)) {
        used.set(tenant, own + size);
        total += size;
        return undefined;
      }
      return new Promise((letIn) => waiting.push({ tenant, letIn }));
    },
  };
}
