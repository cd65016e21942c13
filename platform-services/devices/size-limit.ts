/**
 * How much devices may be and one request may write. Every event of a device shows all of it, and a change of a template is an
 * event of each of its devices: without bounds a few megabytes sent become gigabytes on the disk of all tenants.
 */
import type { DeviceChunks } from './chunks.ts';
import type { TemplateDocument } from './documents.ts';
import { errors } from './errors.ts';
import { keptOverrides } from './overrides.ts';
import { templatesOf } from './template-reader.ts';
import { charactersOfOne, weightOf, weightOfTemplate } from './weights.ts';

/** Attributes and metadata of one device, counted as in `weights.ts`. */
export const mostOfDevice = 5_000;
/** Of all devices that one request makes. */
export const mostWritten = 200_000;
/** Of all devices of a template that grows, counting what they have of that template. */
export const mostOfTemplate = 1_000_000;

/** For so many devices that weigh so much each. Throws `DEVICE_TOO_LARGE` or `TOO_MUCH`. */
export function refuseTooMuch(devices: number, weight: number): void {
  if (devices > 0) refuseTooLarge(weight);
  if (devices * weight > mostWritten) throw errors.TOO_MUCH(String(mostWritten), String(charactersOfOne));
}

function refuseTooLarge(weight: number): void {
  if (weight > mostOfDevice) throw errors.DEVICE_TOO_LARGE(String(mostOfDevice), String(charactersOfOne));
}

/**
 * For a template that would have more than before; `count`: its devices. One that is beyond the bounds already can still be
 * changed as long as it does not grow.
 */
export async function refuseGrowth(
  tenant: string,
  {
    before,
    after,
    count,
    chunks,
  }: { before: TemplateDocument; after: TemplateDocument; count: number; chunks: DeviceChunks },
): Promise<void> {
  const weight = weightOfTemplate(after);
  if (count === 0 || weight <= weightOfTemplate(before)) return;
  refuseTooLarge(weight);
  if (count * weight > mostOfTemplate) throw errors.TOO_MUCH(String(mostOfTemplate), String(charactersOfOne));
  for await (const { stored, templates } of chunks.matching(tenant, { live: true, templates: after.number })) {
    const then = new Map(templates).set(after.number, after);
    for (const { document } of stored) {
      const used = templatesOf(document, then);
      refuseTooLarge(weightOf(used, keptOverrides(document.overrides, used)));
    }
  }
}
