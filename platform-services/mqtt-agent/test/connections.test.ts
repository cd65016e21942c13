/** How many connections a device, a tenant and all together may have. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { DeviceDirectory } from '../../kit/directory.ts';
import { connectionsWithin, openFilesLimit } from '../open-files.ts';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, connectPacket, publishPacket, rawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

/** Of any tenant. */
const devices: DeviceDirectory = { find: async (_, id) => ({ id, label: id, templates: [], attributes: [] }) };

const clientsOf = async (username: string, ...clientIds: string[]) => {
  const clients = [];
  for (const clientId of clientIds) clients.push(await connectedClient(rig.port, { username, clientId }));
  return clients;
};

describe('a device with too many connections', () => {
  test('loses the oldest one, with its will, and nobody else does', async () => {
    rig = await startRig({ devices, maxConnectionsPerDevice: 2 });
    const [other] = await clientsOf('admin:abcd', 'other');
    const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"gone":1}'), qos: 0 } as const;
    const oldest = await connectedClient(rig.port, { clientId: 'a', will });
    const newer = await clientsOf('admin:efac', 'b', 'c');
    await oldest.closed();
    for (const client of newer) client.send(publishPacket('{"a":1}'));
    for (const client of newer) await client.expect('puback');
    expect(other?.isClosed()).toBe(false);
    const { readings } = rig;
    await until('the will', async () => (await readings()).some(({ attrs }) => attrs.gone === 1));
    expect(await rig.count('mqtt_refused_device_connections')).toBe(1);
  });

  test('loses none when one of them is taken over by its own client id', async () => {
    rig = await startRig({ devices, maxConnectionsPerDevice: 2 });
    const [first, second] = await clientsOf('admin:efac', 'a', 'b');
    await clientsOf('admin:efac', 'b');
    await second?.closed();
    first?.send({ cmd: 'pingreq' });
    await first?.expect('pingresp');
    expect(await rig.count('mqtt_refused_device_connections')).toBe(0);
  });
});

test('a tenant that has its share of all connections is told that the server is unavailable, another one comes in', async () => {
  rig = await startRig({ devices, maxConnections: 8, tenantShare: 0.5 });
  const [first] = await clientsOf('admin:d1', 'a');
  await clientsOf('admin:d2', 'a', 'b', 'c');
  const refused = await rawClient(rig.port);
  refused.send(connectPacket({ username: 'admin:d3' }));
  expect(await refused.expect('connack')).toMatchObject({ returnCode: 3 });
  await refused.closed();
  await clientsOf('other:d1', 'a');
  first?.destroy();
  await until('the end of the first to be noticed', async () => (await rig.count('socket_close')) === 2);
  await clientsOf('admin:d3', 'a');
});

test('connections beyond all are closed at once, counted and logged', async () => {
  rig = await startRig({ devices, maxConnections: 1, tenantShare: 1 });
  await clientsOf('admin:efac', 'a');
  await (await rawClient(rig.port)).closed();
  expect(await rig.count('socket_refused')).toBe(1);
});

test('a quarter of the files a process may open is left to the rest of it', async () => {
  rig = await startRig({ devices });
  expect(openFilesLimit()).toBeGreaterThan(100);
  expect(connectionsWithin(1024, 200_000)).toBe(768);
  expect(connectionsWithin(1_048_576, 200_000)).toBe(200_000);
  expect(connectionsWithin(100_000, 100_000)).toBe(95_904);
  expect(connectionsWithin(Number.POSITIVE_INFINITY, 200_000)).toBe(200_000);
});
