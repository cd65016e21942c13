/**
 * Every knob of the platform: its environment name, default, unit and what it is for. The README's table is generated from
 * this file (`npm run docs`). A wrong value stops the start with a sentence that names the knob.
 */
import { resolve } from 'node:path';

interface Knob<T> {
  readonly env: string;
  /** As a person would write it in the environment. */
  readonly default: string;
  readonly unit?: string;
  readonly about: string;
  /** Throws an `Error` whose message completes the sentence "DOJOT_X …". */
  readonly read: (text: string) => T;
}

const knob = <T>(definition: Knob<T>): Knob<T> => definition;

export const knobs = {
  dataDir: knob({
    env: 'DOJOT_DATA_DIR',
    default: './data',
    about: 'Folder of everything the platform keeps: messages, history, devices, flows, secrets. Made with mode 0700.',
    read: (text) => resolve(nonEmpty(text)),
  }),
  host: knob({
    env: 'DOJOT_HOST',
    default: '127.0.0.1',
    about:
      'Address the platform listens on. Anything but loopback needs `DOJOT_ADMIN_PASSWORD`, and `DOJOT_MQTT_PLAIN=everywhere`.',
    read: nonEmpty,
  }),
  httpPort: knob({
    env: 'DOJOT_HTTP_PORT',
    default: '8000',
    about: 'Port of the gateway: log-in page, editor, REST API. 0 = any free port.',
    read: integer(0, 65535),
  }),
  mqttPort: knob({
    env: 'DOJOT_MQTT_PORT',
    default: '1883',
    about: 'Port of plain MQTT. 0 = any free port.',
    read: integer(0, 65535),
  }),
  adminPassword: knob({
    env: 'DOJOT_ADMIN_PASSWORD',
    default: '',
    about:
      'Password of the administrator (`admin`), taken while the data folder is empty or he has the default one. Unset on loopback: `admin`; unset elsewhere: the start is refused.',
    read: (text) => (text === '' ? undefined : text),
  }),
  mqttPlain: knob({
    env: 'DOJOT_MQTT_PLAIN',
    default: 'loopback',
    about:
      'Where devices may speak MQTT without credentials: `loopback` (only when `DOJOT_HOST` is loopback) or `everywhere` (the network is trusted).',
    read: oneOf('loopback', 'everywhere'),
  }),
  mqttMaxPayload: knob({
    env: 'DOJOT_MQTT_MAX_PAYLOAD',
    default: '262144',
    unit: 'bytes',
    about: 'Largest MQTT payload; a device that sends more is disconnected.',
    read: integer(128, 16 * 1024 * 1024),
  }),
  mqttMaxConnections: knob({
    env: 'DOJOT_MQTT_MAX_CONNECTIONS',
    default: '200000',
    about:
      'Most MQTT connections at a time; a quarter of the files the process may open is kept for other things. One tenant gets three quarters.',
    read: integer(1, 10_000_000),
  }),
  mqttConnectionsPerDevice: knob({
    env: 'DOJOT_MQTT_CONNECTIONS_PER_DEVICE',
    default: '20',
    about: 'Most MQTT connections of one device; the oldest gives way to a new one.',
    read: integer(1, 100_000),
  }),
  mqttSessionLifetime: knob({
    env: 'DOJOT_MQTT_SESSION_LIFETIME',
    default: '1800000',
    unit: 'ms',
    about: 'An MQTT connection is closed this long after CONNECT, so that a removed right ends in time. 0 = never.',
    read: integer(0, 2_147_483_647),
  }),
  tokenLifetime: knob({
    env: 'AUTH_TOKEN_EXP',
    default: '43200',
    unit: 's',
    about: 'Life of a token (log-in over the API and editor sessions; the editor renews its own while it is used).',
    read: integer(1, 31_536_000),
  }),
  sessionLifetime: knob({
    env: 'DOJOT_SESSION_LIFETIME',
    default: '604800',
    unit: 's',
    about: 'Longest life of a session of a browser, however much it is used; then its user logs in again.',
    read: integer(60, 31_536_000),
  }),
  loginsPerMinute: knob({
    env: 'DOJOT_LOGINS_PER_MINUTE',
    default: '5',
    about: 'Failed log-ins per minute, by client address and by user name; more are answered 429.',
    read: integer(1, 1_000_000),
  }),
  loginsPerHour: knob({
    env: 'DOJOT_LOGINS_PER_HOUR',
    default: '40',
    about: 'The same per hour.',
    read: integer(1, 1_000_000),
  }),
  trustProxy: knob({
    env: 'DOJOT_TRUST_PROXY',
    default: 'false',
    about:
      'Whether `X-Forwarded-For` and `X-Forwarded-Proto` are believed: only behind a reverse proxy that sets them.',
    read: flag,
  }),
  hostNames: knob({
    env: 'DOJOT_HOST_NAMES',
    default: '',
    about:
      'Names of hosts, without port and separated by commas, under which the gateway answers, beside `localhost`. Unset: on loopback without a proxy none, elsewhere any.',
    read: names,
  }),
  historyExpiration: knob({
    env: 'HISTORY_DB_DATA_EXPIRATION',
    default: '604800',
    unit: 's',
    about: 'How long history keeps a value, counted from the time of the value.',
    read: integer(60, 3_153_600_000),
  }),
  busRetention: knob({
    env: 'DOJOT_BUS_RETENTION',
    default: '86400',
    unit: 's',
    about: 'How long the message log keeps what every consumer has read. What one has not read yet is never removed.',
    read: integer(60, 31_536_000),
  }),
  busMaxBytes: knob({
    env: 'DOJOT_BUS_MAX_BYTES',
    default: '10737418240',
    unit: 'bytes',
    about: 'Size the message log is kept under, by removing the oldest of what every consumer has read.',
    read: integer(1024 * 1024, Number.MAX_SAFE_INTEGER),
  }),
  tenantHeap: knob({
    env: 'DOJOT_TENANT_HEAP',
    default: '128',
    unit: 'MB',
    about: "JavaScript heap of a tenant's process; a flow that needs more ends that process, which is started again.",
    read: integer(48, 16_384),
  }),
  tenantWindow: knob({
    env: 'DOJOT_TENANT_WINDOW',
    default: '1000',
    about: 'Most messages of a tenant inside its flows at a time.',
    read: integer(1, 100_000),
  }),
  flowLease: knob({
    env: 'DOJOT_FLOW_LEASE',
    default: '30000',
    unit: 'ms',
    about: 'Longest time a message may take inside the flows; then it counts as ended, which is counted and logged.',
    read: integer(1000, 3_600_000),
  }),
  tenantIdle: knob({
    env: 'DOJOT_TENANT_IDLE',
    default: '300000',
    unit: 'ms',
    about: 'A tenant process without enabled flows and without an open editor ends after this time.',
    read: integer(1000, 2_147_483_647),
  }),
  nodePackages: knob({
    env: 'DOJOT_NODE_PACKAGES',
    default: '',
    about:
      "Folders of further node packages that every tenant gets, separated by commas. Their code runs in the tenants' processes.",
    read: (text) =>
      text
        .split(',')
        .filter((path) => path.trim() !== '')
        .map((path) => resolve(path.trim())),
  }),
  logLevel: knob({
    env: 'LOG_LEVEL',
    default: 'info',
    about: '`debug`, `info`, `warn` or `error`.',
    read: oneOf('debug', 'info', 'warn', 'error'),
  }),
  logFormat: knob({
    env: 'DOJOT_LOG_FORMAT',
    default: 'text',
    about: '`text` for people, `json` for machines.',
    read: oneOf('text', 'json'),
  }),
} as const;

