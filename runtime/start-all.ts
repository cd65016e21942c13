/** Starts services in order and stops them in reverse. */
import type { Service } from '../platform-services/kit/service.ts';

/**
 * Resolves to what stops them all; when one cannot start, those before it are stopped and its error is thrown. One that
 * cannot stop does not keep the others from it; its error is thrown at the end.
 */
export async function startAll(services: readonly Pick<Service, 'start' | 'stop'>[]): Promise<() => Promise<void>> {
  const started: Pick<Service, 'start' | 'stop'>[] = [];
  const stopAll = async () => {
    const failures: unknown[] = [];
    for (const service of started.reverse()) await service.stop().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  for (const service of services) {
    try {
      await service.start();
      started.push(service);
    } catch (error) {
      await stopAll();
      throw error;
    }
  }
  return stopAll;
}
