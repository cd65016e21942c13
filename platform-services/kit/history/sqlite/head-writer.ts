/**
 * Writes heads into the file. One head is one transaction with its positions and origins, hence exactly-once; it is filled
 * in slices, between which reads and appends are served. A read in between sees the rows already written (it shares the
 * connection) and takes the rest from the head.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../../bus/bus.ts';
import { rollBack } from '../../sqlite/transaction.ts';
import { type Column, type Head, lettersOf, rowAt, sortColumn } from './head.ts';
import { longTexts } from './long-texts.ts';
import type { Origins, SeenOrigin } from './origins.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';

/** Rows written at a time: some ms, or some ten when each has a page of its own, which is what a read may have to wait. */
const sliceRows = 1000;
/** Characters of texts after which a slice ends. */
const sliceLetters = 1024 * 1024;

export interface HeadWriterNeeds {
  readonly database: DatabaseSync;
  readonly series: SeriesCatalogue;
  readonly origins: Origins;
  readonly sequence: { next: number };
}

/** A head on its way into the file. */
export interface Writing {
  readonly head: Head;
  /** Points of a series that are not yet rows: the column and the index of the first. */
  rest(series: number): { readonly column: Column; readonly from: number } | undefined;
  /** Writes one slice, the commit being the last; returns whether that was it. Throws after rolling everything back. */
  step(now: number): boolean;
}

export function writeHead({ database, series, origins, sequence }: HeadWriterNeeds, head: Head): Writing {
  const insertPoint = database.prepare('INSERT INTO points VALUES (?, ?, ?, ?, ?)');
  const texts = longTexts(database);
  const savePosition = database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)');
  const saveSequence = database.prepare('UPDATE sequence SET next = ?');
  const ordered = Float64Array.from(head.columns.keys()).sort();
  const seen = [...head.origins.values()].sort(byRootAndOffset);
  const names = series.unwritten();
  const none = { series: 0, points: 0, origins: 0, names: 0 };
  /** How far it is: series done, points of the next one done, origins and new names done. */
  let done = none;

  function writePoints(): void {
    let letters = 0;
    for (let room = sliceRows; room > 0 && letters < sliceLetters; ) {
      const next = ordered[done.series];
      const column = next === undefined ? undefined : sortColumn(head, next);
      if (next === undefined || !column) return;
      let at = done.points;
      for (; at < done.points + room && letters < sliceLetters; at += 1) {
        const row = rowAt(column, at);
        if (!row) break;
        letters += lettersOf(row);
        const { time, seq, value, metadata } = texts.put(row);
        insertPoint.run(next, time, seq, value, metadata);
      }
      room -= at - done.points;
      done = at < column.times.length ? { ...done, points: at } : { ...done, series: done.series + 1, points: 0 };
    }
  }

  function writeSlice(): boolean {
    if (done.series < ordered.length) writePoints();
    else if (done.origins < seen.length) {
      origins.write(seen.slice(done.origins, done.origins + sliceRows));
      done = { ...done, origins: done.origins + sliceRows };
    } else if (done.names < names.length) {
      series.write(names.slice(done.names, done.names + sliceRows));
      done = { ...done, names: done.names + sliceRows };
    } else return true;
    return false;
  }

  function commit(now: number): void {
    origins.prune(now);
    saveSequence.run(sequence.next);
    for (const { topic, partition, offset } of head.positions.values()) savePosition.run(topic, partition, offset);
    database.exec('COMMIT');
    series.written(names);
    origins.written();
  }

  return {
    head,
    rest(id) {
      const column = head.columns.get(id);
      const next = ordered[done.series];
      if (!column || next === undefined || id < next) return undefined;
      return { column, from: id === next ? done.points : 0 };
    },
    step(now) {
      try {
        if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
        if (!writeSlice()) return false;
        commit(now);
        return true;
      } catch (error) {
        rollBack(database);
        done = none;
        throw error;
      }
    },
  };
}

export function positionsOf(head: Head): Position[] {
  return [...head.positions.values()];
}

function byRootAndOffset(one: SeenOrigin, other: SeenOrigin): number {
  return one.root - other.root || one.offset - other.offset;
}
