/** REST operations on templates and devices (contract devices-templates-ops §1.4–1.6). */
import { z } from 'zod';
import { actuationBody, deviceBody, deviceUpdateBody, templateBody, templateUpdateBody } from './device-bodies.ts';
import { deviceShape, errorShape, paginationShape, templateShape } from './device-shapes.ts';

/** What a list shows when it is not asked for a page. */
export const defaultPage = { number: 1, size: 20 };
/** Most devices of one request. */
export const largestBatch = 10_000;

const page = {
  page_num: z.coerce.number().int().min(1).default(defaultPage.number),
  page_size: z.coerce.number().int().min(1).default(defaultPage.size),
};
const filters = {
  attr: z.string().optional().describe('`LABEL=VALUE` of a static value; may be repeated, all must hold'),
  attr_type: z.string().optional().describe('value type of an attribute; may be repeated, all must hold'),
  label: z.string().optional().describe('part of the label; `%` any run, `_` any one character'),
  sortBy: z.literal('label').optional().describe('default: by id'),
};
const attrFormat = z.enum(['both', 'single', 'split']).default('both');

const answer = (description: string, body: z.ZodType) => ({ description, body });
const invalid = answer('The request is wrong; the message says where.', errorShape);
const unknown = answer('There is no such template or device.', errorShape);
const ok = z.literal('ok');

const templates = { tag: 'templates' } as const;
const devices = { tag: 'devices' } as const;

export const templateEndpoints = {
  list: {
    ...templates,
    method: 'get',
    path: '/template',
    summary: 'List templates.',
    query: z.object({ ...page, ...filters, attr_format: attrFormat }),
    responses: {
      200: answer('A page.', z.object({ pagination: paginationShape, templates: z.array(templateShape) })),
      400: invalid,
    },
  },
  create: {
    ...templates,
    method: 'post',
    path: '/template',
    summary: 'Create a template.',
    body: templateBody,
    responses: { 200: answer('The template.', z.object({ result: ok, template: templateShape })), 400: invalid },
  },
  get: {
    ...templates,
    method: 'get',
    path: '/template/{id}',
    summary: 'Read a template.',
    query: z.object({ attr_format: attrFormat }),
    responses: { 200: answer('The template.', templateShape), 404: unknown },
  },
  update: {
    ...templates,
    method: 'put',
    path: '/template/{id}',
    summary: 'Replace a template; its devices follow at once.',
    body: templateUpdateBody,
    responses: {
      200: answer('The new version.', z.object({ result: ok, updated: templateShape })),
      400: invalid,
      404: unknown,
    },
  },
  remove: {
    ...templates,
    method: 'delete',
    path: '/template/{id}',
    summary: 'Remove a template that no device uses.',
    responses: {
      200: answer('What it was.', z.object({ result: ok, removed: templateShape })),
      400: invalid,
      404: unknown,
    },
  },
  removeAll: {
    ...templates,
    method: 'delete',
    path: '/template',
    summary: 'Remove all templates, if no device uses any of them.',
    responses: {
      200: answer('What they were.', z.object({ result: ok, removed: z.array(templateShape) })),
      400: invalid,
    },
  },
} as const;

const devicePage = z.object({ pagination: paginationShape, devices: z.array(deviceShape) });
const updated = answer('The new version.', z.object({ message: z.literal('device updated'), device: deviceShape }));

export const deviceEndpoints = {
  list: {
    ...devices,
    method: 'get',
    path: '/device',
    summary: 'List devices.',
    query: z.object({
      ...page,
      ...filters,
      template: z.coerce.number().int().optional().describe('id of a template'),
      idsOnly: z.string().optional().describe('`true`, `1` or empty: a bare list of the ids of the page'),
    }),
    responses: { 200: answer('A page.', z.union([devicePage, z.array(z.string())])), 400: invalid },
  },
  create: {
    ...devices,
    method: 'post',
    path: '/device',
    summary: 'Create one device or many alike.',
    query: z.object({
      count: z.coerce
        .number()
        .int()
        .min(1)
        .max(largestBatch)
        .default(1)
        .describe('more than 1: labels get a running number'),
      verbose: z.string().optional().describe('`true`: answer with the whole device; only for one'),
    }),
    body: deviceBody,
    responses: {
      200: answer(
        'Ids and labels, or the whole device.',
        z.object({
          message: z.enum(['devices created', 'device created']),
          devices: z.array(z.union([deviceShape, deviceShape.pick({ id: true, label: true })])),
        }),
      ),
      400: invalid,
      404: unknown,
    },
  },
  removeAll: {
    ...devices,
    method: 'delete',
    path: '/device',
    summary: 'Remove all devices.',
    responses: { 200: answer('What they were.', z.object({ result: ok, removed_devices: z.array(deviceShape) })) },
  },
  ofTemplate: {
    ...devices,
    method: 'get',
    path: '/device/template/{template_id}',
    summary: 'List the devices of a template.',
    query: z.object(page),
    responses: { 200: answer('A page.', devicePage), 400: invalid },
  },
  get: {
    ...devices,
    method: 'get',
    path: '/device/{id}',
    summary: 'Read a device.',
    responses: { 200: answer('The device.', deviceShape), 404: unknown },
  },
  update: {
    ...devices,
    method: 'put',
    path: '/device/{id}',
    summary: 'Replace a device; values of its own that are not sent are dropped.',
    body: deviceUpdateBody,
    responses: { 200: updated, 400: invalid, 404: unknown },
  },
  remove: {
    ...devices,
    method: 'delete',
    path: '/device/{id}',
    summary: 'Remove a device.',
    responses: {
      200: answer('What it was.', z.object({ result: ok, removed_device: deviceShape })),
      404: unknown,
    },
  },
  actuate: {
    ...devices,
    method: 'put',
    path: '/device/{id}/actuate',
    summary: 'Send a command to a device.',
    body: actuationBody,
    responses: {
      200: answer('The command is durable on the bus.', z.object({ ' status': z.string(), status: z.string() })),
      400: invalid,
      403: answer(
        'Some attributes are no actuators; nothing was sent.',
        z.object({ status: z.string(), attrs: z.array(z.string()) }),
      ),
      404: unknown,
    },
  },
  addTemplate: {
    ...devices,
    method: 'post',
    path: '/device/{id}/template/{template_id}',
    summary: 'Add a template to a device.',
    responses: { 200: updated, 400: invalid, 404: unknown },
  },
  dropTemplate: {
    ...devices,
    method: 'delete',
    path: '/device/{id}/template/{template_id}',
    summary: 'Take a template from a device.',
    responses: { 200: updated, 404: unknown },
  },
} as const;
