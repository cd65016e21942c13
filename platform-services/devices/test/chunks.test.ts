import { describe, expect, test } from '@jest/globals';
import type { Stored } from '../../kit/store/store.ts';
import { inChunks } from '../chunks.ts';
import type { AttributeDocument, DeviceDocument, TemplateDocument } from '../documents.ts';
import { tombstone } from '../outbox.ts';
import { renderDevice, type TemplatesByNumber } from '../wire.ts';

const entry = { id: 1, label: 'a', type: 'dynamic', valueType: 'float', created: '' };
const many = <T>(count: number, one: T): T[] => Array<T>(count).fill(one);

function withTemplate(attributes: readonly AttributeDocument[]): TemplatesByNumber {
  const template: TemplateDocument = {
    id: '1',
    number: 1,
    label: 't',
    created: '',
    attributes,
    terms: [],
    propagating: false,
  };
  return new Map([[1, template]]);
}

const attributes = (count: number) => withTemplate(many(count, { ...entry, metadata: [] }));

function device(index: number, overrides: DeviceDocument['overrides'] = {}): Stored<DeviceDocument> {
  const parts = {
    label: 'd',
    created: '',
    templates: [1],
    overrides,
    unaltered: [],
    terms: [],
    pending: [],
    hasPending: false,
  };
  return { document: { id: String(index), live: true, ...parts }, revision: 1 };
}

const devices = (count: number) => Array.from({ length: count }, (_, index) => device(index));

async function chunksOf(stored: readonly Stored<DeviceDocument>[], templates: TemplatesByNumber) {
  const kept = { with: async () => templates, known: () => templates, dropOthers: () => undefined };
  const chunks: Stored<DeviceDocument>[][] = [];
  for await (const chunk of inChunks([stored.slice(0, 3), stored.slice(3)], kept)) chunks.push([...chunk.stored]);
  return chunks;
}

const sizes = async (stored: readonly Stored<DeviceDocument>[], templates: TemplatesByNumber) =>
  (await chunksOf(stored, templates)).map(({ length }) => length);

describe('a chunk of devices', () => {
  test('keeps their order and leaves none out', async () => {
    const stored = devices(10);
    expect((await chunksOf(stored, attributes(2000))).flat()).toEqual(stored);
    expect(await chunksOf([], attributes(1))).toEqual([]);
  });

  test('has up to 500 of them', async () => {
    expect(await sizes(devices(1001), attributes(1))).toEqual([500, 500, 1]);
  });

  test('has up to 10,000 of their attributes', async () => {
    expect(await sizes(devices(10), attributes(4000))).toEqual([2, 2, 2, 2, 2]);
    expect(await sizes(devices(3), attributes(50_000))).toEqual([1, 1, 1]);
  });

  test('has up to 10,000 of their metadata', async () => {
    expect(await sizes(devices(4), withTemplate([{ ...entry, metadata: many(4000, entry) }]))).toEqual([2, 2]);
  });

  test('has up to a million characters of their values', async () => {
    const staticValue = 'x'.repeat(400_000);
    expect(await sizes(devices(4), withTemplate([{ ...entry, staticValue, metadata: [] }]))).toEqual([2, 2]);
    expect(
      await sizes(
        [0, 1, 2, 3].map((index) => device(index, { 1: staticValue })),
        attributes(1),
      ),
    ).toEqual([2, 2]);
  });

  test('counts what the events of removed devices show', async () => {
    const templates = attributes(4000);
    const removed = devices(4).map(({ document, revision }) => {
      return { document: tombstone(document, renderDevice(document, templates)), revision };
    });
    expect(await sizes(removed, new Map())).toEqual([2, 2]);
  });
});
