/** Errors of the registry and their four forms on the wire (contract devices-templates-ops §1.3). */
import { catalogue, type PlatformError } from '../kit/errors.ts';
import type { ApiResponse } from '../kit/http/route.ts';

export const errors = catalogue({
  UNKNOWN_PATH: [404, 'Invalid endpoint requested'],
  NOT_JSON: [400, 'Payload must be valid JSON, and Content-Type set accordingly'],
  UNKNOWN_TEMPLATE: [404, (id) => `No such template: ${id}`],
  UNKNOWN_DEVICE: [404, (id) => `No such device: ${id}`],
  TEMPLATE_IN_USE: [400, 'Templates cannot be removed as they are being used by devices'],
  TEMPLATE_CONSTRAINT: [400, 'Template attribute constraints are violated by the request'],
  ID_TOO_LARGE: [400, (most) => `The id of an attribute or metadata may be at most ${most} here`],
  REPEATED_TEMPLATE_ATTRIBUTE: [
    400,
    'duplicate key value violates unique constraint "attrs_template_id_type_label_key"',
  ],
  ATTRIBUTE_CONFLICT: [400, (label, id) => `Attribute ${label} (${id}) has standing conflicts`],
  ASSOCIATION_CONFLICT: [
    400,
    (template, device) =>
      `Template (${template}) cannot be added to device (${device}) as it has standing attribute conflicts`,
  ],
  NOT_ASSOCIATED: [404, (device, template) => `Device ${device} is not associated with template ${template}`],
  DEVICE_ID_TAKEN: [400, 'duplicate key value violates unique constraint "devices_pkey"'],
  NO_FREE_DEVICE_ID: [500, 'Failed to generate unique device_id'],
  COUNT_NOT_INTEGER: [400, 'If provided, count must be integer'],
  COUNT_OUT_OF_RANGE: [400, (most) => `count must be from 1 to ${most}`],
  TOO_MUCH: [
    400,
    (most, characters) =>
      `One request may write at most ${most} attributes and metadata of devices, and a value counts once more for every ${characters} characters`,
  ],
  DEVICE_TOO_LARGE: [
    400,
    (most, characters) =>
      `A device may have at most ${most} attributes and metadata, and a value counts once more for every ${characters} characters`,
  ],
  VERBOSE_BATCH: [400, 'Verbose can only be used for single device creation'],
  UNKNOWN_OVERRIDE_TEMPLATE: [400, (id) => `Unknown template ${id} in attr list`],
  UNKNOWN_OVERRIDE: [400, (id) => `Unknown attribute ${id} in override list`],
  UNKNOWN_METADATA_OVERRIDE: [400, (id) => `Unknown metadata attribute ${id} in override list`],
  TOO_DEEP: [400, (levels) => `The command is nested deeper than ${levels} levels`],
  PAGE_NOT_INTEGER: [400, 'page_size and page_num must be integers'],
  PAGE_NUMBER: [400, 'Page numbers must be greater than 1'],
  PAGE_SIZE: [400, 'At least one entry per page is mandatory'],
  ATTR_FILTER: [400, (text) => `Filter attr=${text} must have the form attr=LABEL=VALUE`],
  TOO_MANY_FILTERS: [400, (most) => `There may be at most ${most} different filters attr and attr_type`],
  DEVICE_CHECK_FAILED: [400, (sentence) => sentence],
  NOT_PARSED: [400, (what) => `failed to parse ${what}`],
  NOT_ACTUATORS: [403, 'some of the attributes are not configurable'],
  TEMPLATE_FILTER: [400, (text) => `Filter template=${text} must be an integer`],
});

/** Checks inside the creation and update of devices answer with a list of sentences. */
export function deviceCheckFailed(sentence: string): PlatformError {
  return errors.DEVICE_CHECK_FAILED(sentence).with({ message: [sentence], status: 400 });
}

/** `found`: sentences by field, nested as the body is. */
export function notParsed(what: 'input' | 'attr', found: Readonly<Record<string, unknown>>): PlatformError {
  const error = errors.NOT_PARSED(what);
  return error.with({ message: error.message, errors: found });
}

export function notActuators(labels: readonly string[]): PlatformError {
  const error = errors.NOT_ACTUATORS();
  return error.with({ status: error.message, attrs: labels });
}

/** The detail of these is their whole body. */
const withOwnBody: ReadonlySet<string> = new Set(['DEVICE_CHECK_FAILED', 'NOT_PARSED', 'NOT_ACTUATORS']);

export function renderError({ status, message, detail, code }: PlatformError): ApiResponse {
  if (withOwnBody.has(code)) return { status, body: detail };
  if (code === 'UNKNOWN_PATH') return { status, body: { msg: message } };
  if (status === 500 && code !== 'NO_FREE_DEVICE_ID') return { status, body: { msg: 'Internal Error' } };
  return { status, body: { message, status } };
}
