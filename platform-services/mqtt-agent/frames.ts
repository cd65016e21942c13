/**
 * Stands between a socket and aedes, which reads from it. It watches the boundaries of MQTT packets, for aedes' parser would
 * gather a packet of any length (up to 256 MB) before anybody can object; only the fixed header is looked at (MQTT 3.1.1
 * §2.2). And it hands over little at a time: aedes handles all it reads at once, a thousand packets of 64 KiB, and in the
 * meantime nobody else's.
 */
import type { Readable } from 'node:stream';

export interface FrameWatch {
  /** From now on nothing is read from the socket. */
  silence(): void;
}

export interface FrameRules {
  /** Bytes after the fixed header. */
  readonly maxLength: number;
  /** CONNECT has been read and what came with it is not handled yet. */
  readonly isConnecting: () => boolean;
  /** Nothing may be read at present; then `wake` is called once when it may. */
  readonly mustWait: (wake: () => void) => boolean;
  /** The number of the present turn of the event loop. */
  readonly turn: () => number;
  /** `type` as on the wire: 1 CONNECT … 14 DISCONNECT. */
  readonly onFrame: (type: number) => void;
  readonly onTooLong: () => void;
}

/** Bytes handed over at a time, in a turn of the event loop: some ten small readings. A packet that is longer comes whole. */
const pieceBytes = 1024;

/** A number that is another one in each turn of the event loop. */
export function createTurnNumber(): () => number {
  let turn = 0;
  let isOver = true;
  return () => {
    if (isOver) {
      isOver = false;
      turn += 1;
      setImmediate(() => {
        isOver = true;
      });
    }
    return turn;
  };
}

/** Closes the socket at the first header that announces more than `maxLength`, before the rest is read. */
export function watchFrames(socket: Readable, rules: FrameRules): FrameWatch {
  const { maxLength, isConnecting, mustWait, turn, onFrame, onTooLong } = rules;
  const read = socket.read.bind(socket);
  /** Bytes of the present packet still to come. */
  let remaining = 0;
  /** -1 between packets; else the packet type while its length field is being read. */
  let type = -1;
  let length = 0;
  let shift = 0;
  let silent = false;
  /** In which something was handed over last. */
  let lastTurn = -1;
  let isWakingUp = false;

  /** How many packets end in the chunk; undefined when one is too long. */
  function completed(chunk: Buffer): number | undefined {
    let at = 0;
    let count = 0;
    while (at < chunk.length) {
      if (remaining > 0) {
        const skipped = Math.min(remaining, chunk.length - at);
        at += skipped;
        remaining -= skipped;
        if (remaining === 0) count += 1;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (type < 0) {
        type = byte >> 4;
        length = 0;
        shift = 0;
        continue;
      }
      length += (byte & 0x7f) << shift;
      shift += 7;
      if (length > maxLength) return undefined;
      if (byte & 0x80 && shift < 28) continue;
      onFrame(type);
      type = -1;
      remaining = length;
      if (remaining === 0) count += 1;
    }
    return count;
  }

  /** aedes reads again when it has handled what it has, or when it is told that there is something. */
  function wake(): void {
    isWakingUp = false;
    if (!socket.destroyed) socket.emit('readable');
  }

  function wakeNextTurn(): void {
    if (isWakingUp) return;
    isWakingUp = true;
    setImmediate(wake);
  }

  socket.read = (size) => {
    if (silent) return null;
    // Only streams themselves read nothing, to find out that the peer has ended. aedes takes that for the end of the client,
    // and would drop what came between CONNECT and the end (MQTT 3.1.1 §3.1.4 allows it to come).
    if (size === 0) return isConnecting() ? null : read(0);
    if (socket.readableLength > 0) {
      if (lastTurn === turn()) {
        wakeNextTurn();
        return null;
      }
      if (mustWait(wake)) return null;
    }
    const chunk: unknown = read(Math.min(socket.readableLength, Math.max(pieceBytes, remaining)) || size);
    if (!(chunk instanceof Buffer)) return chunk;
    lastTurn = turn();
    const count = completed(chunk);
    if (count === undefined) {
      silent = true;
      onTooLong();
      socket.destroy();
      return null;
    }
    if (count === 0 && socket.readableLength > 0) wakeNextTurn(); // aedes will have nothing to handle.
    return chunk;
  };
  return {
    silence: () => {
      silent = true;
    },
  };
}
