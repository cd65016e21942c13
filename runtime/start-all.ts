/** Starts parts in order and stops them in reverse. */

export interface Stoppable {
  stop(): Promise<void>;
}

export interface Startable extends Stoppable {
  start(): Promise<void>;
}

/**
 * Resolves to what stops them all; when one cannot start, those before it are stopped and its error is thrown.
 */
export async function startAll(parts: readonly Startable[]): Promise<() => Promise<void>> {
  const started: Startable[] = [];
  for (const part of parts) {
    try {
      await part.start();
      started.push(part);
    } catch (error) {
      await stopAll(started);
      throw error;
    }
  }
  return () => stopAll(started);
}

/** The last one first. One that cannot stop does not keep the others from it; its error is thrown at the end. */
export async function stopAll(parts: readonly Stoppable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts.toReversed()) await part.stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