type Value<K> = K extends Knob<infer T> ? T : never;
export type Settings = { readonly [Name in keyof typeof knobs]: Value<(typeof knobs)[Name]> };

/** A setting that cannot be used; the message is a sentence for the person who starts the platform. */
export class SettingsError extends Error {}

/**
 * Reads the environment once. Throws `SettingsError` naming the knob when a value is wrong, when two of them contradict
 * each other, or when a `DOJOT_…` name is unknown (a misspelt knob must not be ignored in silence).
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  refuseUnknownNames(environment);
  const entries = Object.entries(knobs).map(([name, knob]) => {
    const text = environment[knob.env] ?? knob.default;
    try {
      return [name, knob.read(text)];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SettingsError(`${knob.env} ${reason}, but is "${text}".`);
    }
  });
  const settings = Object.fromEntries(entries) as Settings;
  if (!isLoopback(settings.host) && settings.adminPassword === undefined) {
    throw new SettingsError(`DOJOT_ADMIN_PASSWORD must be set, because DOJOT_HOST (${settings.host}) is not loopback.`);
  }
  if (!isLoopback(settings.host) && settings.adminPassword === 'admin') {
    throw new SettingsError(
      `DOJOT_ADMIN_PASSWORD must be another than the default one, because DOJOT_HOST (${settings.host}) is not loopback.`,
    );
  }
  return settings;
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function refuseUnknownNames(environment: Readonly<Record<string, string | undefined>>): void {
  const known = new Set<string>(Object.values(knobs).map((knob) => knob.env));
  const unknown = Object.keys(environment).find((name) => name.startsWith('DOJOT_') && !known.has(name));
  if (unknown) throw new SettingsError(`${unknown} is not a setting. The settings are: ${[...known].join(', ')}.`);
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty');
  return text.trim();
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`must be a whole number from ${least} to ${most}`);
    return value;
  };
}

function oneOf<const T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return choice;
  };
}

function names(text: string): readonly string[] {
  const list = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (!list.every((name) => /^([\w.-]+|\[[\da-f:]+\])$/i.test(name)))
    throw new Error('must be names without port, separated by commas');
  return list;
}

function flag(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
  return text === 'true';
}
