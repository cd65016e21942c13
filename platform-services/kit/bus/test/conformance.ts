/** What every adapter of the bus port promises. An adapter's test calls `busConformance` with a way to open it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { Bus } from '../bus.ts';
import { deliveryConformance } from './conformance-delivery.ts';
import { groupConformance } from './conformance-groups.ts';
import { logConformance } from './conformance-log.ts';

/** The bus of one test; `reopen` stops it and opens the same log again. */
export interface Fixture {
  readonly bus: Bus;
  reopen(): Promise<Bus>;
}

export function busConformance(name: string, create: (folder: string) => Promise<Bus>): void {
  describe(`${name} keeps the bus contract:`, () => {
    let folder: string;
    let bus: Bus;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bus-conformance-'));
      bus = await create(folder);
    });

    afterEach(async () => {
      await bus.stop();
      await rm(folder, { recursive: true });
    });

    const fixture: Fixture = {
      get bus() {
        return bus;
      },
      async reopen() {
        await bus.stop();
        bus = await create(folder);
        return bus;
      },
    };
    logConformance(fixture);
    deliveryConformance(fixture);
    groupConformance(fixture);
  });
}
