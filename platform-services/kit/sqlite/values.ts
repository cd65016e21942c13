/** Reads what SQLite returns as the type the schema of the file promises. */
import type { SQLOutputValue } from 'node:sqlite';

export function numberOf(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`);
  return value;
}

export function textOf(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`);
  return value;
}

/** Of a JSON array of numbers. */
export function numbersOf(value: SQLOutputValue | undefined): number[] {
  const list: unknown = JSON.parse(textOf(value));
  if (!Array.isArray(list)) throw new TypeError('a list of numbers was expected');
  return list.map(Number);
}
