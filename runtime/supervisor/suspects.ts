/**
 * Finds the message that kills a tenant's process. After a death every message that was inside is a suspect. They are fed
 * again one at a time, in their order; one that dies alone is guilty of that death. At the third death it is set aside.
 *
 * A suspect that neither ends nor kills within its slot may only be slow (a delay node), so the next one joins it; if the
 * process then dies with several inside, the slots of the next round are four times as long.
 */

export interface Suspect {
  /** Deaths while this message was inside alone. */
  alone: number;
  /** Whether the process died by itself while this one was inside together with others. */
  inCrowd: boolean;
}

export interface Suspects<Entry extends Suspect> {
  /**
   * The process died with these inside, in their order. `byItself`: not killed by somebody outside, who hits whatever
   * happens to be inside. Returns the message that has to be set aside, if there is one.
   */
  accuse(inside: readonly Entry[], byItself: boolean): Entry | undefined;
  /** The next one to feed; undefined when all were fed. */
  next(): Entry | undefined;
  /** How long the one just fed has the process for itself, ms. */
  slotMs(): number;
  /** The process has been well for long: what happened is forgotten. */
  acquit(): void;
}

const deathsToSetAside = 3;
/** The first round of slots takes about this long, ms, however many the suspects are. */
const firstRoundMs = 5000;
const shortestSlotMs = 20;
const longestFirstSlotMs = 250;

export function createSuspects<Entry extends Suspect>(longestSlotMs: number): Suspects<Entry> {
  let waiting: Entry[] = [];
  let rounds = 0;
  let firstSlotMs = longestFirstSlotMs;

  return {
    accuse(inside, byItself) {
      const [only] = inside;
      if (only && inside.length === 1) only.alone += 1;
      if (inside.length > 1) {
        rounds += 1;
        firstSlotMs = Math.min(Math.max(firstRoundMs / inside.length, shortestSlotMs), longestFirstSlotMs);
        if (byItself) for (const entry of inside) entry.inCrowd = true;
      }
      const guilty = only && inside.length === 1 && deaths(only) >= deathsToSetAside ? only : undefined;
      waiting = [...inside.filter((entry) => entry !== guilty), ...waiting];
      return guilty;
    },
    next: () => waiting.shift(),
    slotMs: () => Math.min(firstSlotMs * 4 ** Math.max(0, rounds - 1), longestSlotMs),
    acquit() {
      rounds = 0;
    },
  };
}

const deaths = ({ alone, inCrowd }: Suspect) => alone + (inCrowd ? 1 : 0);
