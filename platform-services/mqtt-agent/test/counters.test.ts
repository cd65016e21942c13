import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configure, type Rig, startRig } from './support/agent.ts';
import { acknowledgeAll, subscribe, unsubscribe } from './support/commands.ts';
import { closeRawClients, connectedClient, publishPacket } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

/** The series dojot's dashboard reads (contract iot-agents §1.7), without those of a cluster and of the Erlang machine. */
const dashboard = `
  socket_open socket_close socket_error bytes_received bytes_sent client_expired mqtt_connect_received
  mqtt_connack_accepted_sent mqtt_connack_bad_credentials_sent mqtt_connack_identifier_rejected_sent
  mqtt_connack_not_authorized_sent mqtt_connack_server_unavailable_sent mqtt_connack_unacceptable_protocol_sent
  mqtt_publish_received mqtt_publish_sent mqtt_publish_error mqtt_publish_auth_error mqtt_puback_received
  mqtt_puback_sent mqtt_puback_invalid_error mqtt_pubrec_received mqtt_pubrec_sent mqtt_pubrec_invalid_error
  mqtt_pubrel_received mqtt_pubrel_sent mqtt_pubcomp_received mqtt_pubcomp_sent mqtt_pubcomp_invalid_error
  mqtt_subscribe_received mqtt_subscribe_error mqtt_subscribe_auth_error mqtt_suback_sent mqtt_unsubscribe_received
  mqtt_unsubscribe_error mqtt_unsuback_sent mqtt_pingreq_received mqtt_pingresp_sent mqtt_invalid_msg_size_error
  queue_processes queue_setup queue_teardown queue_message_in queue_message_out queue_message_drop
  queue_message_unhandled retain_memory retain_messages router_memory router_subscriptions`
  .trim()
  .split(/\s+/);

test('everything the dashboard reads is there', async () => {
  const text = await rig.metrics.text();
  expect(dashboard.filter((name) => !new RegExp(`^${name} `, 'm').test(text))).toEqual([]);
});

test('packets and messages are counted', async () => {
  const device = await connectedClient(rig.port);
  await subscribe(device);
  expect(await rig.count('router_subscriptions')).toBe(1);
  await rig.send(configure('efac', { fan: 1 }), configure('efac', { fan: 2 }));
  await until('the commands', () => device.received.filter(({ cmd }) => cmd === 'publish').length === 2);
  acknowledgeAll(device);
  device.send({ cmd: 'puback', messageId: 999 }, { cmd: 'pubrec', messageId: 999 }, { cmd: 'pubcomp', messageId: 999 });
  await device.expect('pubrel', 999);
  device.send(publishPacket('{}', { qos: 2, messageId: 5 }));
  await device.expect('pubrec', 5);
  device.send({ cmd: 'pubrel', messageId: 5 });
  await device.expect('pubcomp', 5);
  await unsubscribe(device);
  device.send({ cmd: 'pingreq' });
  await device.expect('pingresp');
  device.destroy();
  await until('the session to go', async () => (await rig.count('queue_teardown')) === 1);
  const counts = await Promise.all(dashboard.map(async (name) => [name, await rig.count(name)] as const));
  expect(Object.fromEntries(counts)).toMatchObject({
    mqtt_puback_received: 3,
    mqtt_puback_invalid_error: 1,
    mqtt_pubrec_received: 1,
    mqtt_pubrec_invalid_error: 1,
    mqtt_pubrec_sent: 1,
    mqtt_pubrel_received: 1,
    mqtt_pubrel_sent: 1,
    mqtt_pubcomp_received: 1,
    mqtt_pubcomp_invalid_error: 1,
    mqtt_pubcomp_sent: 1,
    mqtt_suback_sent: 1,
    mqtt_unsuback_sent: 1,
    mqtt_pingresp_sent: 1,
    queue_setup: 1,
    queue_message_in: 2,
    queue_message_out: 2,
    queue_message_unhandled: 0,
    router_subscriptions: 0,
  });
});
