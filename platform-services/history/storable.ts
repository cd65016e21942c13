/**
 * What can be kept. Anything else would fail when it is written or read, and take along what comes with it: one value of
 * one device would stop the history of all.
 */
import { deepestReading, longestLabel } from '../../contract/limits.ts';
import type { Json } from '../kit/store/store.ts';

/** Of a label or a device's id. */
export function isShort(name: string): boolean {
  return name.length <= longestLabel;
}

/** Level by level instead of recursively: what this finds is what would overflow the stack. */
export function isShallow(value: Json | undefined): boolean {
  let level = isNested(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === deepestReading) return false;
    level = level.flatMap((outer) => Object.values<Json | undefined>(outer).filter(isNested));
  }
  return true;
}

function isNested(value: Json | undefined): value is Exclude<Json, string | number | boolean | null> {
  return typeof value === 'object' && value !== null;
}
