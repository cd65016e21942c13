import { afterEach, describe, expect, test } from '@jest/globals';
import mqtt from 'mqtt';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, publishPacket, rawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig | undefined;

afterEach(async () => {
  closeRawClients();
  await rig?.stop();
  rig = undefined;
});

describe('the agent', () => {
  test('refuses to offer plain MQTT where it is not allowed', async () => {
    await expect(startRig({ plainAllowed: false })).rejects.toMatchObject({ code: 'PLAIN_MQTT_REFUSED' });
  });

  test('says so when its port is taken, and leaves nothing open', async () => {
    rig = await startRig();
    await expect(startRig({ port: rig.port })).rejects.toMatchObject({ code: 'MQTT_LISTEN_FAILED' });
  });

  test('is healthy while it listens', async () => {
    rig = await startRig();
    await rig.agent.health();
    await rig.agent.stop();
    await expect(rig.agent.health()).rejects.toMatchObject({ code: 'MQTT_NOT_LISTENING' });
  });

  test('acknowledges what it has received before it stops, and closes every connection', async () => {
    rig = await startRig();
    const { port } = rig;
    const silent = await rawClient(port);
    const device = await connectedClient(rig.port);
    device.send(...Array.from({ length: 40 }, (_, seq) => publishPacket(`{"seq":${seq}}`, { messageId: seq + 1 })));
    await until('the first acknowledgement', () => device.received.length > 1);
    await rig.agent.stop();
    await device.closed();
    await silent.closed();
    const acknowledged = device.received.filter((packet) => packet.cmd === 'puback').length;
    expect((await rig.readings()).length).toBe(acknowledged);
    await expect(rawClient(port)).rejects.toThrow('ECONNREFUSED');
  });

  test('closes a connection at the end of its life and publishes its will', async () => {
    rig = await startRig({ sessionLifetimeMs: 100 });
    const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"gone":1}'), qos: 0 } as const;
    const device = await connectedClient(rig.port, { will });
    await device.closed();
    const { readings } = rig;
    await until('the will', async () => (await readings()).some(({ attrs }) => attrs.gone === 1));
  });

  test('closes a connection that is silent for one and a half times its keep-alive', async () => {
    rig = await startRig();
    const device = await connectedClient(rig.port, { keepalive: 1 });
    await device.closed();
  });

  test('accepts no more connections than allowed', async () => {
    rig = await startRig({ maxConnections: 1 });
    const first = await connectedClient(rig.port);
    await (await rawClient(rig.port)).closed();
    first.send({ cmd: 'pingreq' });
    await first.expect('pingresp');
  });

  test('serves an ordinary MQTT client', async () => {
    rig = await startRig();
    const client = await mqtt.connectAsync({
      host: '127.0.0.1',
      port: rig.port,
      username: 'admin:efac',
      protocolVersion: 4,
    });
    await client.publishAsync('admin:efac/attrs', '{"a":1}', { qos: 1 });
    await client.publishAsync('admin:efac/attrs', '{"a":2}', { qos: 2 });
    await client.endAsync();
    expect((await rig.readings()).map(({ attrs }) => attrs.a)).toEqual([1, 2]);
    expect(await rig.count('mqtt_puback_sent')).toBe(1);
    expect(await rig.count('mqtt_publish_received')).toBe(2);
  });
});
