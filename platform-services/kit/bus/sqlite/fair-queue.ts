/**
 * What has been published and is not stored yet, in a line for each tenant. Every transaction takes an equal share of each
 * line, so nobody waits behind another's flood longer than for the transaction under way, and no tenant can take all room.
 */
import { parseTopic } from '../../../../contract/topics.ts';
import type { OutgoingMessage } from '../bus.ts';

/** One call of `publish`. */
export interface Call {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
  /** Epoch ms. */
  readonly timestamp: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What one tenant has in the queue. */
interface Line {
  readonly tenant: string;
  /** In order; those before `first` have been taken. */
  parts: Part[];
  first: number;
  /** Waiting and taken. */
  bytes: number;
}

/** Messages of a call that are stored in one transaction: all of them, unless they are more than `partLimits`. */
export interface Part {
  readonly call: Call;
  readonly messages: readonly OutgoingMessage[];
  readonly bytes: number;
  /** The call is stored when this is. */
  readonly isLast: boolean;
  readonly line: Line;
}

export interface Size {
  readonly messages: number;
  readonly bytes: number;
}

/** A longer call (the bus port names them) is divided, or a single one would be a transaction that all wait for. */
export const partLimits: Size = { messages: 1000, bytes: 1024 * 1024 };

/** A tenant may take so much of the room that is free: a quarter of all when alone, and something is left for others. */
const shareOfFree = 1 / 3;

export interface FairQueue {
  /** Returns whether there is room; otherwise nothing has changed. */
  add(call: Call): boolean;
  /** The next transaction, about `size` at most; the calls of a tenant stay in order. Empty when nothing waits. */
  take(size: Size): Part[];
  /** Parts that were taken have been stored, or refused; they used room until now. */
  settle(parts: readonly Part[], refused: boolean): void;
  /** Messages that wait or have been taken and are not settled. */
  messages(): number;
}

/** `limit`: bytes that may wait and be under way. */
export function fairQueue(limit: number): FairQueue {
  /** By tenant: those who use room. */
  const lines = new Map<string, Line>();
  /** Lines with parts that wait, the next one first. */
  const turns: Line[] = [];
  /** Of which a part was refused: what is left of them is refused already. */
  const broken = new Set<Call>();
  let bytes = 0;
  let messages = 0;

  function lineOf(topic: string): Line {
    // What is no tenant's topic has a line of its own.
    const tenant = parseTopic(topic)?.tenant ?? topic;
    return lines.get(tenant) ?? { tenant, parts: [], first: 0, bytes: 0 };
  }

  function hasRoom(line: Line, more: number): boolean {
    if (bytes === 0) return true;
    const free = limit - bytes;
    return line.bytes > 0 ? line.bytes + more <= free * shareOfFree : more <= free;
  }

  function leave({ call, messages: { length }, bytes: size, isLast, line }: Part): void {
    bytes -= size;
    messages -= length;
    if (isLast && broken.size > 0) broken.delete(call);
    line.bytes -= size;
    if (line.bytes === 0) lines.delete(line.tenant);
  }

  /** Takes from one line what fits into its share, one part at least. */
  function takeShare(line: Line, share: Size, into: Part[]): Size {
    let [takenMessages, takenBytes] = [0, 0];
    for (let part = line.parts[line.first]; part; part = line.parts[line.first]) {
      const isBroken = broken.size > 0 && broken.has(part.call);
      const tooMany = takenMessages + part.messages.length > share.messages || takenBytes + part.bytes > share.bytes;
      if (!isBroken && takenMessages > 0 && tooMany) break;
      line.first += 1;
      if (isBroken) {
        leave(part);
        continue;
      }
      takenMessages += part.messages.length;
      takenBytes += part.bytes;
      into.push(part);
    }
    if (line.first * 2 >= line.parts.length) {
      line.parts = line.parts.slice(line.first);
      line.first = 0;
    }
    return { messages: takenMessages, bytes: takenBytes };
  }

  return {
    add(call) {
      const line = lineOf(call.topic);
      const parts = partsOf(call, line);
      let size = 0;
      for (const part of parts) size += part.bytes;
      if (!hasRoom(line, size)) return false;
      if (line.bytes === 0) lines.set(line.tenant, line);
      if (line.parts.length === 0) turns.push(line);
      for (const part of parts) line.parts.push(part);
      line.bytes += size;
      bytes += size;
      messages += call.messages.length;
      return true;
    },

    take(size) {
      const parts: Part[] = [];
      let [roomMessages, roomBytes] = [size.messages, size.bytes];
      /** Lines that have not had their turn in this round; what one leaves of its share is for those behind it. */
      let others = turns.length;
      while (roomMessages > 0 && roomBytes > 0) {
        const line = turns.shift();
        if (!line) break;
        if (others === 0) others = turns.length + 1;
        const taken = takeShare(line, { messages: roomMessages / others, bytes: roomBytes / others }, parts);
        others -= 1;
        roomMessages -= taken.messages;
        roomBytes -= taken.bytes;
        if (line.parts.length > 0) turns.push(line);
      }
      return parts;
    },

    settle(parts, refused) {
      for (const part of parts) {
        if (refused && !part.isLast) broken.add(part.call);
        leave(part);
      }
    },

    messages: () => messages,
  };
}

function partsOf(call: Call, line: Line): Part[] {
  const { messages } = call;
  const parts: Part[] = [];
  let bytes = 0;
  let start = 0;
  for (const [at, message] of messages.entries()) {
    const size = sizeOf(message);
    if (at > start && (at - start >= partLimits.messages || bytes + size > partLimits.bytes)) {
      parts.push({ call, messages: messages.slice(start, at), bytes, isLast: false, line });
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  parts.push({ call, messages: start === 0 ? messages : messages.slice(start), bytes, isLast: true, line });
  return parts;
}

/** Bytes of a message in memory, about. */
function sizeOf({ key, value }: OutgoingMessage): number {
  return key.length + value.length + 100;
}
