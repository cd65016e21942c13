/** From the attributes a client sends to those a template keeps (contract devices-templates-ops §1.2.2, §1.5). */
import type {
  AttributeBody,
  AttributeUpdateBody,
  MetadataBody,
  MetadataUpdateBody,
} from '../../contract/rest/device-bodies.ts';
import type { AttributeDocument, MetadataDocument } from './documents.ts';
import type { Timestamps } from './timestamps.ts';

/** Hands out the ids reserved for a change, one by one. */
export type IdSource = () => number;

type EntryBody = AttributeBody | MetadataBody | AttributeUpdateBody | MetadataUpdateBody;

type Entry = Pick<MetadataDocument, 'label' | 'type'>;
// As JSON: labels of metadata and types are any text, so that no character could stand between them.
const keyOf = ({ label, type }: Entry) => JSON.stringify([label, type]);

/** Whether two attributes share label and type. */
export function hasRepeated(attributes: readonly Entry[]): boolean {
  return new Set(attributes.map(keyOf)).size < attributes.length;
}

/** Ids the client chose. */
export function givenIds(bodies: readonly AttributeBody[]): number[] {
  return bodies.flatMap((body) => [body, ...(body.metadata ?? [])]).flatMap(({ id }) => id ?? []);
}

export function newAttributes(
  bodies: readonly AttributeBody[],
  nextId: IdSource,
  now: Timestamps,
): AttributeDocument[] {
  // All attributes get their ids before any metadata, as in the reference objects of §1.2.3.
  const entries = bodies.map((body) => ({ body, entry: newEntry(body, nextId, now) }));
  return sorted(
    entries.map(({ body, entry }) => ({
      ...entry,
      metadata: (body.metadata ?? []).map((each) => newEntry(each, nextId, now)),
    })),
  );
}

/** How many ids `mergeAttributes` will ask for. */
export function countNew(stored: readonly AttributeDocument[], bodies: readonly AttributeUpdateBody[]): number {
  const byKey = indexed(stored);
  return bodies.reduce((count, body) => {
    const present = byKey.get(keyOf(body));
    const ofMetadata = indexed(present?.metadata ?? []);
    const metadata = (body.metadata ?? []).filter((each) => !ofMetadata.has(keyOf(each))).length;
    return count + metadata + (present ? 0 : 1);
  }, 0);
}

/**
 * A template's attributes after a PUT: matched by label and type, not by id. What is matched keeps id and creation time,
 * what is not sent goes, what is new gets a new id; metadata that are not mentioned stay as they are.
 */
export function mergeAttributes(
  stored: readonly AttributeDocument[],
  bodies: readonly AttributeUpdateBody[],
  nextId: IdSource,
  now: Timestamps,
): AttributeDocument[] {
  const byKey = indexed(stored);
  return sorted(
    bodies.map((body) => {
      const present = byKey.get(keyOf(body));
      const entry = present ? mergeEntry(present, body, now) : newEntry(body, nextId, now);
      return { ...entry, metadata: mergeMetadata(present?.metadata ?? [], body.metadata, nextId, now) };
    }),
  );
}

function mergeMetadata(
  stored: readonly MetadataDocument[],
  bodies: readonly MetadataUpdateBody[] | undefined,
  nextId: IdSource,
  now: Timestamps,
): readonly MetadataDocument[] {
  if (!bodies) return stored;
  const byKey = indexed(stored);
  return bodies.map((body) => {
    const present = byKey.get(keyOf(body));
    return present ? mergeEntry(present, body, now) : newEntry(body, nextId, now);
  });
}

/** With the id the client chose, if it did. */
function newEntry(body: EntryBody, nextId: IdSource, now: Timestamps): MetadataDocument {
  const { label, type, static_value } = body;
  return {
    id: ('id' in body ? body.id : undefined) ?? nextId(),
    label,
    type,
    valueType: body.value_type,
    ...withStaticValue(static_value),
    created: now(),
  };
}

function mergeEntry(stored: MetadataDocument, body: EntryBody, now: Timestamps): MetadataDocument {
  const value = body.static_value ?? undefined;
  const same = stored.valueType === body.value_type && stored.staticValue === value;
  const { id, label, type, created, updated } = same ? stored : { ...stored, updated: now() };
  return {
    id,
    label,
    type,
    valueType: body.value_type,
    ...withStaticValue(value),
    created,
    ...(updated === undefined ? {} : { updated }),
  };
}

function withStaticValue(value: string | null | undefined): { readonly staticValue?: string } {
  return (value ?? null) === null ? {} : { staticValue: String(value) };
}

function indexed<T extends Entry>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [keyOf(entry), entry]));
}

function sorted(attributes: readonly AttributeDocument[]): AttributeDocument[] {
  return attributes.toSorted((a, b) => a.id - b.id);
}
