/**
 * `$like` as a function of the database: SQLite's own LIKE ignores case, and both LIKE and GLOB end at the first NUL of
 * pattern or text.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** Name of the function: pattern and value to 1 or 0. */
export const likeFunction = 'like_text';

export function defineLike(database: DatabaseSync): void {
  /** A statement asks for one pattern, row after row. */
  let last = { pattern: '', matches: likeMatcher('') };
  database.function(likeFunction, { deterministic: true }, (pattern: SQLOutputValue, value: SQLOutputValue) => {
    if (typeof pattern !== 'string' || typeof value !== 'string') return 0;
    if (last.pattern !== pattern) last = { pattern, matches: likeMatcher(pattern) };
    return last.matches(value) ? 1 : 0;
  });
}

/** `%` any run, `_` any one character, `\` takes the next one literally. */
export function likeMatcher(pattern: string): (text: string) => boolean {
  // The parts between runs are looked for one after the other; one expression for all would try every combination.
  const parts = partsOf(pattern).map((part, index, { length }) => {
    const isFirst = index === 0;
    const isLast = index === length - 1;
    return new RegExp(`${isFirst ? '^' : ''}${part}${isLast ? '$' : ''}`, 'gu');
  });
  return (text) => {
    let at = 0;
    return parts.every((part) => {
      part.lastIndex = at;
      const found = part.test(text);
      at = part.lastIndex;
      return found;
    });
  };
}

/** What lies between the `%`, as regular expressions. */
function partsOf(pattern: string): string[] {
  const parts = [''];
  for (const [found] of pattern.matchAll(/\\?./gsu)) {
    if (found === '%') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${found === '_' ? '[^]' : literal(found)}`);
  }
  return parts;
}

/** A backslash at the end stands for itself. */
function literal(found: string): string {
  const character = found.length > 1 && found.startsWith('\\') ? found.slice(1) : found;
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
