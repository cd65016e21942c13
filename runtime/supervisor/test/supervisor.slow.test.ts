/** Processes come and go; messages are neither lost nor mixed up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { subjects, topicOf } from '../../../contract/topics.ts';
import { flow, functionNode, node, onReading, publishFor } from './support/flows.ts';
import { allRead, createWorld, device, until, type World } from './support/world.ts';

let world: World;
const devices = ['d0', 'd1', 'd2', 'd3', 'd4'];

beforeEach(async () => {
  world = await createWorld({ idleMs: 300, window: 20 });
  for (const id of [...devices, 'virtual']) world.devices.set(`admin:${id}`, device(id));
});

afterEach(() => world.stop());

const create = (name: string, source: string, tenant = 'admin') =>
  world.flows.create(tenant, { name, enabled: true, source }, 'tester');

const copy = (...sensors: string[]) =>
  flow(
    ...sensors.map((id) => onReading(id, 'wait')),
    functionNode('wait', 'return msg;', [['out']]),
    publishFor('out', 'virtual'),
  );

const pidOf = (tenant = 'admin') => world.supervisor.processes().get(tenant);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('messages', () => {
  test('of a killed process come again: every result is there, once per origin, in order per device', async () => {
    await world.supervisor.start();
    await create('copy', copy(...devices));
    const perDevice = 60;
    for (let n = 1; n <= perDevice; n++) {
      await Promise.all(devices.map((id) => world.say(id, { from: id, n })));
      const pid = pidOf();
      if (n % 20 === 0 && pid) process.kill(pid, 'SIGKILL');
    }
    await until('all to end', () => allRead(world));
    const distinct = new Map((await world.said('virtual')).map((said) => [JSON.stringify(said.origin), said.attrs]));
    for (const id of devices) {
      const values = Array.from(distinct.values()).filter(({ from }) => from === id);
      expect(values.map(({ n }) => n)).toEqual(Array.from({ length: perDevice }, (_, index) => index + 1));
    }
    expect(await world.count('process_deaths')).toBeGreaterThanOrEqual(2);
    expect(await world.read(subjects.deadFlowMessages)).toEqual([]);
  });

  test('of one device wait for each other, those of another do not', async () => {
    await world.supervisor.start();
    const slow = 'await new Promise((go) => setTimeout(go, msg.payload.data.attrs.slow ? 400 : 0)); return msg;';
    await create(
      'slow',
      flow(
        onReading('d0', 'f'),
        onReading('d1', 'f'),
        functionNode('f', slow, [['out']]),
        publishFor('out', 'virtual'),
      ),
    );
    await world.say('d0', { n: 1, slow: true });
    await world.say('d0', { n: 2 });
    await world.say('d1', { n: 3 });
    await until('all to end', () => allRead(world));
    expect((await world.said('virtual')).map(({ attrs }) => attrs.n)).toEqual([3, 1, 2]);
  });

  test('wait for a restarted platform, which goes on where the last one stopped', async () => {
    await world.supervisor.start();
    await create('copy', copy('d0'));
    await world.say('d0', { n: 1 });
    await until('all to end', () => allRead(world));
    await world.supervisor.stop();
    await world.say('d0', { n: 2 });
    await world.restart();
    await until('the second', async () => (await world.said('virtual')).length === 2);
    expect((await world.said('virtual')).map(({ attrs }) => attrs.n)).toEqual([1, 2]);
  });

  test('that came while the tenant had no flow are not replayed', async () => {
    await world.supervisor.start();
    const { id } = await create('copy', copy('d0'));
    await world.say('d0', { n: 1 });
    await until('all to end', () => allRead(world));
    await world.flows.update('admin', id, { enabled: false }, 'tester');
    await world.say('d0', { n: 2 });
    await world.flows.update('admin', id, { enabled: true }, 'tester');
    await world.say('d0', { n: 3 });
    await until('the third', async () => (await world.said('virtual')).some(({ attrs }) => attrs.n === 3));
    expect((await world.said('virtual')).map(({ attrs }) => attrs.n)).toEqual([1, 3]);
  });

  test('that cannot be read, or belong to nobody, are passed over', async () => {
    await world.supervisor.start();
    await create('copy', copy('d0', 'stranger'));
    const publish = (value: string) =>
      world.bus.publish(topicOf('admin', subjects.deviceData), [{ key: 'admin:d0', value }]);
    await publish('no json');
    await publish('{"attrs":{}}');
    await publish('{"metadata":{"deviceid":"d0","status":{"status":"online"}}}');
    await world.say('stranger', { n: 1 });
    await world.say('d0', { n: 2 });
    await until('all to end', () => allRead(world));
    expect((await world.said('virtual')).map(({ attrs }) => attrs.n)).toEqual([2]);
  });
});

describe('a process', () => {
  test('is there only for a tenant that has flows, and ends some time after the last one', async () => {
    await world.supervisor.start();
    expect(world.supervisor.processes().size).toBe(0);
    const { id } = await create('copy', copy('d0'));
    const pid = await until('the process', () => pidOf());
    await until('its editor', () => world.supervisor.socketOf('admin'));
    await world.flows.remove('admin', id, 'tester');
    await until('its end', () => !isAlive(pid));
    expect(await world.count('process_deaths')).toBe(0);
  });

  test('stays for an open editor', async () => {
    await world.supervisor.start();
    const socket = await world.supervisor.socketOf('admin');
    world.supervisor.connectionsChanged('admin', 1);
    const pid = await until('the process', () => pidOf());
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(isAlive(pid)).toBe(true);
    expect(existsSync(socket)).toBe(true);
    world.supervisor.connectionsChanged('admin', 0);
    await until('its end', () => !isAlive(pid));
  });

  test('is stopped with the platform, and leaves no file', async () => {
    await world.supervisor.start();
    await create('stubborn', flow(onReading('d0', 'f'), functionNode('f', 'return new Promise(() => {});', [[]])));
    await world.say('d0', { n: 1 });
    const pid = await until('the process', () => pidOf());
    const socket = await world.supervisor.socketOf('admin');
    await world.supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(socket)).toBe(false);
    await expect(world.supervisor.socketOf('admin')).rejects.toMatchObject({ status: 503 });
  });

  test('ends when its channel does, so it cannot outlive a killed platform', async () => {
    const main = join(import.meta.dirname, '../../tenant/main.ts');
    const child = spawn(process.execPath, ['--no-warnings', main], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const channel = child.stdio[3];
    if (!(channel instanceof Socket)) throw new Error('no channel');
    channel.write('{"kind":"ping","id":1}\n');
    await once(channel, 'data');
    child.kill('SIGTERM');
    child.kill('SIGINT');
    channel.destroy();
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([0, null]);
  });

  test('that no flow lets live is started with stopped flows for somebody who opens the editor', async () => {
    await world.supervisor.start();
    const deadly = functionNode('f', '', [[]]);
    const suicide = { ...deadly, initialize: "Buffer.constructor('return process')().exit(1);" };
    const { id } = await create('deadly', flow(onReading('d0', 'f'), suicide));
    await until('five deaths', async () => (await world.count('process_deaths')) >= 4, 30_000);
    world.supervisor.connectionsChanged('admin', 1);
    await until('the editor', () => world.lines.some((line) => /stay stopped/.test(line)));
    await world.supervisor.socketOf('admin');
    await world.flows.update('admin', id, { source: copy('d0') }, 'tester');
    await world.say('d0', { n: 1 });
    await until('the repaired flow', async () => (await world.said('virtual')).length === 1);
  });
});

test('an actuation of a flow is a configure event with its origin, and starts flows that wait for it', async () => {
  await world.supervisor.start();
  const actuate = node('act', 'multi actuate', [], { device_source: 'self', attrs: 'payload.data.attrs' });
  const onCommand = node('cmd', 'event device in', [['out']], { device_id: 'd0', event_configure: true });
  await create('command', flow(onReading('d0', 'act'), actuate, onCommand, publishFor('out', 'virtual')));
  await world.say('d0', { valve: true });
  await until('the result', async () => (await world.said('virtual')).length === 1);
  const [event] = await world.read(subjects.deviceEvents);
  expect(event?.key).toBe('admin:d0');
  const { meta, ...rest } = JSON.parse(event?.value ?? '');
  expect(rest).toEqual({ event: 'configure', data: { attrs: { valve: true }, id: 'd0' } });
  expect(meta).toEqual({ service: 'admin', timestamp: expect.any(Number) });
  const [said] = await world.said('virtual');
  expect(said).toMatchObject({ attrs: { valve: true }, generation: 2, origin: { topic: 'admin.device-data' } });
  expect(said?.origin?.path).toMatch(/act\.0>.*out\.0$/);
});
