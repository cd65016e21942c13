/**
 * Publishes with QoS 1 from many devices while the main process and the tenant's process are killed at random, then
 * compares: every acknowledged reading must be in its device's history, and its result in the virtual device's history,
 * exactly once and in order.
 *
 * `npm run torture -- --kills 300` prints acknowledged, found, lost, repeated.
 */
import { parseArgs } from 'node:util';
import { type Api, apiWith, logIn } from '../support/api.ts';
import { freePort, isAlive, removeFolder, startPlatform, temporaryFolder } from '../support/platform.ts';
import { createTwins, type Pair } from '../support/twins.ts';
import { until } from '../support/until.ts';
import { type Publisher, startPublisher } from './publisher.ts';

export interface TortureOptions {
  readonly kills: number;
  readonly devices: number;
  /** Chooses what is killed and when; the same seed makes the same choices. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

/** Counts over all devices, for what the devices said and for what the flow made of it. */
export interface Tally {
  readonly acknowledged: number;
  readonly found: number;
  readonly lost: number;
  readonly repeated: number;
  /** Devices whose values do not ascend. */
  readonly disordered: number;
}

export interface TortureResult {
  readonly readings: Tally;
  readonly results: Tally;
  readonly mainKills: number;
  readonly tenantKills: number;
}

/** Runs one torture on a data folder of its own and cleans up after itself. */
export async function torture({ kills, devices, seed, log = () => undefined }: TortureOptions): Promise<TortureResult> {
  const dataDir = temporaryFolder();
  const ports = { httpPort: await freePort(), mqttPort: await freePort() };
  let platform = await startPlatform({ dataDir, ...ports });
  const publishers: Publisher[] = [];
  try {
    const { token } = await logIn(platform.url);
    const api = apiWith(platform.url, token);
    const pairs = await createTwins(api, devices);
    for (const { sensor } of pairs) publishers.push(startPublisher(ports.mqttPort, `admin:${sensor}`));

    const random = randomFrom(seed);
    let mainKills = 0;
    let tenantKills = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      await pause(100 + random() * 900);
      const tenants = platform.children();
      if (random() < 0.5 && tenants.length > 0) {
        for (const pid of tenants) process.kill(pid, 'SIGKILL');
        tenantKills += 1;
      } else {
        const orphans = platform.children();
        await platform.kill();
        await until('the tenant processes to follow the main one', () => !orphans.some(isAlive));
        platform = await startPlatform({ dataDir, ...ports });
        mainKills += 1;
      }
      if (kill % 10 === 0)
        log(`${kill} kills, ${sum(publishers.map((one) => one.acknowledged().length))} acknowledged`);
    }
    await Promise.all(publishers.map((one) => one.finish()));
    await settled(api, pairs, publishers);
    const acknowledged = publishers.map((one) => one.acknowledged());
    return {
      readings: await compare(
        api,
        pairs.map((pair) => pair.sensor),
        acknowledged,
      ),
      results: await compare(
        api,
        pairs.map((pair) => pair.virtual),
        acknowledged,
      ),
      mainKills,
      tenantKills,
    };
  } finally {
    await Promise.all(publishers.map((one) => one.stop()));
    await platform.stop();
    removeFolder(dataDir);
  }
}

/** Waits until the result of every device's last acknowledged reading is there, or nothing has moved for ten seconds. */
async function settled(api: Api, pairs: readonly Pair[], publishers: readonly Publisher[]): Promise<void> {
  let seen = -1;
  let since = Date.now();
  await until(
    'the flows to come to rest',
    async () => {
      const newest = await Promise.all(pairs.map((pair) => lastValue(api, pair.virtual)));
      if (newest.every((value, index) => value === publishers[index]?.acknowledged().at(-1))) return true;
      const now = sum(newest);
      if (now !== seen) {
        seen = now;
        since = Date.now();
      }
      return Date.now() - since > 10_000;
    },
    300_000,
  );
}

async function lastValue(api: Api, device: string): Promise<number> {
  const answer = await api.call('GET', `/history/device/${device}/history?attr=seq&lastN=1`);
  return answer.status === 200 ? Number(answer.json<{ value: number }[]>()[0]?.value) : 0;
}

async function compare(
  api: Api,
  devices: readonly string[],
  acknowledged: readonly (readonly number[])[],
): Promise<Tally> {
  const perDevice = await Promise.all(
    devices.map(async (device, index) => {
      const values = (await api.history(device, 'seq')).map((row) => Number(row.value));
      const distinct = new Set(values);
      const wanted = acknowledged[index] ?? [];
      return {
        acknowledged: wanted.length,
        found: wanted.filter((value) => distinct.has(value)).length,
        repeated: values.length - distinct.size,
        disordered: values.some((value, at) => at > 0 && value <= (values[at - 1] ?? 0)) ? 1 : 0,
      };
    }),
  );
  const total = (pick: (one: (typeof perDevice)[number]) => number) => sum(perDevice.map(pick));
  const tally = {
    acknowledged: total((one) => one.acknowledged),
    found: total((one) => one.found),
    repeated: total((one) => one.repeated),
    disordered: total((one) => one.disordered),
  };
  return { ...tally, lost: tally.acknowledged - tally.found };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** mulberry32: small, seeded, good enough to choose victims. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '30' },
      devices: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
    },
  });
  const result = await torture({
    kills: Number(values.kills),
    devices: Number(values.devices),
    seed: Number(values.seed),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`killed: main process ${result.mainKills} times, tenant process ${result.tenantKills} times\n`);
  for (const [name, tally] of [
    ['readings', result.readings],
    ['results', result.results],
  ] as const) {
    const counts = Object.entries(tally).map(([key, count]) => `${key} ${count}`);
    process.stdout.write(`${name}: ${counts.join(', ')}\n`);
  }
  const failures = [result.readings, result.results].map((tally) => tally.lost + tally.repeated + tally.disordered);
  process.exitCode = sum(failures) === 0 ? 0 : 1;
}
