/** What every adapter of the store port must do. Fields with an ordinary index hold scalars; unique fields are present. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../clock.ts';
import type { Collection, CollectionOptions, Store } from '../store.ts';
import { filterConformance } from './filter-conformance.ts';
import { type Device, indexed, type StoreFactory } from './subject.ts';

export function storeConformance(name: string, factory: StoreFactory): void {
  filterConformance(name, factory);

  describe(`${name} as a store`, () => {
    let dir: string;
    let store: Store;
    let now: number;
    const clock: Clock = { now: () => now };

    beforeEach(async () => {
      now = 1_000_000;
      dir = await mkdtemp(join(tmpdir(), 'store-'));
      store = await factory.create(dir, clock);
    });
    afterEach(async () => {
      await store.stop();
      await rm(dir, { recursive: true });
    });

    const devices = (options: CollectionOptions = indexed): Promise<Collection<Device>> =>
      store.collection<Device>('devices', options);

    describe('documents', () => {
      test('come back as they were stored, at revision 1', async () => {
        const collection = await devices();
        const device = { id: 'a', label: 'é "quoted" \u0000 🌡', size: null, place: { room: 'r' } };
        await collection.insert('acme', device);
        expect(await collection.get('acme', 'a')).toEqual({ document: device, revision: 1 });
      });

      test('of one tenant are not seen by another', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'x' });
        expect(await collection.get('other', 'a')).toBeUndefined();
        expect(await collection.find('other')).toEqual([]);
        expect(await collection.count('other')).toBe(0);
        expect(await collection.remove('other', 'a')).toBe(false);
        expect(await collection.removeMany('other')).toBe(0);
        await collection.insert('other', { id: 'a', label: 'x' });
        expect(await collection.tenants()).toEqual(['acme', 'other']);
        expect((await collection.findEverywhere()).map(({ tenant }) => tenant)).toEqual(['acme', 'other']);
      });

      test('are inserted all or none', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'b', label: 'b' });
        const refused = collection.insert('acme', { id: 'a', label: 'a' }, { id: 'b', label: 'c' });
        await expect(refused).rejects.toMatchObject({ code: 'DUPLICATE', status: 409 });
        expect(await collection.get('acme', 'a')).toBeUndefined();
      });

      test('survive closing and opening, with their counters', async () => {
        await (await devices()).insert('acme', { id: 'a', label: 'a' });
        await store.increment('acme', 'devices', 7);
        await store.stop();
        store = await factory.create(dir, clock);
        expect(await (await devices()).count('acme', { label: 'a' })).toBe(1);
        expect(await store.increment('acme', 'devices')).toBe(8);
      });

      test('are removed one by one or by a filter', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'a' }, { id: 'b', label: 'b' }, { id: 'c', label: 'c' });
        expect(await collection.remove('acme', 'a')).toBe(true);
        expect(await collection.remove('acme', 'a')).toBe(false);
        expect(await collection.removeMany('acme', { label: { $gt: 'b' } })).toBe(1);
        expect((await collection.find('acme')).map(({ document }) => document.id)).toEqual(['b']);
      });
    });

    describe('revisions', () => {
      test('grow with every write', async () => {
        const collection = await devices();
        expect(await collection.put('acme', { id: 'a', label: 'a' })).toBe(1);
        expect(await collection.put('acme', { id: 'a', label: 'b' })).toBe(2);
        expect(await collection.replace('acme', { id: 'a', label: 'c' }, 2)).toBe(3);
        expect(await collection.get('acme', 'a')).toEqual({ document: { id: 'a', label: 'c' }, revision: 3 });
      });

      test('let only one of two concurrent replacements through', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'a' });
        const outcomes = await Promise.allSettled([
          collection.replace('acme', { id: 'a', label: 'first' }, 1),
          collection.replace('acme', { id: 'a', label: 'second' }, 1),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
          reason: { code: 'REVISION_CONFLICT' },
        });
      });

      test('refuse to replace what is absent and to remove what has changed', async () => {
        const collection = await devices();
        await expect(collection.replace('acme', { id: 'a' }, 1)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
        await collection.put('acme', { id: 'a', label: 'a' });
        expect(await collection.remove('acme', 'a', 2)).toBe(false);
        expect(await collection.remove('acme', 'a', 1)).toBe(true);
      });

      test('of several documents are replaced all or none', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'a' }, { id: 'b', label: 'b' });
        const stale = collection.replaceMany('acme', [
          { document: { id: 'a', label: 'new' }, revision: 1 },
          { document: { id: 'b', label: 'newer' }, revision: 9 },
        ]);
        await expect(stale).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
        expect((await collection.get('acme', 'a'))?.document.label).toBe('a');
      });
    });

    describe('a unique index', () => {
      test('refuses a taken value within a tenant, whatever the way of writing', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'x' }, { id: 'b', label: 'y' });
        await collection.insert('other', { id: 'c', label: 'x' });
        const duplicate = { code: 'DUPLICATE' };
        await expect(collection.insert('acme', { id: 'c', label: 'x' })).rejects.toMatchObject(duplicate);
        await expect(collection.put('acme', { id: 'c', label: 'x' })).rejects.toMatchObject(duplicate);
        await expect(collection.replace('acme', { id: 'b', label: 'x' }, 1)).rejects.toMatchObject(duplicate);
        expect(await collection.put('acme', { id: 'a', label: 'x' })).toBe(2);
      });

      test('lets one of many concurrent inserts through and leaves the others of that turn alone', async () => {
        const collection = await devices();
        const racing = Array.from({ length: 20 }, (_, n) => collection.insert('acme', { id: `r${n}`, label: 'same' }));
        const others = Array.from({ length: 20 }, (_, n) => collection.insert('acme', { id: `o${n}`, label: `l${n}` }));
        const outcomes = await Promise.allSettled([...racing, ...others]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(21);
        expect(await collection.count('acme')).toBe(21);
      });
    });

    describe('filters', () => {
      test('refuse a field name that is none', async () => {
        const collection = await devices();
        await expect(collection.find('acme', { "a') --": 1 })).rejects.toMatchObject({ code: 'BAD_FIELD' });
      });

      test('follow the elements of a list as it changes', async () => {
        const collection = await devices();
        await collection.insert('acme', { id: 'a', label: 'a', tags: ['x', 'y'] });
        await collection.put('acme', { id: 'a', label: 'a', tags: ['y', 'z'] });
        expect(await collection.count('acme', { tags: 'x' })).toBe(0);
        expect(await collection.count('acme', { tags: 'y' })).toBe(1);
        expect(await collection.count('acme', { tags: 'z' })).toBe(1);
        await collection.remove('acme', 'a');
        expect(await collection.count('acme', { tags: 'z' })).toBe(0);
      });
    });

    test('keeps a list that names an element twice', async () => {
      const collection = await devices();
      const twice = { id: 'a', label: 'a', tags: ['x', 'x', 'y', 'y'] };
      await collection.put('acme', twice);
      await collection.put('acme', { ...twice, tags: ['y', 'y', 'z', 'z'] });
      await collection.insert('acme', { ...twice, id: 'b', label: 'b' });
      await collection.replace('acme', { ...twice, id: 'b', label: 'b', tags: ['z', 'z'] }, 1);
      expect(await collection.count('acme', { tags: 'y' })).toBe(1);
      expect(await collection.count('acme', { tags: 'z' })).toBe(2);
    });

    test('sorts by several fields, then by id, and pages', async () => {
      const collection = await devices({});
      await collection.insert(
        'acme',
        { id: 'd', label: 'x', size: 2 },
        { id: 'b', label: 'y', size: 1 },
        { id: 'c', label: 'x', size: 1 },
        { id: 'a', label: 'x', size: 1 },
        { id: 'e' },
      );
      const sort = [{ field: 'label', descending: true }, { field: 'size' }];
      const ids = async (skip?: number, limit?: number): Promise<string> => {
        const page = { sort, ...(skip !== undefined && { skip }), ...(limit !== undefined && { limit }) };
        return (await collection.find('acme', {}, page)).map(({ document }) => document.id).join('');
      };
      expect(await ids()).toBe('bacde');
      expect(await ids(1, 2)).toBe('ac');
      expect(await ids(4)).toBe('e');
      expect(await ids(0, 0)).toBe('');
    });

    test('knows ids without their documents', async () => {
      const collection = await devices();
      await collection.insert('acme', { id: 'b', label: 'x' }, { id: 'a', label: 'y' }, { id: 'c', label: 'z' });
      await collection.insert('other', { id: 'd', label: 'x' });
      expect(await collection.ids('acme')).toEqual(['a', 'b', 'c']);
      const sort = [{ field: 'label', descending: true }];
      expect(await collection.ids('acme', { label: { $ne: 'y' } }, { sort, skip: 1, limit: 1 })).toEqual(['b']);
      expect(await collection.ids('nobody')).toEqual([]);
    });

    describe('a result that is large', () => {
      const ids = Array.from({ length: 9 }, (_, n) => `d${n}`);
      const room = 'é'.repeat(300_000);
      const pagesOf = async (pages: AsyncIterable<readonly { readonly document: Device }[]>) => {
        const found: string[] = [];
        for await (const page of pages) found.push(page.map(({ document }) => document.id).join(' '));
        return found;
      };

      test('comes in several pages, or together', async () => {
        const collection = await devices();
        for (const id of ids) await collection.insert('acme', { id, label: id, place: { room } });
        await collection.insert('other', { id: 'e', label: 'e', place: { room } });
        const pages = await pagesOf(collection.pages('acme'));
        expect(pages.length).toBeGreaterThan(1);
        expect(pages.join(' ')).toBe(ids.join(' '));
        expect((await collection.find('acme')).map(({ document }) => document.id)).toEqual(ids);
        expect(await collection.findEverywhere()).toHaveLength(10);
        const sort = [{ field: 'label', descending: true }];
        const middle = await pagesOf(collection.pages('acme', { label: { $gt: 'd0' } }, { sort, skip: 1, limit: 6 }));
        expect(middle.join(' ')).toBe('d7 d6 d5 d4 d3 d2');
        expect(await pagesOf(collection.pages('acme', { label: 'none' }))).toEqual([]);
      });

      test('leaves out what has gone when its turn comes, and takes in nothing that came', async () => {
        const collection = await devices();
        for (const id of ids) await collection.insert('acme', { id, label: id, place: { room } });
        const found: string[] = [];
        for await (const page of collection.pages('acme')) {
          if (found.length === 0) {
            await collection.remove('acme', 'd8');
            await collection.insert('acme', { id: 'd80', label: 'new' });
          }
          found.push(...page.map(({ document }) => document.id));
        }
        expect(found).toEqual(ids.slice(0, -1));
      });
    });

    describe('a document with an expiry', () => {
      test('is gone at its time and leaves its id and unique values free', async () => {
        const collection = await devices({ ...indexed, expiresAt: 'until' });
        await collection.insert('acme', { id: 'a', label: 'x', until: now + 10 }, { id: 'b', label: 'forever' });
        now += 9;
        expect(await collection.count('acme')).toBe(2);
        now += 1;
        expect(await collection.get('acme', 'a')).toBeUndefined();
        expect(await collection.count('acme')).toBe(1);
        expect(await collection.find('acme', { label: 'x' })).toEqual([]);
        expect(await collection.remove('acme', 'a')).toBe(false);
        await collection.insert('acme', { id: 'a', label: 'x', until: now + 10 });
        expect(await collection.put('acme', { id: 'b', label: 'forever' })).toBe(2);
      });
    });

    test('counts without losing an increment', async () => {
      const values = await Promise.all(Array.from({ length: 50 }, () => store.increment('acme', 'ids')));
      expect(new Set(values)).toEqual(new Set(Array.from({ length: 50 }, (_, n) => n + 1)));
      expect(await store.increment('other', 'ids', 5)).toBe(5);
      await store.ping();
    });
  });
}
