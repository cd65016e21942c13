/** Why a client or a message of it was refused; each reason is counted and, sparingly, logged. */

/** Reason → sentence for the log. */
export const refusals = {
  'user-name': 'the user name is not <tenant>:<device id>',
  'unknown-device': 'there is no such device',
  directory: 'the device could not be looked up',
  'client-id': 'the client id is empty or longer than 100 bytes',
  'device-connections': 'the device has too many connections; the oldest was closed',
  'tenant-connections': 'the tenant has too many connections',
  'will-topic': "the will is not for the device's own attrs topic",
  topic: "the topic is not the device's own attrs topic",
  'deeper-topic': "the topic lies below the device's own attrs topic, where nobody reads",
  filter: "the filter is not the device's own config topic",
  'too-many-filters': 'one packet names more than 100 filters',
  'null-character': 'a filter contains the null character',
  'packet-id': 'the packet id is 0',
  'protocol-version': 'the protocol is none we speak',
  'payload-size': 'the packet is larger than allowed',
  'payload-form': 'the payload is not a JSON object',
  'in-flight': 'too many QoS 2 messages wait for their PUBREL',
  'not-stored': 'the message could not be stored',
} as const;

export type RefusalReason = keyof typeof refusals;

/** Return codes of CONNACK we use: version, identifier rejected, server unavailable, not authorised (MQTT 3.1.1 §3.2.2.3). */
export type RefusalCode = 1 | 2 | 3 | 5;

/** Given to aedes, it ends the connection; `returnCode` is what CONNACK says when the client was just connecting. */
export class Refusal extends Error {
  readonly reason: RefusalReason;
  readonly returnCode: RefusalCode;

  constructor(reason: RefusalReason, returnCode: RefusalCode = 5, cause?: unknown) {
    super(refusals[reason], cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.reason = reason;
    this.returnCode = returnCode;
  }
}
