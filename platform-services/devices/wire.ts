/** Templates and devices as clients and consumers see them (contract devices-templates-ops §1.2). */
import type { AttributeShape, DeviceShape, MetadataShape, TemplateShape } from '../../contract/rest/device-shapes.ts';
import type { AttributeDocument, DeviceDocument, MetadataDocument, TemplateDocument } from './documents.ts';

export type AttrFormat = 'both' | 'single' | 'split';

/** By number. */
export type TemplatesByNumber = ReadonlyMap<number, TemplateDocument>;

/** Own values of a device by id; undefined: the attribute is shown as part of its template. */
type Overrides = Readonly<Record<string, string>> | undefined;

const dataTypes: ReadonlySet<string> = new Set(['static', 'dynamic', 'actuator']);

export function renderTemplate(template: TemplateDocument, format: AttrFormat = 'both'): TemplateShape {
  const attrs = template.attributes.map((attribute) => renderAttribute(attribute, template.id, undefined));
  return {
    id: template.number,
    label: template.label,
    created: template.created,
    ...(template.updated === undefined ? {} : { updated: template.updated }),
    ...(format === 'split' ? {} : { attrs }),
    ...(format === 'single'
      ? {}
      : {
          data_attrs: attrs.filter(({ type }) => dataTypes.has(type)),
          config_attrs: attrs.filter(({ type }) => !dataTypes.has(type)),
        }),
  };
}

export function renderDevice(device: DeviceDocument, templates: TemplatesByNumber): DeviceShape {
  const attrs = device.templates.map((number): [string, AttributeShape[]] => {
    const template = templates.get(number);
    const attributes = template?.attributes ?? [];
    return [String(number), attributes.map((each) => renderAttribute(each, String(number), device.overrides))];
  });
  return {
    id: device.id,
    label: device.label,
    created: device.created,
    ...(device.updated === undefined ? {} : { updated: device.updated }),
    templates: [...device.templates],
    attrs: Object.fromEntries(attrs),
  };
}

function renderAttribute(attribute: AttributeDocument, templateId: string, overrides: Overrides): AttributeShape {
  const { id, label, type, created, updated, metadata } = attribute;
  const value = overrides?.[id] ?? attribute.staticValue;
  return {
    id,
    label,
    type,
    value_type: attribute.valueType,
    ...(value === undefined ? {} : { static_value: value }),
    ...(overrides && value !== undefined ? { is_static_overridden: overrides[id] !== undefined } : {}),
    template_id: templateId,
    created,
    ...(updated === undefined ? {} : { updated: updated }),
    ...(metadata.length > 0 ? { metadata: metadata.map((entry) => renderMetadata(entry, overrides)) } : {}),
  };
}

/** Unlike attributes, metadata show what is absent as null. */
function renderMetadata(entry: MetadataDocument, overrides: Overrides): MetadataShape {
  const { id, label, type, created, updated } = entry;
  return {
    id,
    label,
    type,
    value_type: entry.valueType,
    static_value: overrides?.[id] ?? entry.staticValue ?? null,
    ...(overrides ? { is_static_overridden: overrides[id] !== undefined } : {}),
    created,
    updated: updated ?? null,
  };
}
