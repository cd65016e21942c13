/** One PUBLISH with a packet id (QoS 1, 2), and the memory of it that makes its repeats recognisable. */
import type { Connection } from './connection.ts';
import { codeOf, type PublicationCode, type RecentPublications } from './resends.ts';
import type { Session } from './session.ts';

/** QoS 2 messages of a session that wait for PUBREL. */
const maxUnreleased = 1000;

export interface NumberedPacket {
  readonly qos: number;
  readonly dup: boolean;
  readonly messageId: number;
}

export class Publication {
  readonly code: PublicationCode;
  readonly #packetId: number;
  readonly #dup: boolean;
  readonly #recent: RecentPublications;
  /** QoS 2. */
  readonly #unreleased: Session['unreleased'] | undefined;

  constructor(connection: Connection, { qos, dup, messageId }: NumberedPacket, payload: Buffer) {
    this.code = codeOf(messageId, payload);
    this.#packetId = messageId;
    this.#dup = dup;
    this.#recent = connection.recent;
    this.#unreleased = qos === 2 ? connection.session?.unreleased : undefined;
  }

  /** QoS 2: its packet id is not released yet. QoS 1 and 2: the client says it sends again, and we have it. */
  isKnown(): boolean {
    return this.#unreleased?.has(this.#packetId) === true || (this.#dup && this.#recent.has(this.code));
  }

  /** Known, and not in the log yet. */
  isOnItsWay(): boolean {
    return !(this.#unreleased?.get(this.#packetId)?.isStored ?? !this.#recent.isOnItsWay(this.code));
  }

  /** QoS 2: not too many wait for their PUBREL. */
  hasRoom(): boolean {
    return this.#unreleased === undefined || this.#unreleased.size < maxUnreleased;
  }

  /** It goes to the log. */
  begin(): void {
    this.#recent.begin(this.code, this.#dup);
    this.#unreleased?.set(this.#packetId, { code: this.code, isStored: false });
  }

  /** It has got there. */
  stored(): void {
    this.#recent.stored(this.code);
    // Released before it was stored, against the rules: its packet id may be in use for something new.
    if (this.#unreleased?.has(this.#packetId))
      this.#unreleased.set(this.#packetId, { code: this.code, isStored: true });
  }

  /** It was there already, and its packet id is in use for it again. */
  repeated(): void {
    this.#recent.stored(this.code);
    this.#unreleased?.set(this.#packetId, { code: this.code, isStored: true });
  }

  /** It could not be stored. */
  forget(): void {
    this.#recent.delete(this.code);
    this.#unreleased?.delete(this.#packetId);
  }
}

/** PUBREL: the exchange is over and the device may use the packet id for something new (MQTT 3.1.1 §4.3.3). */
export function releasePublication(session: Session, packetId: number, recent: RecentPublications): void {
  const publication = session.unreleased.get(packetId);
  if (publication === undefined) return;
  session.unreleased.delete(packetId);
  recent.delete(publication.code);
}
