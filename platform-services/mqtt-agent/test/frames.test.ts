import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { watchFrames } from '../frames.ts';

/** Reads the bytes in pieces of each size and reports what was seen. */
function watch(bytes: Buffer, pieceSize: number, maxLength: number) {
  const socket = new PassThrough();
  const types: number[] = [];
  let tooLong = 0;
  let turn = 0;
  const rules = {
    maxLength,
    isConnecting: () => false,
    mustWait: () => false,
    turn: () => (turn += 1),
    onFrame: (type: number) => types.push(type),
    onTooLong: () => (tooLong += 1),
  };
  watchFrames(socket, rules);
  for (let at = 0; at < bytes.length && !socket.destroyed; at += pieceSize) {
    socket.write(bytes.subarray(at, at + pieceSize));
    socket.read();
  }
  return { types, tooLong, destroyed: socket.destroyed };
}

const ping = [0xc0, 0];
const publish = (length: number) => [
  0x30,
  (length & 0x7f) | 0x80,
  length >> 7,
  ...new Array<number>(length).fill(0x31),
];

describe.each([1, 2, 3, 7, 10_000])('packets that come in pieces of %i bytes', (pieceSize) => {
  test('are told apart', () => {
    const bytes = Buffer.from([...ping, ...publish(300), ...ping, ...publish(128), 0xe0, 0]);
    expect(watch(bytes, pieceSize, 300)).toEqual({ types: [12, 3, 12, 3, 14], tooLong: 0, destroyed: false });
  });

  test('end the connection when one is too long', () => {
    const bytes = Buffer.from([...ping, ...publish(301)]);
    expect(watch(bytes, pieceSize, 300)).toEqual({ types: [12], tooLong: 1, destroyed: true });
  });
});
