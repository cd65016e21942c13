/** CONNECT: who may come in (contract iot-agents §1.2). */
import { randomUUID } from 'node:crypto';
import type { AuthenticateError, Client, ConnectPacket } from 'aedes';
import type { DeviceDirectory } from '../kit/directory.ts';
import { pauseUntilConnack } from './broker.ts';
import type { Connection, Connections } from './connection.ts';
import { type DeviceIdentity, isAtOrBelow, parseUsername } from './identity.ts';
import { envelopeOf } from './reading.ts';
import { Refusal } from './refusal.ts';
import type { Resends } from './resends.ts';
import type { Windows } from './windows.ts';

/** Bytes of a client id. */
const longestClientId = 100;

export interface ConnectNeeds {
  readonly devices: DeviceDirectory;
  readonly resends: Resends;
  readonly windows: Windows;
  readonly connections: Connections;
  /** Whether the tenant may have one connection more. */
  readonly hasRoom: (tenant: string) => boolean;
  /** Called for each client that names a device, before anybody has looked whether there is one. */
  readonly onClaim: (client: Client, identity: DeviceIdentity) => void;
  /** Called for each client that is turned away, with what it called itself. */
  readonly onRefused: (refusal: Refusal, username: string | undefined) => void;
}

export interface ConnectHandlers {
  preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, success: boolean) => void): void;
  authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void;
}

/**
 * aedes' two steps of CONNECT: the first judges the packet, the second asks for the device and can answer by CONNACK. Only
 * a device that was found becomes a connection, and without one nothing else is accepted from a client.
 */
export function connectHandlers(needs: ConnectNeeds): ConnectHandlers {
  const { devices, connections, hasRoom, onClaim, onRefused } = needs;
  /** Verdicts on the packet alone, until the step that may answer. */
  const claims = new WeakMap<Client, DeviceIdentity | Refusal>();

  return {
    preConnect(client, packet, done) {
      pauseUntilConnack(client);
      claims.set(client, judge(packet));
      done(null, true);
    },

    authenticate(client, username, _password, done) {
      if (client.closed) return;
      const finish = (refusal: Refusal | undefined) => {
        if (refusal) onRefused(refusal, username);
        done(refusal ?? null, refusal === undefined);
      };
      const claim = claims.get(client) ?? new Refusal('user-name');
      if (claim instanceof Refusal) return finish(claim);
      if (!hasRoom(claim.tenant)) return finish(new Refusal('tenant-connections', 3));
      onClaim(client, claim);
      void findDevice(devices, claim).then((refusal) => {
        if (!refusal && !client.closed) connections.set(client, connectionOf(client, claim, needs));
        finish(refusal);
      });
    },
  };
}

function judge(packet: ConnectPacket): DeviceIdentity | Refusal {
  const identity = parseUsername(packet.username);
  if (!identity) return new Refusal('user-name');
  const clientId = acceptableClientId(packet);
  if (clientId === undefined) return new Refusal('client-id', 2);
  if (packet.will && !isAtOrBelow(packet.will.topic, identity.attrsTopic)) return new Refusal('will-topic');
  // aedes knows one session per client id, whoever asks: with the identity in it nobody can take over another's session.
  packet.clientId = `${identity.key}/${clientId}`;
  return identity;
}

function connectionOf(client: Client, identity: DeviceIdentity, { resends, windows }: ConnectNeeds): Connection {
  client.conn.once('close', () => windows.close(identity));
  return {
    client,
    identity,
    envelope: envelopeOf(identity),
    recent: resends.of(identity.key, client.id),
    windows: windows.open(identity),
    filters: new Set(),
    acknowledged: [],
    session: undefined,
  };
}

/** MQTT 3.1.1 §3.1.3.1: only a clean session of version 3.1.1 may leave the id to us. */
function acceptableClientId({ clientId, clean, protocolVersion }: ConnectPacket): string | undefined {
  if (clientId !== '') return Buffer.byteLength(clientId) <= longestClientId ? clientId : undefined;
  return clean === true && protocolVersion === 4 ? randomUUID() : undefined;
}

async function findDevice(devices: DeviceDirectory, identity: DeviceIdentity): Promise<Refusal | undefined> {
  try {
    return (await devices.find(identity.tenant, identity.deviceId)) ? undefined : new Refusal('unknown-device');
  } catch (error) {
    return new Refusal('directory', 3, error);
  }
}
