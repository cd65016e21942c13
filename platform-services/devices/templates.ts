/** The operations on templates (contract devices-templates-ops §1.5). */
import type { PaginationShape, TemplateShape } from '../../contract/rest/device-shapes.ts';
import type { Condition, Stored } from '../kit/store/store.ts';
import type { DeviceChunks } from './chunks.ts';
import type { Delivery } from './delivery.ts';
import type { CachedDirectory } from './directory.ts';
import type { AttributeDocument, Collections, TemplateDocument } from './documents.ts';
import { errors } from './errors.ts';
import { sorting, templateFilter } from './filters.ts';
import { pagination, readPage, window } from './pages.ts';
import { parseTemplate, parseTemplateUpdate } from './parse.ts';
import type { Sequences } from './sequences.ts';
import { refuseGrowth } from './size-limit.ts';
import { countNew, givenIds, hasRepeated, mergeAttributes, newAttributes } from './template-attributes.ts';
import type { TemplateReader } from './template-reader.ts';
import type { TenantLock } from './tenant-lock.ts';
import { attributeTerm, idTerm, templateTerms } from './terms.ts';
import type { Timestamps } from './timestamps.ts';
import { type AttrFormat, renderTemplate } from './wire.ts';

export interface TemplateOperations {
  /** `query` as in the URL: pagination, filters, `sortBy`, `attr_format`. */
  listTemplates(
    tenant: string,
    query: URLSearchParams,
  ): Promise<{ readonly pagination: PaginationShape; readonly templates: AsyncIterable<TemplateShape> }>;
  getTemplate(tenant: string, id: string, format?: AttrFormat): Promise<TemplateShape>;
  /** `body` is checked like that of a request: `{label, attrs: [{label, type, value_type, static_value?, metadata?}]}`. */
  createTemplate(tenant: string, body: unknown): Promise<TemplateShape>;
  /** Resolves when every device of the template has followed. */
  updateTemplate(tenant: string, id: string, body: unknown): Promise<TemplateShape>;
  removeTemplate(tenant: string, id: string): Promise<TemplateShape>;
  /**
   * Removes them while the result is read, and what is left when the reader stops. Throws `TEMPLATE_IN_USE` at the first one
   * when any is; one that comes into use meanwhile stays, and so do those behind it.
   */
  removeAllTemplates(tenant: string): AsyncIterable<TemplateShape>;
}

interface Needs {
  readonly collections: Collections;
  readonly chunks: DeviceChunks;
  readonly reader: TemplateReader;
  readonly sequences: Sequences;
  readonly now: Timestamps;
  readonly lock: TenantLock;
  readonly delivery: Delivery;
  readonly directory: CachedDirectory;
}

/** Templates that are removed at once: each may be large. */
const templatesPerRemoval = 100;

