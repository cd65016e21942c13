/** The text of a flow's list and its elements. */

import { PlatformError } from '../../platform-services/kit/errors.ts';
import type { FlowElement } from './flow-content.ts';
import { isRecord } from './node-references.ts';

/**
 * The elements of a flow as sent over REST. Throws `INVALID_FLOW` (400) with a `reason` when the text is no list or an
 * element has no type (contract flows-and-nodes §2); everything else an author may have left out is accepted.
 */
export function parseFlowSource(source: string): FlowElement[] {
  const list = parseJson(source);
  if (!Array.isArray(list)) throw invalidFlow('"flow" is not a list');
  return list.map((element: unknown, index) => {
    if (!isRecord(element) || !Object.hasOwn(element, 'type')) throw invalidFlow(`element ${index + 1} has no type`);
    return element;
  });
}

/** The contract's one text for a flow that cannot be stored, with the reason beside it. */
export const invalidFlow = (reason: string, cause?: unknown): PlatformError =>
  new PlatformError('INVALID_FLOW', 400, 'Given flow is invalid', { reason }, cause);

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw invalidFlow('the flow is not JSON', cause);
  }
}
