/** Nothing is acknowledged that is not stored: full disks, unusable folders, damaged files. */

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Api, logIn } from '../support/api.ts';
import { isAcknowledged } from '../support/device.ts';
import { publish } from '../support/mosquitto.ts';
import { type Platform, removeFolder, startPlatform, temporaryFolder } from '../support/platform.ts';
import { createWorld } from '../support/sample-flow.ts';
import { until } from '../support/until.ts';

const folders: string[] = [];
let platform: Platform | undefined;

afterEach(async () => {
  await platform?.stop();
  platform = undefined;
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function folder(): string {
  const path = temporaryFolder();
  folders.push(path);
  return path;
}

describe('a disk that takes no more', () => {
  test('acknowledges only what it stores, says why, and goes on when there is room again', async () => {
    platform = await startPlatform({ dataDir: folder() });
    const { pid, mqttPort, url, dataDir } = platform;
    const api = await logIn(url);
    const world = await createWorld(api);
    const identity = `admin:${world.sensor}`;
    expect((await publish(mqttPort, identity, '{"seq":1}')).code).toBe(0);

    // No file of the process may grow any more: every write beyond its present size fails, as on a full disk.
    limitFileSize(pid, statSync(join(dataDir, 'bus.db')).size);
    const acknowledged: number[] = [1];
    let refused = 0;
    for (let seq = 2; seq < 40 && refused < 3; seq += 1) {
      const payload = `{"seq":${seq},"filler":"${'x'.repeat(100_000)}"}`;
      if (await isAcknowledged(mqttPort, identity, payload)) acknowledged.push(seq);
      else refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
    expect((await api.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 1 } })).status).toBe(503);
    expect(platform.output()).toMatch(/could not be stored/i);

    limitFileSize(pid, 'unlimited');
    await until(
      'the platform to store again',
      async () => (await publish(mqttPort, identity, '{"seq":1000}')).code === 0,
    );
    const values = await until('the history to catch up', async () => {
      const found = (await api.history(world.sensor, 'seq')).map((row) => Number(row.value));
      return found.includes(1000) ? found : false;
    });
    expect(acknowledged.filter((seq) => !values.includes(seq))).toEqual([]);
  });
});

describe('a data folder', () => {
  test('that cannot be used is named', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(startPlatform({ dataDir: join(file, 'data') })).rejects.toThrow(
      /The data folder .*\/file\/data cannot be used/,
    );
  });

  test.each([['bus.db'], ['store.db'], ['history.db']])(
    'with a damaged %s is refused, naming the file',
    async (name) => {
      const dataDir = folder();
      platform = await startPlatform({ dataDir });
      const world = await createWorld(await logIn(platform.url));
      await publish(platform.mqttPort, `admin:${world.sensor}`, '{"seq":1}');
      await platform.stop();
      platform = undefined;
      overwrite(join(dataDir, name));
      await expect(startPlatform({ dataDir })).rejects.toThrow(new RegExp(`${name} is damaged`));
    },
  );

  test('begins a message log anew that was moved away, says what is lost, and keeps the history', async () => {
    const dataDir = folder();
    platform = await startPlatform({ dataDir });
    const api = await logIn(platform.url);
    const { sensor } = await createWorld(api);
    const seqs = async (client: Api) => (await client.history(sensor, 'seq')).map((row) => Number(row.value)).sort();
    for (const seq of [1, 2, 3]) await publish(platform.mqttPort, `admin:${sensor}`, `{"seq":${seq}}`);
    await until('the history', async () => (await seqs(api)).length === 3);
    await platform.stop();
    removeFolder(join(dataDir, 'bus.db'));

    platform = await startPlatform({ dataDir });
    expect(platform.output()).toMatch(/WARN: .*bus\.db is missing: the message log begins anew/);
    expect((await publish(platform.mqttPort, `admin:${sensor}`, '{"seq":4}')).code).toBe(0);
    const again = await logIn(platform.url);
    const values = await until('the new reading', async () => {
      const found = await seqs(again);
      return found.includes(4) && found;
    });
    expect(values).toEqual([1, 2, 3, 4]);
  });

  test.each([['bus.db'], ['store.db'], ['history.db']])(
    'with an empty %s is refused, naming the file',
    async (name) => {
      const dataDir = folder();
      platform = await startPlatform({ dataDir });
      await platform.stop();
      platform = undefined;
      truncateSync(join(dataDir, name));
      await expect(startPlatform({ dataDir })).rejects.toThrow(new RegExp(`${name} is empty`));
    },
  );

  test('whose secret is missing is refused, naming the file', async () => {
    const dataDir = folder();
    platform = await startPlatform({ dataDir });
    await platform.stop();
    platform = undefined;
    removeFolder(join(dataDir, 'secret.key'));
    await expect(startPlatform({ dataDir })).rejects.toThrow(/secret\.key is missing/);
  });
});

function limitFileSize(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}

/** Writes rubbish over the first page and over the middle, as a failing disk does. */
function overwrite(path: string): void {
  const descriptor = openSync(path, 'r+');
  const rubbish = Buffer.alloc(512, 0xa5);
  writeSync(descriptor, rubbish, 0, rubbish.length, 0);
  writeSync(descriptor, rubbish, 0, rubbish.length, Math.floor(statSync(path).size / 2));
  closeSync(descriptor);
}
