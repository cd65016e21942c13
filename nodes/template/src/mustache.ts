import type { Message } from '@dojot/node-kit';
import Mustache from 'mustache';

type Segment = string | ((message: Message) => string);

/**
 * Compiles a mustache template that holds only text and fields of the message; undefined for any other (sections,
 * partials, contexts, environment).
 *
 * @param forJson control characters inside texts are escaped as JSON wants them
 */
export function compileMustache(template: string, forJson: boolean): ((message: Message) => string) | undefined {
  const segments: Segment[] = [];
  for (const [type, value] of new Mustache.Writer().parse(template)) {
    const segment = segmentOf(type, value, forJson);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return (message) => {
    let result = '';
    for (const segment of segments) result += typeof segment === 'string' ? segment : segment(message);
    return result;
  };
}

function segmentOf(type: string, value: string, forJson: boolean): Segment | undefined {
  if (type === 'text') return value;
  if (type === '!') return '';
  const isField = (type === 'name' || type === '&') && value !== '.' && !/^(flow|global|env)[.[]/.test(value);
  if (!isField) return undefined;
  const parts = value.split('.');
  const isEscaped = type === 'name';
  return (message) => textOf(lookUp(message, parts), isEscaped, forJson);
}

/** As mustache looks a name up: whatever an object has, and what a text or a number has of its own. */
function lookUp(message: Message, parts: readonly string[]): unknown {
  let value: unknown = message;
  for (const part of parts) {
    if (value === null || value === undefined) return undefined;
    if (typeof value !== 'object' && !Object.hasOwn(Object(value), part)) return undefined;
    value = Reflect.get(Object(value), part);
  }
  return typeof value === 'function' ? value.call(message) : value;
}

const escapedCharacters = /[&<>"'`=/]/;

function textOf(value: unknown, isEscaped: boolean, forJson: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' && forJson ? escapeForJson(value) : String(value);
  return isEscaped && escapedCharacters.test(text) ? Mustache.escape(text) : text;
}

const jsonEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\f': '\\f',
  '\b': '\\b',
};

function escapeForJson(text: string): string {
  return text.replace(/[\\\n\t\r\f\b]/g, (character) => jsonEscapes[character] ?? character);
}
