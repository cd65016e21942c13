/** Turns entries into columns; remembers which series the worker has been told the name of. */
import type { Json } from '../../store/store.ts';
import type { Entry } from '../history-store.ts';
import type { PackedEntries, SeriesName, StoredValue } from './operations.ts';

/** Series remembered, and characters of their names; beyond them both sides start anew. */
const handleLimit = 200_000;
const letterLimit = 16 * 1024 * 1024;

export interface Packer {
  /** The packs must reach the worker in the order they were made. */
  pack(entries: readonly Entry[]): PackedEntries;
  /** After a pack was refused: the worker may not know the series named in it, so the next pack names all of its own. */
  forget(): void;
}

export function packer(): Packer {
  /** Handle by attribute by tenant and device. */
  const known = new Map<string, Map<string, number>>();
  let count = 0;
  let letters = 0;
  let anew = false;

  function begin(): boolean {
    const forget = anew || count > handleLimit || letters > letterLimit;
    anew = false;
    if (!forget) return false;
    known.clear();
    count = 0;
    letters = 0;
    return true;
  }

  function pack(entries: readonly Entry[]): PackedEntries {
    const points = entries.reduce((sum, entry) => sum + entry.points.length, 0);
    const forget = begin();
    const names: SeriesName[] = [];
    const packed: PackedEntries = {
      forget,
      names,
      firstHandle: count,
      handles: new Int32Array(points),
      times: new Float64Array(points),
      numbers: new Float64Array(points),
      texts: [],
      metadata: [],
      metadataOf: [],
      origins: [],
      originStarts: [],
      originEnds: [],
    };

    function handleOf({ tenant, deviceId, attribute }: SeriesName): number {
      // No tenant name has a colon.
      const device = `${tenant}:${deviceId}`;
      let attributes = known.get(device);
      if (!attributes) {
        attributes = new Map();
        known.set(device, attributes);
      }
      const handle = attributes.get(attribute);
      if (handle !== undefined) return handle;
      // SQLite keeps UTF-8, which has no lone surrogates: two names that differ in those only would be one there.
      names.push({ tenant, deviceId: deviceId.toWellFormed(), attribute: attribute.toWellFormed() });
      attributes.set(attribute, count);
      letters += attribute.length;
      count += 1;
      return count - 1;
    }

    let at = 0;
    for (const entry of entries) {
      const start = at;
      for (const point of entry.points) {
        packed.handles[at] = handleOf(point);
        packed.times[at] = point.time;
        const value = encode(point.value);
        packed.numbers[at] = typeof value === 'number' ? value : Number.NaN;
        if (typeof value === 'string') packed.texts.push(value);
        if (point.metadata !== undefined) {
          packed.metadata.push(JSON.stringify(point.metadata));
          packed.metadataOf.push(at);
        }
        at += 1;
      }
      if (entry.origin === undefined) continue;
      packed.origins.push(entry.origin);
      packed.originStarts.push(start);
      packed.originEnds.push(at);
    }
    return packed;
  }

  return {
    pack(entries) {
      try {
        return pack(entries);
      } catch (error) {
        // Series that only this pack would have named.
        anew = true;
        throw error;
      }
    },
    forget() {
      anew = true;
    },
  };
}

/** Bytes of a pack, about. */
export function packSize({ names, times, texts, metadata, origins }: PackedEntries): number {
  const letters = [texts, metadata, origins].map((list) => list.reduce((sum, text) => sum + text.length, 0));
  return letters.reduce((sum, length) => sum + length, lettersOf(names) + times.length * 20);
}

/** Characters of names. */
export function lettersOf(names: readonly SeriesName[]): number {
  return names.reduce((sum, { deviceId, attribute }) => sum + deviceId.length + attribute.length, 0);
}

/** JSON knows no infinity; `null` is what JSON.stringify makes of it. */
export function encode(value: Json): StoredValue {
  return typeof value === 'number' && Number.isFinite(value) ? value : JSON.stringify(value);
}

export function decode(stored: StoredValue): Json {
  if (typeof stored === 'number') return stored;
  const value: Json = JSON.parse(stored);
  return value;
}

/** Throws before anything is taken: a row without a time could never be written, nor could its head. */
export function refuseBadTimes(entries: readonly Entry[]): void {
  for (const { points } of entries) {
    for (const { time, attribute } of points) {
      if (!Number.isFinite(time)) throw new TypeError(`a point of "${attribute}" has no time`);
    }
  }
}
