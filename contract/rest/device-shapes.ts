/** How templates and devices look in answers and on the bus (contract devices-templates-ops §1.2). */
import { z } from 'zod';

const dateTime = z.string().describe('`2024-03-01T09:15:42.120045+00:00`; the fraction is absent when it is 0');

export const metadataShape = z.object({
  id: z.int(),
  label: z.string(),
  type: z.string(),
  value_type: z.string(),
  static_value: z.string().nullable(),
  is_static_overridden: z.boolean().optional(),
  created: dateTime,
  updated: dateTime.nullable(),
});
export type MetadataShape = z.infer<typeof metadataShape>;

export const attributeShape = z.object({
  id: z.int(),
  label: z.string(),
  type: z.string(),
  value_type: z.string(),
  static_value: z.string().optional(),
  is_static_overridden: z.boolean().optional().describe('only in devices, where `static_value` exists'),
  template_id: z.string(),
  created: dateTime,
  updated: dateTime.optional(),
  metadata: z.array(metadataShape).optional(),
});
export type AttributeShape = z.infer<typeof attributeShape>;

export const templateShape = z.object({
  id: z.int(),
  label: z.string(),
  created: dateTime,
  updated: dateTime.optional(),
  attrs: z.array(attributeShape).optional(),
  data_attrs: z.array(attributeShape).optional().describe('`static`, `dynamic` and `actuator`'),
  config_attrs: z.array(attributeShape).optional().describe('every other type'),
});
export type TemplateShape = z.infer<typeof templateShape>;

export const deviceShape = z.object({
  id: z.string(),
  label: z.string(),
  created: dateTime,
  updated: dateTime.optional(),
  templates: z.array(z.int()),
  attrs: z.record(z.string(), z.array(attributeShape)).describe('by template id'),
});
export type DeviceShape = z.infer<typeof deviceShape>;

export const paginationShape = z.object({
  page: z.int(),
  total: z.int().describe('number of pages, not of items'),
  has_next: z.boolean(),
  next_page: z.int().nullable(),
});
export type PaginationShape = z.infer<typeof paginationShape>;

export const errorShape = z.object({
  message: z.union([z.string(), z.array(z.string())]),
  status: z.int().optional(),
  errors: z.record(z.string(), z.unknown()).optional(),
});
