/**
 * Micro benchmark of the embedded bus: publishers with one message in flight each, as MQTT QoS 1 has it.
 * `node bench/bus.ts [--publishers 1000] [--seconds 5]`; CPU in µs per message, of this thread and of all others together.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bus } from '../platform-services/kit/bus/bus.ts';
import { createSqliteBus } from '../platform-services/kit/bus/sqlite/sqlite-bus.ts';
import { systemClock } from '../platform-services/kit/clock.ts';
import { createLog } from '../platform-services/kit/log.ts';

const { values: options } = parseArgs({
  options: { publishers: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '5' } },
});
const publishers = Number(options.publishers);
const seconds = Number(options.seconds);
const value = JSON.stringify({
  metadata: { deviceid: 'efac01', tenant: 'admin', timestamp: 1_764_000_000_000 },
  attrs: { temperature: 23.5, humidity: 61 },
}).padEnd(120);

await run('publish', 0);
await run('publish, 1 reader', 1);
await run('publish, 4 readers', 4);

async function run(name: string, readers: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bus-'));
  const bus = await createSqliteBus({
    file: join(folder, 'bus.db'),
    retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
    clock: systemClock,
    log: createLog('warn', 'text'),
  });
  let read = 0;
  for (let reader = 0; reader < readers; reader++) {
    await bus.subscribe(
      { group: `reader-${reader}`, topics: { subjects: ['device-data'] }, from: 'latest' },
      async ({ messages }) => {
        read += messages.length;
      },
    );
  }
  await measure(bus, 0.5);
  read = 0;
  const process0 = process.cpuUsage();
  const thread0 = process.threadCpuUsage();
  const { published, elapsed, latencies } = await measure(bus, seconds);
  const all = process.cpuUsage(process0);
  const own = process.threadCpuUsage(thread0);
  const main = (own.user + own.system) / published;
  const total = (all.user + all.system) / published;
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => (latencies[Math.floor(latencies.length * q)] ?? 0).toFixed(1);
  console.log(
    `${name.padEnd(20)} ${Math.round((published / elapsed) * 1000)} msg/s  CPU main ${main.toFixed(2)} + others ` +
      `${(total - main).toFixed(2)} = ${total.toFixed(2)} µs/msg (${Math.round(1e3 / total)} k/s per core)  ` +
      `ms p50 ${quantile(0.5)} p99 ${quantile(0.99)} max ${quantile(0.99999)}  read ${read}`,
  );
  await bus.stop();
  await rm(folder, { recursive: true });
}

async function measure(bus: Bus, forSeconds: number) {
  const begin = performance.now();
  const end = begin + forSeconds * 1000;
  const latencies: number[] = [];
  let published = 0;
  const publisher = async (index: number) => {
    const key = `admin:device${index}`;
    for (let now = performance.now(); now < end; ) {
      await bus.publish('admin.device-data', [{ key, value }]);
      const done = performance.now();
      latencies.push(done - now);
      now = done;
      published++;
    }
  };
  await Promise.all(Array.from({ length: publishers }, (_, index) => publisher(index)));
  return { published, elapsed: performance.now() - begin, latencies };
}
