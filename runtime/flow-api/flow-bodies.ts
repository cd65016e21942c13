/** From the bytes of a request to a flow; the order of the checks is the contract's (flows-and-nodes §2). */
import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { flowChangeBody, newFlowBody } from '../../contract/rest/flows.ts';
import { isLargeList, isLongList } from '../flow-store/flow-size.ts';
import { invalidFlow } from '../flow-store/flow-source.ts';
import type { NewFlow } from '../flow-store/flow-store.ts';
import { rawMember, shapeOf } from '../flow-store/raw-json.ts';
import { errors } from './errors.ts';

/** Deeper lists and objects than any node's configuration; more would exhaust the stack of those who copy it. */
const deepest = 200;

/** The body of a POST. Throws `INVALID_JSON`, `MISSING_FIELD` (name first) or `INVALID_FLOW`. */
export function readNewFlow(body: Buffer): NewFlow {
  const { text, json } = readObject(body);
  for (const field of ['name', 'flow']) {
    if (!Object.hasOwn(json, field)) throw errors.MISSING_FIELD(field);
  }
  const { name, enabled } = checked(newFlowBody, json);
  return { name, enabled: enabled ?? true, source: rawMember(text, 'flow') ?? '[]' };
}

/** The body of a PUT; absent, null and an empty name leave the flow as it is. */
export function readFlowChange(body: Buffer): Partial<NewFlow> {
  const { text, json } = readObject(body);
  const { name, enabled, flow } = checked(flowChangeBody, json);
  const source = flow ? rawMember(text, 'flow') : undefined;
  return {
    ...(name ? { name } : {}),
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(source === undefined ? {} : { source }),
  };
}

function readObject(body: Buffer): { readonly text: string; readonly json: object } {
  const text = readText(body);
  const { depth, parts } = shapeOf(text);
  if (depth > deepest) throw errors.INVALID_JSON(`it nests deeper than ${deepest} levels`);
  refuseLarge(isLongList(parts));
  const json = parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw errors.INVALID_JSON('it is something else');
  // Counting is quick; the schema takes seconds for what is far too much.
  if ('flow' in json && Array.isArray(json.flow)) refuseLarge(isLargeList(json.flow));
  return { text, json };
}

function refuseLarge(reason: string | undefined): void {
  if (reason) throw invalidFlow(reason);
}

/** Refuses bytes that are not UTF-8: they could not be given back as they came. */
function readText(body: Buffer): string {
  if (!isUtf8(body)) throw errors.INVALID_JSON('it is not UTF-8');
  return new TextDecoder().decode(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw errors.INVALID_JSON('it cannot be parsed');
    throw error;
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, json: object): z.infer<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidFlow(issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown');
}
