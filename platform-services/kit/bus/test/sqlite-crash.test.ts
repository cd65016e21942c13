import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import type { Bus } from '../bus.ts';
import { openLogClient } from '../sqlite/log-client.ts';
import { createSqliteBus, openBus } from '../sqlite/sqlite-bus.ts';
import { collector, deviceData, message, topic } from './collector.ts';

const child = join(import.meta.dirname, 'publisher-child.ts');
const fullDiskChild = join(import.meta.dirname, 'full-disk-child.ts');

describe('the embedded bus', () => {
  let folder: string;
  let options: Parameters<typeof createSqliteBus>[0];
  let bus: Bus | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bus-crash-'));
    options = {
      file: join(folder, 'bus.db'),
      retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
      clock: systemClock,
      log: silentLog,
    };
  });

  afterEach(async () => {
    await bus?.stop();
    bus = undefined;
    await rm(folder, { recursive: true });
  });

  test('has everything it acknowledged, once and in order, after SIGKILL', async () => {
    const acknowledged: string[] = [];
    for (const round of [1, 2, 3]) {
      acknowledged.push(...(await publishUntilKilled(options.file, `${round}`, 500 * round)));
    }
    bus = await createSqliteBus(options);
    const log = collector();
    await bus.replay(deviceData, 0, log.handler);
    const found = new Set(log.values);
    expect(acknowledged.filter((value) => !found.has(value))).toEqual([]);
    expect(found.size).toBe(log.values.length);
    for (let publisher = 0; publisher < 50; publisher++) {
      const numbers = log.values
        .filter((value) => value.startsWith(`3/${publisher}/`))
        .map((value) => Number(value.split('/')[2]));
      expect(numbers).toEqual(numbers.map((_, index) => index));
    }
  });

  test('refuses while its files cannot grow, then goes on, and has stored exactly what it acknowledged', async () => {
    // 4 MB; the shell counts blocks of 512 bytes.
    const limited = `ulimit -f 8192; exec "${process.execPath}" "${fullDiskChild}" "${options.file}"`;
    const publisher = spawn('/bin/sh', ['-c', limited], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    const closed = once(publisher, 'close');
    for await (const line of createInterface({ input: publisher.stdout })) lines.push(line);
    expect(await closed).toEqual([0, null]);
    expect(lines).toContain('ping refused');
    expect(lines.at(-1)).toMatch(/^\+/);
    bus = await createSqliteBus(options);
    const log = collector();
    await bus.replay(deviceData, 0, log.handler);
    expect(log.values).toEqual(lines.filter((line) => line.startsWith('+')).map((line) => line.slice(2)));
  });

  test('keeps a second process out while it is open', async () => {
    bus = await createSqliteBus(options);
    const second = spawn(process.execPath, [child, options.file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    second.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const [code] = await once(second, 'close');
    expect(code).not.toBe(0);
    expect(said).toContain(`${options.file} is in use by another dojot process`);
  });

  test('goes on when its worker dies: what was acknowledged is there, what is there was not refused', async () => {
    let worker: Worker | undefined;
    bus = await openBus(options, (needs) =>
      openLogClient({
        ...needs,
        onWorker: (started) => {
          worker = started;
        },
      }),
    );
    const running = bus;
    const live = collector();
    await bus.subscribe({ group: 'live', topics: deviceData, from: 'earliest' }, live.handler);
    const stored: string[] = [];
    const refused: string[] = [];
    const publish = async (value: string) => {
      try {
        await running.publish(topic, [message(value, value)]);
        stored.push(value);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BUS_UNAVAILABLE' });
        refused.push(value);
      }
    };
    for (let round = 0; round < 5; round++) {
      const publishing = Array.from({ length: 200 }, (_, n) => publish(`${round}/${n}`));
      if (round % 2 === 1) await new Promise(setImmediate);
      const late = publish(`${round}/late`);
      await worker?.terminate();
      await Promise.all([...publishing, late]);
    }
    await publish('last');
    expect(stored).toContain('last');
    const log = collector();
    await bus.replay(deviceData, 0, log.handler);
    expect([...log.values].sort()).toEqual([...stored].sort());
    expect(stored.length + refused.length).toBe(5 * 201 + 1);
    await live.count(stored.length);
    expect([...live.values].sort()).toEqual([...stored].sort());
  });
});

/** Resolves to what the child had been acknowledged when it was killed after `lines` of it. */
async function publishUntilKilled(file: string, round: string, lines: number): Promise<string[]> {
  const publisher = spawn(process.execPath, [child, file, round], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(publisher, 'close');
  const values: string[] = [];
  for await (const line of createInterface({ input: publisher.stdout })) {
    // A line cut short by the kill says nothing.
    if (/^\d+\/\d+\/\d+$/.test(line)) values.push(line);
    if (values.length === lines) publisher.kill('SIGKILL');
  }
  await closed;
  return values;
}
