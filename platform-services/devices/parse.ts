/** From request bodies to typed values, or to the errors of contract devices-templates-ops §1.3. */
import type { z } from 'zod';
import {
  type ActuationBody,
  actuationBody,
  type DeviceBody,
  type DeviceUpdateBody,
  deviceBatchBody,
  deviceBody,
  deviceUpdateBody,
  type TemplateBody,
  type TemplateUpdateBody,
  templateBody,
  templateUpdateBody,
} from '../../contract/rest/device-bodies.ts';
import type { PlatformError } from '../kit/errors.ts';
import { jsonBody, parsedJson } from '../kit/http/json-body.ts';
import type { ApiRequest } from '../kit/http/route.ts';
import { refuseLongLists } from './body-limits.ts';
import { deviceCheckFailed, errors, notParsed } from './errors.ts';

type Issue = z.core.$ZodIssue;

/** Nobody reads more, and the answer must not outgrow the request. */
const mostSentences = 100;

/** Throws `NOT_JSON`; parameters of the content type (charset) are accepted. */
export function readJson(request: Pick<ApiRequest, 'headers' | 'body'>): unknown {
  return withNumbersAsSent(jsonBody(request, errors.NOT_JSON), request.body);
}

/** The same without asking for a content type; numbers are numbers. */
export function readAnyJson(body: Buffer): unknown {
  return parsedJson(body, errors.NOT_JSON);
}

/**
 * Static values are texts (§1.2): a number among them is the text that was sent, as a number in JavaScript would lose digits.
 * `body` was parsed before.
 */
function withNumbersAsSent(parsed: unknown, body: Buffer): unknown {
  const text = body.toString('utf8');
  if (!/"static_value"\s*:\s*[-\d]/.test(text)) return parsed;
  try {
    return JSON.parse(text, keepSource);
  } catch (cause) {
    // Unlike reading JSON, visiting its values needs stack for every level.
    if (cause instanceof RangeError) throw notParsed('input', { _schema: ['Nested too deeply.'] });
    throw cause;
  }
}

/** The last argument of a reviver has the text of a value that is no list or object (ECMAScript 2026 §25.5.1). */
function keepSource(key: string, value: unknown, ...[context]: unknown[]): unknown {
  if (key !== 'static_value' || typeof value !== 'number') return value;
  if (typeof context !== 'object' || context === null || !('source' in context)) return value;
  return context.source;
}

export function parseTemplate(body: unknown): TemplateBody {
  return parse(templateBody, body, attributeError);
}

export function parseTemplateUpdate(body: unknown): TemplateUpdateBody {
  return parse(templateUpdateBody, body, attributeError);
}

/** In a batch an id is ignored, whatever it is (§1.2.1). */
export function parseNewDevice(body: unknown, count: number): DeviceBody {
  const schema: z.ZodType<DeviceBody> = count === 1 ? deviceBody : deviceBatchBody;
  return parse(schema, withoutEmptyOverrides(body), deviceError);
}

export function parseDeviceUpdate(body: unknown): DeviceUpdateBody {
  return parse(deviceUpdateBody, withoutEmptyOverrides(body), deviceError);
}

/** A command as it was sent, and all labels it names: the schema drops `__proto__`, which is an ordinary key in JSON. */
export function parseActuation(body: unknown): { readonly command: ActuationBody; readonly labels: readonly string[] } {
  const command = parse(actuationBody, body, () => undefined);
  return { command, labels: keysOf(body, 'attrs') };
}

function keysOf(body: unknown, field: string): string[] {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** Real clients send `"attrs": {}` for none. */
function withoutEmptyOverrides(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('attrs' in body)) return body;
  const { attrs, ...rest } = body;
  const empty = typeof attrs === 'object' && attrs !== null && !Array.isArray(attrs) && Object.keys(attrs).length === 0;
  return empty ? rest : body;
}

interface Failure {
  /** Of the first issue. */
  readonly path: readonly PropertyKey[];
  readonly issues: readonly Issue[];
}

function attributeError({ path: [field, index], issues }: Failure): PlatformError | undefined {
  if (field !== 'attrs' || typeof index !== 'number') return undefined;
  const ofThisAttribute = issues.filter(({ path }) => path[0] === 'attrs' && path[1] === index);
  return notParsed('attr', sentencesByField(ofThisAttribute, 2));
}

function deviceError({ path, issues }: Failure): PlatformError | undefined {
  const [field, index, key, ...deeper] = path;
  if (field === 'id') return deviceCheckFailed(issues[0]?.message ?? '');
  if (field !== 'attrs' || typeof index !== 'number') return undefined;
  const [issue] = issues;
  if (deeper.length === 0 && key !== undefined && issue?.message.startsWith('Missing')) {
    return deviceCheckFailed(`missing ${String(key)} attribute`);
  }
  return notParsed(
    'attr',
    sentencesByField(
      issues.filter(({ path: [, at] }) => at === index),
      2,
    ),
  );
}

/** `special` may know a better error than the general one. Issues of the body's own fields win over those of its lists. */
function parse<T>(schema: z.ZodType<T>, body: unknown, special: (failure: Failure) => PlatformError | undefined): T {
  refuseLongLists(body);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { issues } = result.error;
  const own = issues.filter(({ path }) => path.length < 2 && path[0] !== 'id');
  if (own.length > 0) throw notParsed('input', sentencesByField(own, 0));
  throw special({ path: issues[0]?.path ?? [], issues }) ?? notParsed('input', sentencesByField(issues, 0));
}

interface Sentences {
  [field: string]: string[] | Sentences;
}

/** `{label: [...], metadata: {0: {label: [...]}}}`; the first `skip` steps of the paths are left out; of the first errors only. */
function sentencesByField(issues: readonly Issue[], skip: number): Sentences {
  const root: Sentences = {};
  for (const issue of issues.slice(0, mostSentences)) {
    const wholeObject = issue.code === 'invalid_type' && issue.expected === 'object';
    const path = [...issue.path.slice(skip), ...(wholeObject ? ['_schema'] : [])].map(String);
    place(root, path, issue.message);
  }
  return root;
}

function place(into: Sentences, [field = '_schema', ...deeper]: readonly string[], sentence: string): void {
  const present = into[field];
  if (deeper.length === 0) {
    into[field] = Array.isArray(present) ? [...present, sentence] : [sentence];
    return;
  }
  const child = present === undefined || Array.isArray(present) ? {} : present;
  into[field] = child;
  place(child, deeper, sentence);
}
