/**
 * JSON as text: its shape, and the very characters of one member. Both walk the text without recursion, so no
 * input is too deep for them.
 */

export interface TextShape {
  /** The deepest nesting of lists and objects; that of `{}` is 1. */
  readonly depth: number;
  /** Commas and opening brackets: about as many values as it has. */
  readonly parts: number;
}

/** The text need not be valid JSON. */
export function shapeOf(text: string): TextShape {
  let depth = 0;
  let deepest = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === ',') parts++;
    else if (char === '{' || char === '[') {
      parts++;
      deepest = Math.max(deepest, ++depth);
    } else if (char === '}' || char === ']') depth--;
  }
  return { depth: deepest, parts };
}

/**
 * The text of a member's value in an object, byte for byte; of several members with one name the last counts, as in
 * `JSON.parse`. `text` must be valid JSON. Undefined when it is no object or has no such member.
 */
export function rawMember(text: string, name: string): string | undefined {
  let at = skipBlanks(text, 0);
  if (text[at] !== '{') return undefined;
  let found: string | undefined;
  at = skipBlanks(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const begin = skipBlanks(text, skipBlanks(text, keyEnd) + 1);
    const end = endOfValue(text, begin);
    if (key === name) found = text.slice(begin, end);
    at = skipBlanks(text, end);
    if (text[at] === ',') at = skipBlanks(text, at + 1);
  }
  return found;
}

/** Position after the string that begins at `begin`; the end of the text when it never ends. */
function endOfString(text: string, begin: number): number {
  for (let quote = text.indexOf('"', begin + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function endOfValue(text: string, begin: number): number {
  const first = text[begin];
  if (first === '"') return endOfString(text, begin);
  return first === '{' || first === '[' ? endOfNested(text, begin) : endOfWord(text, begin);
}

function endOfNested(text: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Numbers, `true`, `false`, `null`. */
function endOfWord(text: string, begin: number): number {
  let at = begin;
  while (at < text.length && !',}] \t\n\r'.includes(text[at] ?? '')) at++;
  return at;
}

function skipBlanks(text: string, begin: number): number {
  let at = begin;
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at++;
  return at;
}
