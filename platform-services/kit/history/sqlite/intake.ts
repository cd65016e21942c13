/** Takes appends into the active head. */
import type { Position } from '../../bus/bus.ts';
import { addPoint, type Head, setPosition } from './head.ts';
import type { Heads } from './heads.ts';
import type { PackedEntries } from './operations.ts';
import type { Origins, SeenOrigin } from './origins.ts';
import { lettersOf } from './pack.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';

export interface IntakeNeeds {
  readonly heads: Heads;
  readonly series: SeriesCatalogue;
  readonly origins: Origins;
  readonly sequence: { next: number };
}

export interface Intake {
  /** Returns how many entries were dropped as repeats. */
  take(pack: PackedEntries, positions: readonly Position[], now: number): number;
  /** Whether the caller knows the number of a series, and may send points under it. */
  isKnown(series: number): boolean;
}

/** Which points of a pack are repeats, how many entries they are of, and the origins that are new. */
interface Sifted {
  readonly isRepeat: Uint8Array;
  readonly repeats: number;
  readonly fresh: ReadonlyMap<string, SeenOrigin>;
}

/** All or nothing: whatever can fail comes before the first change of a head. */
export function intake({ heads, series, origins, sequence }: IntakeNeeds): Intake {
  /** Series numbers by handle, and the same without order. */
  const handles: number[] = [];
  const known = new Set<number>();

  function isRepeated(text: string, origin: SeenOrigin): boolean {
    return heads.active.origins.has(text) || heads.writing?.head.origins.has(text) || origins.isStored(origin);
  }

  function sift(pack: PackedEntries, now: number): Sifted {
    const isRepeat = new Uint8Array(pack.times.length);
    const fresh = new Map<string, SeenOrigin>();
    let repeats = 0;
    pack.origins.forEach((text, at) => {
      const origin = origins.read(text, now);
      if (!origin) return;
      if (fresh.has(text) || isRepeated(text, origin)) {
        isRepeat.fill(1, pack.originStarts[at], pack.originEnds[at]);
        repeats += 1;
      } else fresh.set(text, origin);
    });
    return { isRepeat, repeats, fresh };
  }

  function refuseUnknown(pack: PackedEntries): void {
    if (pack.handles.every((handle) => handles[handle] !== undefined)) return;
    throw new Error('an append names a series whose introduction was refused');
  }

  function addPoints(head: Head, pack: PackedEntries, isRepeat: Uint8Array): void {
    let text = 0;
    let metadata = 0;
    pack.times.forEach((time, at) => {
      const number = pack.numbers[at] ?? Number.NaN;
      const value = Number.isNaN(number) ? pack.texts[text++] : number;
      const more = pack.metadataOf[metadata] === at ? pack.metadata[metadata++] : undefined;
      const id = handles[pack.handles[at] ?? -1];
      if (id === undefined || value === undefined || isRepeat[at] === 1) return;
      addPoint(head, id, { time, seq: sequence.next }, value, more);
      sequence.next += 1;
    });
  }

  return {
    isKnown: (id) => known.has(id),
    take(pack, positions, now) {
      // Names first, each at its own place: packs that come behind a refused one must not find others there.
      if (pack.forget) {
        handles.length = 0;
        known.clear();
      }
      pack.names.forEach((name, at) => {
        const id = series.take(name);
        handles[pack.firstHandle + at] = id;
        known.add(id);
      });
      refuseUnknown(pack);
      heads.refuseIfStuck();
      const { isRepeat, repeats, fresh } = sift(pack, now);

      const head = heads.active;
      // They too wait in memory for the head to be written.
      head.letters += lettersOf(pack.names);
      addPoints(head, pack, isRepeat);
      for (const [text, origin] of fresh) {
        head.origins.set(text, origin);
        origins.noted(origin, now);
      }
      for (const position of positions) setPosition(head, position);
      heads.grown();
      return repeats;
    },
  };
}
