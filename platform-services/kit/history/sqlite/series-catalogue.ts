/** Names of series and their numbers. A new one gets its number at once and its row with the next head that is written. */
import type { DatabaseSync } from 'node:sqlite';
import { numberOf } from '../../sqlite/values.ts';
import type { SeriesName } from './operations.ts';

export interface NamedSeries extends SeriesName {
  readonly id: number;
}

export interface SeriesCatalogue {
  /** The number of a series, a new one if need be. */
  take(name: SeriesName): number;
  find(name: SeriesName): number | undefined;
  /** Numbers of the series of a device, one by one, because there may be very many; those without points too. */
  ofDevice(tenant: string, deviceId: string): Iterable<number>;
  /** Those that are not in the file yet. */
  unwritten(): NamedSeries[];
  /** Within a transaction. */
  write(names: readonly NamedSeries[]): void;
  /** After its commit. */
  written(names: readonly NamedSeries[]): void;
}

export function seriesCatalogue(database: DatabaseSync): SeriesCatalogue {
  /** Not in the file yet, by key. */
  const fresh = new Map<string, NamedSeries>();
  const byName = database.prepare('SELECT id FROM series WHERE tenant = ? AND device = ? AND attribute = ?');
  const byDevice = database.prepare('SELECT id FROM series WHERE tenant = ? AND device = ?');
  const insert = database.prepare('INSERT INTO series VALUES (?, ?, ?, ?)');
  let last = numberOf(database.prepare('SELECT coalesce(max(id), 0) AS last FROM series').get()?.last);

  function find(name: SeriesName): number | undefined {
    const found = fresh.get(keyOf(name));
    if (found) return found.id;
    const row = byName.get(name.tenant, name.deviceId, name.attribute);
    return row && numberOf(row.id);
  }

  return {
    find,
    take(name) {
      const known = find(name);
      if (known !== undefined) return known;
      last += 1;
      fresh.set(keyOf(name), { ...name, id: last });
      return last;
    },
    *ofDevice(tenant, deviceId) {
      for (const row of byDevice.iterate(tenant, deviceId)) yield numberOf(row.id);
      for (const name of fresh.values()) if (name.tenant === tenant && name.deviceId === deviceId) yield name.id;
    },
    unwritten: () => [...fresh.values()],
    write(names) {
      for (const { id, tenant, deviceId, attribute } of names) insert.run(id, tenant, deviceId, attribute);
    },
    written(names) {
      for (const name of names) fresh.delete(keyOf(name));
    },
  };
}

function keyOf({ tenant, deviceId, attribute }: SeriesName): string {
  return JSON.stringify([tenant, deviceId, attribute]);
}
