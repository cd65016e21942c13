/** What the filters of every store must find, with indexes on the fields and without. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../clock.ts';
import type { Collection, Filter, Store } from '../store.ts';
import { type Device, indexed, type StoreFactory } from './subject.ts';

const samples: Device[] = [
  { id: '1', label: 'Alpha', size: 5, tags: ['red', 'big'], place: { room: 'hall' } },
  { id: '2', label: 'alpine', size: '5', tags: ['red', 'blue'], place: { room: 'hall' } },
  { id: '3', label: 'be_ta', size: true, tags: [1, true], place: { room: 'attic' } },
  { id: '4', label: 'be*ta', size: 1, tags: [], place: { room: '{"a":1}' } },
  { id: '5', label: 'be%ta', size: null, tags: 'red' },
  { id: '6', label: '[b]?\\' },
  { id: '7', label: 'Alpha\0omega' },
  { id: '8', label: 'Al😀pha\n' },
];
const cases: [string, Filter, string][] = [
  ['everything', {}, '12345678'],
  ['the id', { id: '3' }, '3'],
  ['ids', { id: { $in: ['3', '1', 'none'] } }, '13'],
  ['a text', { label: 'Alpha' }, '1'],
  ['a dotted path', { 'place.room': 'hall' }, '12'],
  ['two fields', { 'place.room': 'hall', size: 5 }, '1'],
  ['a number, not its text', { size: 5 }, '1'],
  ['a text, not its number', { size: '5' }, '2'],
  ['true, not 1', { size: true }, '3'],
  ['1, not true', { size: 1 }, '4'],
  ['null, which also means absent', { size: null }, '5678'],
  ['another value', { size: { $ne: 5 } }, '2345678'],
  ['not null', { size: { $ne: null } }, '1234'],
  ['values of several types', { size: { $in: [5, '5', true, null] } }, '1235678'],
  ['none of no values', { size: { $in: [] } }, ''],
  ['a range of numbers', { size: { $gt: 1, $lte: 5 } }, '1'],
  ['a range of texts', { label: { $gte: 'alpine', $lt: 'be_ta' } }, '245'],
  ['an existing field', { size: { $exists: true } }, '12345'],
  ['an absent field', { place: { $exists: false } }, '5678'],
  ['an element of a list, or a scalar in its place', { tags: 'red' }, '125'],
  ['a number in a list, not true', { tags: 1 }, '3'],
  ['elements', { tags: { $in: ['big', 'blue'] } }, '12'],
  ['all elements', { tags: { $all: ['blue', 'red'] } }, '2'],
  ['a list without the element', { tags: { $ne: 'red' } }, '34678'],
  ['a pattern in a list', { tags: { $like: 'b%' } }, '12'],
  ['a pattern, minding case', { label: { $like: 'al%' } }, '2'],
  ['one character', { label: { $like: 'be_ta' } }, '345'],
  ['an escaped underscore', { label: { $like: 'be\\_ta' } }, '3'],
  ['an escaped percent sign', { label: { $like: '%\\%%' } }, '5'],
  ['an asterisk as itself', { label: { $like: 'be*t_' } }, '4'],
  ['brackets, question mark and backslash as themselves', { label: { $like: '[b]?\\\\' } }, '6'],
  ['a text up to its NUL and beyond', { label: { $like: '%omega' } }, '7'],
  ['a text without NUL as itself', { label: { $like: 'Alpha' } }, '1'],
  ['a pattern with NUL as a whole', { label: { $like: '%lpha\0%ga' } }, '7'],
  ['nothing by a pattern whose NUL is not there', { label: { $like: '%al%\0%' } }, ''],
  ['a text with NUL', { label: 'Alpha\0omega' }, '7'],
  ['texts with NUL among others', { label: { $in: ['Alpha\0omega', 'Alpha'] } }, '17'],
  ['one character beyond the basic plane', { label: { $like: 'Al_pha_' } }, '8'],
  ['an end that is not the line', { label: { $like: 'Al😀pha' } }, ''],
  ['parts that must not overlap', { label: { $like: 'Alp%pha' } }, ''],
  ['a part at the end, not the first like it', { label: { $like: '%a' } }, '13457'],
  ['alternatives', { $or: [{ size: 5 }, { tags: 'blue' }, { label: 'be%ta' }] }, '125'],
  ['no alternative', { $or: [] }, ''],
  ['what two filters have in common', { $and: [{ tags: 'red' }, { tags: { $in: ['big', 'blue'] } }] }, '12'],
  ['alternatives of each', { $and: [{ $or: [{ size: 5 }, { size: '5' }] }, { $or: [{ id: '2' }, { id: '3' }] }] }, '2'],
  ['everything that no filter narrows', { $and: [] }, '12345678'],
  ['a quote as itself', { label: `' OR 1=1 --` }, ''],
];

export function filterConformance(name: string, factory: StoreFactory): void {
  describe.each([
    ['with', indexed],
    ['without', {}],
  ])(`filters of ${name} %s an index`, (_, options) => {
    let dir: string;
    let store: Store;
    let collection: Collection<Device>;
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'store-'));
      store = await factory.create(dir, systemClock);
      collection = await store.collection<Device>('devices', options);
      await collection.insert('acme', ...samples);
      await collection.insert('other', ...samples);
    });
    afterAll(async () => {
      await store.stop();
      await rm(dir, { recursive: true });
    });

    test.each(cases)('find %s', async (__, filter, expected) => {
      const found = await collection.find('acme', filter);
      expect(found.map(({ document }) => document.id).join('')).toBe(expected);
      expect(await collection.count('acme', filter)).toBe(expected.length);
      expect(await collection.findEverywhere(filter)).toHaveLength(expected.length * 2);
    });
  });
}
