/** Passwords are kept as scrypt hashes, each with the cost it was made with, so that the cost can grow later. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { errors } from './errors.ts';

/** As `randomBytes` of `node:crypto`. */
export type RandomBytes = (size: number) => Buffer;

export interface PasswordHash {
  /** Cost of scrypt: memory is 128 · n · r bytes. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
  /** base64 */
  readonly salt: string;
  /** base64 */
  readonly hash: string;
}

/** The slow part, so that it can be watched. */
export type Derive = (password: string, salt: Buffer, cost: Pick<PasswordHash, 'n' | 'r' | 'p'>) => Promise<Buffer>;

export interface Passwords {
  /** Throws `BUSY` when too many hashes are waited for already. */
  hash(password: string): Promise<PasswordHash>;
  /** Takes the same time for the right password, a wrong one, and `undefined` (no such user, no password): those are false. */
  matches(password: string, kept: PasswordHash | undefined): Promise<boolean>;
}

const cost = { n: 32_768, r: 8, p: 1 };
const hashBytes = 32;
/** 32 MB each, and half of the four threads Node shares with its file system work. */
const mostAtOnce = 2;
const mostWaiting = 64;

export function passwords(random: RandomBytes, derive: Derive = deriveByScrypt): Passwords {
  const run = bounded(mostAtOnce, mostWaiting);
  const encode = (bytes: Buffer) => bytes.toString('base64');
  const nobody: PasswordHash = { ...cost, salt: encode(random(16)), hash: encode(random(hashBytes)) };
  return {
    async hash(password) {
      const salt = random(16);
      const hash = await run(() => derive(password, salt, cost));
      return { ...cost, salt: encode(salt), hash: encode(hash) };
    },
    async matches(password, kept) {
      const against = kept ?? nobody;
      const hash = await run(() => derive(password, Buffer.from(against.salt, 'base64'), against));
      return timingSafeEqual(hash, Buffer.from(against.hash, 'base64')) && kept !== undefined;
    },
  };
}

const deriveByScrypt: Derive = (password, salt, { n, r, p }) => {
  return new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(password, salt, hashBytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
};

/** Runs at most `atOnce` works together, lets `waiting` others wait in turn, and refuses more with `BUSY`. */
function bounded(atOnce: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw errors.BUSY();
      // Whoever ends hands its place over, so `running` does not change.
      await new Promise<void>((turn) => queue.push(turn));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
