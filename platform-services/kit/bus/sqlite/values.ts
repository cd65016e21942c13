/** Reads what SQLite returns as the type the schema of the log promises. */
import type { SQLOutputValue } from 'node:sqlite';

export function integer(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`an integer was expected, not ${typeof value}`);
  return value;
}

export function text(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`);
  return value;
}

/** A JSON array of integers. */
export function integers(value: SQLOutputValue | undefined): number[] {
  const list: unknown = JSON.parse(text(value));
  if (!Array.isArray(list)) throw new TypeError('a list of integers was expected');
  return list.map(Number);
}
