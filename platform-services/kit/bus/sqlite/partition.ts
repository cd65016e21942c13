/** Which partition a key belongs to: 32-bit FNV-1a of its UTF-8 bytes, modulo the number of partitions. */

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a as draft-eastlake-fnv §2 defines it; unsigned. */
export function fnv1a(text: string): number {
  let hash = offsetBasis;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return hashBytes(Buffer.from(text));
    hash = Math.imul(hash ^ unit, prime);
  }
  return hash >>> 0;
}

/** 0 … `partitions` − 1. The same key always gives the same partition: order per key rests on it. */
export function partitionOf(key: string, partitions: number): number {
  return fnv1a(key) % partitions;
}

function hashBytes(bytes: Buffer): number {
  let hash = offsetBasis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}
