/** What the agent counts, under the names dojot's dashboards read (contract iot-agents §1.7). */
import type { Metrics } from '../kit/metrics.ts';
import { type RefusalReason, refusals } from './refusal.ts';

/** Packet types that are counted on arrival, by their number on the wire (MQTT 3.1.1 §2.2.1). */
const received: Readonly<Record<number, string>> = {
  1: 'connect',
  3: 'publish',
  4: 'puback',
  5: 'pubrec',
  6: 'pubrel',
  7: 'pubcomp',
  8: 'subscribe',
  10: 'unsubscribe',
  12: 'pingreq',
};

/** CONNACK return codes (MQTT 3.1.1 §3.2.2.3). */
const connacks: Readonly<Record<number, string>> = {
  0: 'accepted',
  1: 'unacceptable_protocol',
  2: 'identifier_rejected',
  3: 'server_unavailable',
  4: 'bad_credentials',
  5: 'not_authorized',
};

export type MqttCounters = ReturnType<typeof mqttCounters>;

export function mqttCounters(metrics: Metrics) {
  const plain = (name: string, help: string) => metrics.counter(name, help);
  const receivedBy = byNumber(received, (name) =>
    plain(`mqtt_${name}_received`, `MQTT ${name.toUpperCase()} packets received`),
  );
  const connackBy = byNumber(connacks, (name) => plain(`mqtt_connack_${name}_sent`, `CONNACK packets sent: ${name}`));
  const refusedBy = new Map<string, { add(): void }>(
    Object.entries(refusals).map(([reason, sentence]) => [
      reason,
      plain(`mqtt_refused_${reason.replaceAll('-', '_')}`, `Refused because ${sentence}`),
    ]),
  );
  const publishAuthErrors = plain('mqtt_publish_auth_error', "PUBLISH to a topic that is not the device's");
  const publishErrors = plain('mqtt_publish_error', 'PUBLISH that could not be stored');
  const subscribeAuthErrors = plain('mqtt_subscribe_auth_error', "Filters that are not the device's");
  const sizeErrors = plain('mqtt_invalid_msg_size_error', 'Packets larger than allowed');
  const also: Partial<Record<RefusalReason, { add(): void }>> = {
    topic: publishAuthErrors,
    'not-stored': publishErrors,
    filter: subscribeAuthErrors,
    'payload-size': sizeErrors,
  };
  // No config message leaves with QoS 2, so these two are never due; aedes answers the first with PUBREL all the same.
  const strayPubrec = plain('mqtt_pubrec_invalid_error', 'PUBREC packets for what was not sent');
  const strayPubcomp = plain('mqtt_pubcomp_invalid_error', 'PUBCOMP packets for what was not sent');
  const pubrel = plain('mqtt_pubrel_sent', 'PUBREL packets sent');
  for (const name of ['retain_memory', 'retain_messages', 'router_memory'])
    metrics.gauge(name, 'Always 0: nothing is retained or routed', () => 0);
  return {
    received(type: number) {
      receivedBy.get(type)?.add();
      if (type === 5) {
        strayPubrec.add();
        pubrel.add();
      } else if (type === 7) strayPubcomp.add();
    },
    connack: (code: number) => connackBy.get(code)?.add(),
    refused(reason: RefusalReason) {
      refusedBy.get(reason)?.add();
      also[reason]?.add();
    },
    puback: plain('mqtt_puback_sent', 'PUBACK packets sent'),
    pubrec: plain('mqtt_pubrec_sent', 'PUBREC packets sent'),
    suback: plain('mqtt_suback_sent', 'SUBACK packets sent'),
    unsuback: plain('mqtt_unsuback_sent', 'UNSUBACK packets sent'),
    pubcomp: plain('mqtt_pubcomp_sent', 'PUBCOMP packets sent'),
    pingresp: plain('mqtt_pingresp_sent', 'PINGRESP packets sent'),
    subscribeError: plain('mqtt_subscribe_error', 'SUBSCRIBE that could not be stored'),
    unsubscribeError: plain('mqtt_unsubscribe_error', 'UNSUBSCRIBE that could not be stored'),
    publishSent: plain('mqtt_publish_sent', 'Config messages sent to devices'),
    repeated: plain('mqtt_publish_repeated', 'PUBLISH packets sent again that were stored before'),
    badTimestamp: plain('mqtt_publish_bad_timestamp', 'Readings whose timestamp is no time'),
    queueSetup: plain('queue_setup', 'MQTT sessions begun'),
    queueTeardown: plain('queue_teardown', 'MQTT sessions ended'),
    messageQueued: plain('queue_message_in', 'Config messages for sessions'),
    messageSent: plain('queue_message_out', 'Config messages sent to sessions, repetitions included'),
    messageDropped: plain('queue_message_drop', 'Config messages given up because too many waited'),
    commandTooLong: plain('mqtt_command_size_error', 'Commands larger than allowed, not delivered'),
    messageUnhandled: plain('queue_message_unhandled', 'Config messages given up because connection or session ended'),
    strayPuback: plain('mqtt_puback_invalid_error', 'PUBACK packets for what was not sent'),
    sessionExpired: plain('client_expired', 'Persistent sessions given up because the device had too many'),
    socketOpen: plain('socket_open', 'Connections opened'),
    socketRefused: plain('socket_refused', 'Connections closed at once because there were too many'),
    socketClose: plain('socket_close', 'Connections closed'),
    socketError: plain('socket_error', 'Connections ended by an error'),
    bytesReceived: plain('bytes_received', 'Bytes received, counted when a connection ends'),
    bytesSent: plain('bytes_sent', 'Bytes sent, counted when a connection ends'),
  };
}

function byNumber<T>(names: Readonly<Record<number, string>>, make: (name: string) => T): ReadonlyMap<number, T> {
  return new Map(Object.entries(names).map(([number, name]) => [Number(number), make(name)]));
}
