/** Which templates a device may have together (contract devices-templates-ops §1.2.2). */
import type { TemplateDocument } from './documents.ts';
import { errors } from './errors.ts';
import { attributeTerm } from './terms.ts';

/** Throws `ASSOCIATION_CONFLICT` for the first template that is there already or repeats an attribute of those before it. */
export function refuseConflicts(deviceId: string, templates: readonly TemplateDocument[]): void {
  const attributes = new Set<string>();
  const numbers = new Set<number>();
  for (const { id, number, attributes: own } of templates) {
    const terms = own.map(attributeTerm);
    if (numbers.has(number) || terms.some((term) => attributes.has(term))) {
      throw errors.ASSOCIATION_CONFLICT(id, deviceId);
    }
    numbers.add(number);
    for (const term of terms) attributes.add(term);
  }
}
