/**
 * Remembers the origins of entries (`contract/headers.ts`), so that a repeat is dropped. Repeats come only when the flows
 * read again from their committed offset, which lags the newest by a bounded stretch: that stretch is kept, and an hour.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parseOrigin } from '../../../../contract/headers.ts';
import { numberOf, textOf } from '../../sqlite/values.ts';

/** Kept per partition: offsets behind the newest seen, and ms since arrival; what is within either stays. */
const keptOffsets = 200_000;
const keptTime = 3_600_000;
/** ms between two notes of how far a partition was; they tell later what is surely old. */
const markInterval = 60_000;
/** Offsets removed of one partition at a time. */
const pruneStep = 50_000;

export interface SeenOrigin {
  readonly root: number;
  readonly offset: number;
  /** 52-bit hash of the path. */
  readonly path: number;
  /** s. */
  readonly seen: number;
}

interface Root {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  newest: number;
  changed: boolean;
  /** Newest offset at times past, oldest first. */
  readonly marks: { readonly time: number; readonly newest: number }[];
}

export interface Origins {
  /** What is to be remembered of it; undefined when it is malformed, and then it counts as none. */
  read(text: string, now: number): SeenOrigin | undefined;
  /** Whether it is in the file. */
  isStored(origin: SeenOrigin): boolean;
  /** Call once it is in a head. */
  noted(origin: SeenOrigin, now: number): void;
  /** Within a transaction: writes origins of a head. */
  write(origins: readonly SeenOrigin[]): void;
  /** Within a transaction: removes some of what is too old to come again, and writes how far each partition is. */
  prune(now: number): void;
  /** After its commit. */
  written(): void;
  /** Within a transaction, while none is in a head: forgets them all. */
  forget(): void;
}

export function originMemory(database: DatabaseSync): Origins {
  const roots = new Map<string, Root>();
  const byId = new Map<number, Root>();
  let lastId = 0;
  const find = database.prepare('SELECT 1 FROM origins WHERE root = ? AND offset = ? AND path = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO origins VALUES (?, ?, ?, ?)');
  const oldest = database.prepare('SELECT min(offset) AS oldest FROM origins WHERE root = ?');
  const remove = database.prepare('DELETE FROM origins WHERE root = ? AND offset < ? AND seen < ?');
  const saveRoot = database.prepare('INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?)');
  for (const row of database.prepare('SELECT id, topic, partition, newest FROM roots').all()) {
    addRoot(numberOf(row.id), textOf(row.topic), numberOf(row.partition), numberOf(row.newest));
  }

  function addRoot(id: number, topic: string, partition: number, newest: number): Root {
    const root: Root = { id, topic, partition, newest, changed: false, marks: [] };
    roots.set(`${topic}/${partition}`, root);
    byId.set(id, root);
    lastId = Math.max(lastId, id);
    return root;
  }

  /** Offsets below it are outside of both stretches. */
  function floorOf(root: Root, now: number): number {
    let floor = 0;
    for (let mark = root.marks[0]; mark && mark.time <= now - keptTime; mark = root.marks[0]) {
      floor = Math.min(mark.newest, root.newest) - keptOffsets;
      if ((root.marks[1]?.time ?? now) > now - keptTime) break;
      root.marks.shift();
    }
    return floor;
  }

  return {
    read(text, now) {
      const origin = parseOrigin(text);
      if (!origin) return undefined;
      const { topic, partition, offset, path } = origin;
      const root = roots.get(`${topic}/${partition}`) ?? addRoot(lastId + 1, topic, partition, -1);
      return { root: root.id, offset, path: hash(path), seen: Math.floor(now / 1000) };
    },
    isStored({ root, offset, path }) {
      // Newer than anything seen: the common case needs no look into the file.
      if (offset > (byId.get(root)?.newest ?? -1)) return false;
      return find.get(root, offset, path) !== undefined;
    },
    noted({ root: id, offset }, now) {
      const root = byId.get(id);
      if (!root || offset <= root.newest) return;
      root.newest = offset;
      root.changed = true;
      if (now - (root.marks.at(-1)?.time ?? Number.NEGATIVE_INFINITY) >= markInterval) {
        root.marks.push({ time: now, newest: offset });
      }
    },
    write(origins) {
      for (const { root, offset, path, seen } of origins) insert.run(root, offset, path, seen);
    },
    prune(now) {
      for (const root of roots.values()) {
        if (root.changed) saveRoot.run(root.id, root.topic, root.partition, root.newest);
        const floor = floorOf(root, now);
        if (floor <= 0) continue;
        const first = oldest.get(root.id)?.oldest;
        if (typeof first !== 'number' || first >= floor) continue;
        remove.run(root.id, Math.min(floor, first + pruneStep), Math.floor((now - keptTime) / 1000));
      }
    },
    written() {
      for (const root of roots.values()) root.changed = false;
    },
    forget() {
      database.exec('DELETE FROM origins; DELETE FROM roots');
      roots.clear();
      byId.clear();
    },
  };
}

/** Two hashes of 26 bits: FNV-1a, and the same with another basis and factor. Only paths of one offset can collide, and those are a handful. */
function hash(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (low >>> 6) * 0x4000000 + (high >>> 6);
}