export function templateOperations({
  collections: { templates, devices },
  chunks,
  reader,
  sequences,
  now,
  lock,
  delivery,
  directory,
}: Needs): TemplateOperations {
  async function existing(tenant: string, id: string): Promise<Stored<TemplateDocument>> {
    const stored = await templates.get(tenant, id);
    if (!stored) throw errors.UNKNOWN_TEMPLATE(id);
    return stored;
  }

  async function refuseTakenIds(tenant: string, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const taken = await templates.find(tenant, { terms: { $in: ids.map(idTerm) } }, { limit: 1 });
    if (taken.length > 0 || new Set(ids).size < ids.length) throw errors.TEMPLATE_CONSTRAINT();
  }

  /** A new attribute must not be one that a device has from another of its templates. */
  async function refuseConflicts(tenant: string, number: number, added: readonly AttributeDocument[]): Promise<void> {
    if (added.length === 0) return;
    const others = await reader.having(tenant, added.map(attributeTerm));
    if (others.length === 0) return;
    const filter = { $and: [{ live: true, templates: number }, { templates: { $in: others } }] };
    const [clash] = await devices.find(tenant, filter, { sort: [{ field: 'id' }], limit: 1 });
    if (!clash) return;
    const theirs = clash.document.templates.filter((each) => others.includes(each));
    const known = await reader.of(tenant, [{ templates: theirs }]);
    const present = new Set([...known.values()].flatMap(({ attributes }) => attributes.map(attributeTerm)));
    const attribute = added.find((each) => present.has(attributeTerm(each)));
    if (attribute) throw errors.ATTRIBUTE_CONFLICT(attribute.label, String(attribute.id));
  }

  async function isUsed(tenant: string, numbers: Condition): Promise<boolean> {
    return (await devices.ids(tenant, { live: true, templates: numbers }, { limit: 1 })).length > 0;
  }

  /** Some of those behind `after`, by number; none when they are in use. */
  async function removeFirst(tenant: string, after: number): Promise<TemplateDocument[]> {
    if (after === 0 && (await isUsed(tenant, { $gt: 0 }))) throw errors.TEMPLATE_IN_USE();
    const options = { sort: [{ field: 'number' }], limit: templatesPerRemoval };
    for await (const page of templates.pages(tenant, { number: { $gt: after } }, options)) {
      const found = page.map(({ document }) => document);
      if (await isUsed(tenant, { $in: found.map(({ number }) => number) })) return [];
      await templates.removeMany(tenant, { id: { $in: found.map(({ id }) => id) } });
      return found;
    }
    return [];
  }

  return {
    async listTemplates(tenant, query) {
      const page = readPage(query);
      const filter = templateFilter(query);
      const items = await templates.count(tenant, filter);
      const options = { sort: sorting(query, 'number'), ...window(page) };
      const shown = shapes(templates.pages(tenant, filter, options), readAttrFormat(query));
      return { pagination: pagination(page, items), templates: shown };
    },

    async getTemplate(tenant, id, format) {
      return renderTemplate((await existing(tenant, id)).document, format);
    },

    async createTemplate(tenant, body) {
      const { label, attrs } = parseTemplate(body);
      if (hasRepeated(attrs) || attrs.some(({ metadata }) => hasRepeated(metadata ?? []))) {
        throw errors.TEMPLATE_CONSTRAINT();
      }
      return lock.run(tenant, async () => {
        const given = givenIds(attrs);
        await sequences.refuseFar(tenant, given);
        await refuseTakenIds(tenant, given);
        const created = now();
        const nextId = await sequences.reserveAttributes(tenant, countNew([], attrs) - given.length, given);
        const attributes = newAttributes(attrs, nextId, now);
        const number = await sequences.nextTemplate(tenant);
        const terms = templateTerms(attributes);
        const document = { id: String(number), number, label, created, attributes, terms, propagating: false };
        await templates.insert(tenant, document);
        return renderTemplate(document);
      });
    },

    updateTemplate(tenant, id, body) {
      return lock.run(tenant, async () => {
        const { document: before, revision } = await existing(tenant, id);
        const { label, attrs } = parseTemplateUpdate(body);
        if (hasRepeated(attrs)) throw errors.REPEATED_TEMPLATE_ATTRIBUTE();
        const nextId = await sequences.reserveAttributes(tenant, countNew(before.attributes, attrs));
        const attributes = mergeAttributes(before.attributes, attrs, nextId, now);
        const known = new Set(before.attributes.map((attribute) => attribute.id));
        const added = attributes.filter((attribute) => !known.has(attribute.id));
        await refuseConflicts(tenant, before.number, added);
        const terms = templateTerms(attributes);
        const document = { ...before, label, updated: now(), attributes, terms, propagating: true };
        const count = await devices.count(tenant, { live: true, templates: document.number });
        await refuseGrowth(tenant, { before, after: document, count, chunks });
        await templates.replace(tenant, document, revision);
        directory.forgetTenant(tenant);
        await delivery.attemptAll(tenant);
        return renderTemplate(document);
      });
    },

    removeTemplate(tenant, id) {
      return lock.run(tenant, async () => {
        const { document, revision } = await existing(tenant, id);
        if (await isUsed(tenant, { $eq: document.number })) throw errors.TEMPLATE_IN_USE();
        await templates.remove(tenant, id, revision);
        return renderTemplate(document);
      });
    },

    async *removeAllTemplates(tenant) {
      /** Undefined at the end, and after a failure. */
      let after: number | undefined = 0;
      const removeNext = async (): Promise<TemplateDocument[]> => {
        const from = after ?? 0;
        after = undefined;
        const removed = await lock.run(tenant, () => removeFirst(tenant, from));
        after = removed.at(-1)?.number;
        return removed;
      };
      try {
        while (after !== undefined) for (const template of await removeNext()) yield renderTemplate(template);
      } finally {
        while (after !== undefined) await removeNext();
      }
    },
  };
}

async function* shapes(
  pages: AsyncIterable<Stored<TemplateDocument>[]>,
  format: AttrFormat,
): AsyncGenerator<TemplateShape> {
  for await (const page of pages) for (const { document } of page) yield renderTemplate(document, format);
}

/** Other values mean `both`. */
export function readAttrFormat(query: URLSearchParams): AttrFormat {
  const format = query.get('attr_format');
  return format === 'single' || format === 'split' ? format : 'both';
}
