import { jsonCopy } from './json-copy.ts';
import type { Message } from './platform.ts';

/** A message path of dojot flow JSON, split once (contract flows-and-nodes §5.1): `payload.data.attrs.temperature`. */
export interface MessagePath {
  readonly text: string;
  readonly parts: readonly string[];
}

/** Parts that would lead from the data to the machinery of JavaScript. */
export const forbiddenParts: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
/** What Node-RED's own machinery keeps on a message: not part of it for a flow author (contract §6.3). */
const internalFields = new Set(['_msgid', '_event', '_linkSource', '_session', '_error']);

/** Splits a path. Empty parts vanish. Throws on the parts that lead out of the data. */
export function parsePath(text: string): MessagePath {
  const parts = text.split('.').filter((part) => part !== '');
  const forbidden = parts.find((part) => forbiddenParts.has(part));
  if (forbidden !== undefined) throw new Error(`The path ${text} holds the forbidden part ${forbidden}`);
  return { text, parts };
}

/** The value at a path, own properties only. Throws `Unknown property <path> requested` when a part is missing. */
export function readPath(message: Message, path: MessagePath): unknown {
  const value = path.parts.length === 0 ? undefined : walk(message, path);
  if (value === undefined) throw unknownProperty(path);
  return value;
}

/** As `readPath`, but a missing part gives undefined (contract §5.1 "get in `switch` only"). Throws when it meets null. */
export function peekPath(message: Message, path: MessagePath): unknown {
  if (path.parts.length === 0) throw unknownProperty(path);
  return walk(message, path);
}

/** As `peekPath`, but nothing is found beyond null and on the empty path. */
export function findPath(message: Message, path: MessagePath): unknown {
  return path.parts.length === 0 ? undefined : walk(message, path, true);
}

function walk(message: Message, path: MessagePath, forgivesNull = false): unknown {
  const { parts } = path;
  if (isInternal(path)) return undefined;
  let value: unknown = message;
  for (const part of parts) {
    if (value === null) {
      if (forgivesNull) return undefined;
      throw unknownProperty(path);
    }
    if (typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/**
 * Sets the value at a path to a JSON copy of it; missing intermediate parts become objects. Throws when an intermediate is
 * a scalar or null, and on an empty path.
 */
export function writePath(message: Message, path: MessagePath, value: unknown): void {
  const { holder, key } = holderOf(message, path, true);
  const copied = jsonCopy(value);
  if (copied === undefined) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, copied);
}

/** Removes the value at a path; nothing happens when it is not there. An element of a list closes the gap. */
export function deletePath(message: Message, path: MessagePath): void {
  if (findPath(message, path) === undefined) return;
  const { holder, key } = holderOf(message, path, false);
  if (Array.isArray(holder) && Number.isInteger(Number(key))) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}

function holderOf(message: Message, path: MessagePath, create: boolean): { holder: object; key: string } {
  const key = path.parts.at(-1);
  if (key === undefined || isInternal(path)) throw new Error(`The property ${path.text} cannot be set`);
  let holder: object = message;
  for (let i = 0; i < path.parts.length - 1; i++) {
    const part = path.parts[i] ?? '';
    if (create && !Object.hasOwn(holder, part)) Reflect.set(holder, part, {});
    const next: unknown = Reflect.get(holder, part);
    if (typeof next !== 'object' || next === null) throw new Error(`The property ${path.text} cannot be set`);
    holder = next;
  }
  return { holder, key };
}

/** The message as flow authors know it: without the fields of the engine. The same object when it has none. */
export function withoutInternals(message: Message): Message {
  const keys = Object.keys(message);
  if (!keys.some((key) => internalFields.has(key))) return message;
  return Object.fromEntries(keys.filter((key) => !internalFields.has(key)).map((key) => [key, message[key]]));
}

function isInternal(path: MessagePath): boolean {
  return internalFields.has(path.parts[0] ?? '');
}

function unknownProperty(path: MessagePath): Error {
  return new Error(`Unknown property ${path.text} requested`);
}
