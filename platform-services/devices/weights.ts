/**
 * How large a device is: one for each attribute and each metadata, and one more for every 100 characters of its value.
 * What it costs to write a device and to publish its events grows with that.
 */
import type { DeviceShape } from '../../contract/rest/device-shapes.ts';
import type { DeviceDocument, MetadataDocument, TemplateDocument } from './documents.ts';
import type { TemplatesByNumber } from './wire.ts';

export const charactersOfOne = 100;

export function weightOfTemplate({ attributes }: TemplateDocument): number {
  return sum(attributes, (attribute) => weightOfEntry(attribute) + sum(attribute.metadata, weightOfEntry));
}

/** Of the attributes of a device. */
export function weightOf(templates: readonly TemplateDocument[], overrides: DeviceDocument['overrides']): number {
  return sum(templates, weightOfTemplate) + weightOfValues(overrides);
}

/** Short ones are part of their attribute. */
function weightOfValues(overrides: DeviceDocument['overrides']): number {
  return sum(Object.values(overrides), weightOfText);
}

/** Of devices whose templates are among the known: their own weight once for every event they owe. */
export function scales(known: TemplatesByNumber): (device: DeviceDocument) => number {
  const weights = new Map<number, number>();
  const weightOfNumber = (number: number): number => {
    const template = known.get(number);
    const weight = weights.get(number) ?? (template ? weightOfTemplate(template) : 0);
    weights.set(number, weight);
    return weight;
  };
  return ({ templates, overrides, pending }) => {
    const now = 1 + sum(templates, weightOfNumber) + weightOfValues(overrides);
    return Math.max(
      now,
      sum(pending, ({ device }) => (device ? weightOfShape(device) : now)),
    );
  };
}

function weightOfShape({ attrs }: DeviceShape): number {
  const attributes = Object.values(attrs).flat();
  const entries = attributes.flatMap((attribute) => [attribute, ...(attribute.metadata ?? [])]);
  return 1 + entries.length + sum(entries, ({ static_value }) => weightOfText(static_value ?? ''));
}

function weightOfEntry({ staticValue = '' }: MetadataDocument): number {
  return 1 + weightOfText(staticValue);
}

function weightOfText(text: string): number {
  return Math.floor(text.length / charactersOfOne);
}

function sum<T>(all: readonly T[], weight: (one: T) => number): number {
  return all.reduce((total, one) => total + weight(one), 0);
}
