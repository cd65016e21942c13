/**
 * Watches the boundaries of MQTT packets as aedes reads them from a socket: its parser would gather a packet of any
 * length (up to 256 MB) before anybody can object. Only the fixed header is looked at (MQTT 3.1.1 §2.2).
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
  /** `type` as on the wire: 1 CONNECT … 14 DISCONNECT. */
  readonly onFrame: (type: number) => void;
  readonly onTooLong: () => void;
}

/** Closes the socket at the first header that announces more than `maxLength`, before the rest is read. */
export function watchFrames(socket: Readable, { maxLength, isConnecting, onFrame, onTooLong }: FrameRules): FrameWatch {
  const read = socket.read.bind(socket);
  /** Bytes of the present packet still to come. */
  let remaining = 0;
  /** -1 between packets; else the packet type while its length field is being read. */
  let type = -1;
  let length = 0;
  let shift = 0;
  let silent = false;

  function isAcceptable(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (remaining > 0) {
        const skipped = Math.min(remaining, chunk.length - at);
        at += skipped;
        remaining -= skipped;
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
      if (length > maxLength) return false;
      if (byte & 0x80 && shift < 28) continue;
      onFrame(type);
      type = -1;
      remaining = length;
    }
    return true;
  }

  socket.read = (size) => {
    if (silent) return null;
    // Only streams themselves read nothing, to find out that the peer has ended. aedes takes that for the end of the client,
    // and would drop what came between CONNECT and the end (MQTT 3.1.1 §3.1.4 allows it to come).
    if (size === 0 && isConnecting()) return null;
    const chunk: unknown = read(size);
    if (chunk instanceof Buffer && !isAcceptable(chunk)) {
      silent = true;
      onTooLong();
      socket.destroy();
      return null;
    }
    return chunk;
  };
  return {
    silence: () => {
      silent = true;
    },
  };
}
