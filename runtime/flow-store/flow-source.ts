/** The text of a flow's list and its elements. */

import type { PlatformError } from '../../platform-services/kit/errors.ts';
import { flowErrors } from './errors.ts';
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

/** `reason` tells people more than the contract's one text for every defect (gui §4.18). */
export const invalidFlow = (reason: string): PlatformError => flowErrors.INVALID_FLOW().with({ reason });

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw invalidFlow('the flow is not JSON').because(cause);
  }
}
