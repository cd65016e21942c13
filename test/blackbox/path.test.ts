/** The path of one reading: device → platform → flow → virtual device → history, and back to the device. */

import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { type Api, logIn } from '../support/api.ts';
import { publish, subscribe } from '../support/mosquitto.ts';
import { type Platform, removeFolder, startPlatform } from '../support/platform.ts';
import { copyingFlow, createWorld, tab, type World, whenSensorSpeaks } from '../support/sample-flow.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let api: Api;
let world: World;
/** Id of the flow that copies readings. */
let copy: string;

beforeAll(async () => {
  platform = await startPlatform();
  api = await logIn(platform.url);
  world = await createWorld(api);
  copy = await api.createFlow('copy', copyingFlow(world));
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

describe('a reading', () => {
  test('is in the history of its device and, through the flow, in that of the virtual device with the static value', async () => {
    const sent = await publish(platform.mqttPort, `admin:${world.sensor}`, '{"temperature":21.5,"seq":1}');
    expect(sent).toEqual({ code: 0, output: '' });
    await until('the result', async () => (await api.history(world.virtual, 'celsius')).length === 1);
    expect((await api.history(world.sensor, 'temperature')).map((row) => row.value)).toEqual([21.5]);
    expect((await api.history(world.virtual, 'serial')).map((row) => row.value)).toEqual(['SN-1']);
  });

  test('keeps the time the device gave it', async () => {
    const time = Date.now() - 60_000;
    await publish(platform.mqttPort, `admin:${world.sensor}`, `{"temperature":19,"timestamp":${time}}`);
    const rows = await until('the row', async () => {
      const found = (await api.history(world.sensor, 'temperature')).filter((row) => row.value === 19);
      return found.length > 0 ? found : false;
    });
    expect(new Date(rows[0]?.ts ?? '').getTime()).toBe(time);
  });

  test('is counted at each node it passes', async () => {
    const nodes = await until('the counters', async () => {
      const answer = await api.call('GET', `/flows/v1/flow/${copy}/counters`);
      const { nodes } = answer.json<{ nodes: { type: string; received: number; errors: number }[] }>();
      return nodes.every(({ received }) => received > 0) && nodes;
    });
    expect(nodes.length).toBeGreaterThan(2);
    expect(nodes).toContainEqual(expect.objectContaining({ type: 'multi device out', errors: 0 }));
  });

  test('of a device of the template runs every flow on that template', async () => {
    const second = await api.createDevice('second', [world.template]);
    await api.createFlow('by template', [
      tab,
      {
        ...{ id: 'in', type: 'event template in', z: 't0', template_id: String(world.template), event_publish: true },
        ...{ x: 1, y: 1, wires: [['set']] },
      },
      {
        ...{ id: 'set', type: 'change', z: 't0', x: 1, y: 1, wires: [['out']] },
        rules: [{ t: 'set', p: 'out.seen', pt: 'msg', to: 'payload.data.id', tot: 'msg' }],
      },
      {
        ...{ id: 'out', type: 'multi device out', z: 't0', device_source: 'self', attrs: 'out', x: 1, y: 1, wires: [] },
      },
    ]);
    await publish(platform.mqttPort, `admin:${second}`, '{"temperature":1}');
    const rows = await until('the value the flow gave the device', async () => {
      const found = await api.history(second, 'seen');
      return found.length > 0 ? found : false;
    });
    expect(rows.map((row) => row.value)).toContain(second);
  });
});

describe('a command', () => {
  test('from the API reaches the device and is in its history', async () => {
    const device = subscribe(platform.mqttPort, `admin:${world.sensor}`, ['-i', 'api-listener']);
    await until('the subscription', () => device.log().includes('Subscribed'));
    const answer = await api.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 80 } });
    expect(answer.status).toBe(200);
    expect(answer.json()[' status']).toBe('configuration sent to device');
    await until('the command', () => device.lines().includes('{"fan":80}'));
    await device.stop();
    await until('the history', async () => (await api.history(world.sensor, 'fan')).length === 1);
  });

  test('reaches a device that subscribes without waiting for the CONNACK', async () => {
    const identity = `admin:${world.sensor}`;
    const socket = createConnection({ port: platform.mqttPort, host: '127.0.0.1' });
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.write(
      Buffer.concat([
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          clientId: 'hasty',
          username: identity,
        }),
        generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${identity}/config`, qos: 0 }] }),
      ]),
    );
    await until('the SUBACK', () => received.includes('\x90\x03\x00\x01\x00'));
    await api.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 42 } });
    await until('the command', () => received.includes('{"fan":42}'), 5000);
    socket.destroy();
  });

  test('from a flow answers the device', async () => {
    await api.createFlow('answer', [
      tab,
      whenSensorSpeaks(world, 'hot'),
      {
        ...{
          id: 'hot',
          type: 'switch',
          z: 't0',
          property: 'payload.data.attrs.temperature',
          checkall: 'true',
          outputs: 1,
        },
        ...{ rules: [{ t: 'gt', v: '90', vt: 'num' }], x: 1, y: 1, wires: [['set']] },
      },
      {
        ...{ id: 'set', type: 'change', z: 't0', x: 1, y: 1, wires: [['act']] },
        rules: [{ t: 'set', p: 'cmd.fan', pt: 'msg', to: '100', tot: 'num' }],
      },
      { ...{ id: 'act', type: 'multi actuate', z: 't0', device_source: 'self', attrs: 'cmd', x: 1, y: 1, wires: [] } },
    ]);
    const device = subscribe(platform.mqttPort, `admin:${world.sensor}`, ['-i', 'flow-listener']);
    await until('the subscription', () => device.log().includes('Subscribed'));
    await publish(platform.mqttPort, `admin:${world.sensor}`, '{"temperature":95}');
    await until('the answer of the flow', () => device.lines().includes('{"fan":100}'));
    await device.stop();
  });

  test('waits for a device with a persistent session, also over a restart of the platform', async () => {
    const identity = `admin:${world.sensor}`;
    const session = ['-i', 'sleeper', '-c'];
    const first = subscribe(platform.mqttPort, identity, session);
    await until('the subscription', () => first.log().includes('Subscribed'));
    await first.stop();
    await api.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 55 } });

    const { dataDir, httpPort, mqttPort } = platform;
    await platform.kill();
    platform = await startPlatform({ dataDir, httpPort, mqttPort });
    const again = subscribe(platform.mqttPort, identity, session);
    await until('the command that waited', () => again.lines().includes('{"fan":55}'));
    await again.stop();
  });
});
