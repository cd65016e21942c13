/** A message that waits inside a node keeps only its own branch waiting. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, startedWorld, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;
/** Answers after the third request. */
let server: Server;
const asked: (() => void)[] = [];

beforeAll(async () => {
  world = await startedWorld();
  server = createServer((_, response) => {
    asked.push(() => response.end('answer'));
    if (asked.length % 3 === 0) for (const answer of asked) answer();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

afterAll(async () => {
  await world.stop();
  await new Promise((closed) => server.close(closed));
});
afterEach(() => world.flows.removeAll('admin', 'tester'));

/** Stores `{ <name>: n }` for the virtual device. */
const storeAs = (id: string, name: string): Node[] => [
  functionNode(id, `msg.payload = { data: { attrs: { ${name}: msg.n } } }; return msg;`, [['out']]),
];
const remember = (...targets: string[]) =>
  functionNode('remember', 'msg.n = msg.payload.data.attrs.n; return msg;', [targets]);

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const waiting: [name: string, wait: () => Node][] = [
  [
    'a delay',
    () => node('wait', 'delay', [['late']], { pauseType: 'delay', timeout: '2', timeoutUnits: 'seconds', outputs: 1 }),
  ],
  [
    'an answer over HTTP that comes after later requests',
    () => node('wait', 'http request', [['late']], { method: 'GET', ret: 'txt', url: url() }),
  ],
  [
    'the second message of a trigger',
    () =>
      node('wait', 'trigger', [[], ['late']], {
        ...{ op1: '', op2: '', op1type: 'nul', op2type: 'payl', duration: '2', units: 's', extend: false, outputs: 2 },
        ...{ bytopic: 'topic', topic: 'n' },
      }),
  ],
];

test.each(waiting)('%s: later readings of the device pass', async (_, wait) => {
  const source = flow(
    onReading('sensor', 'remember'),
    remember('wait', 'now'),
    wait(),
    ...storeAs('late', 'late'),
    ...storeAs('now', 'now'),
    publishFor('out', 'virtual'),
  );
  await world.flows.create('admin', { name: 'waiting', enabled: true, source }, 'tester');
  const before = (await world.said('virtual')).length;
  for (const n of [1, 2, 3]) await world.say('sensor', { n });
  // What a trigger sends later comes after the end of its event.
  await until('all results', async () => (await world.said('virtual')).length - before >= 6);
  await until('all to end', () => allRead(world));
  const said = (await world.said('virtual')).slice(before).map(({ attrs }) => attrs);
  expect(said.slice(0, 3)).toEqual([{ now: 1 }, { now: 2 }, { now: 3 }]);
  expect(said.slice(3)).toHaveLength(3);
  expect(said.slice(3)).toEqual(expect.arrayContaining([{ late: 1 }, { late: 2 }, { late: 3 }]));
});

test('a rate limit spaces the readings of a device and keeps none of its other flows', async () => {
  const limit = node('wait', 'delay', [['late']], {
    ...{ pauseType: 'rate', rate: '1', nbRateUnits: '1', rateUnits: 'second', outputs: 1, drop: false },
  });
  const source = flow(
    onReading('sensor', 'remember'),
    remember('wait', 'now'),
    limit,
    ...storeAs('late', 'late'),
    ...storeAs('now', 'now'),
    publishFor('out', 'virtual'),
  );
  await world.flows.create('admin', { name: 'limited', enabled: true, source }, 'tester');
  const before = (await world.said('virtual')).length;
  for (const n of [1, 2, 3]) await world.say('sensor', { n });
  await until('all to end', () => allRead(world));
  const said = (await world.said('virtual')).slice(before).map(({ attrs }) => attrs);
  const at = (attrs: unknown) => said.findIndex((one) => JSON.stringify(one) === JSON.stringify(attrs));
  expect(said).toHaveLength(6);
  expect(at({ now: 3 })).toBeLessThan(at({ late: 2 }));
  expect([at({ late: 1 }), at({ late: 2 }), at({ late: 3 })].toSorted((a, b) => a - b)).toEqual([
    at({ late: 1 }),
    at({ late: 2 }),
    at({ late: 3 }),
  ]);
});
