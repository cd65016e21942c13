/** 10,000 devices with 3 attributes that report every 30 s: neighbouring points belong to different series. */
import type { Entry } from '../../platform-services/kit/history/history-store.ts';

const devices = 10_000;
const attributes = ['temperature', 'humidity', 'pressure'];
/** Messages of one batch: 501 points. */
const batchMessages = 167;
export const batchPoints = batchMessages * attributes.length;

/** Epoch ms of the first point. */
export const start = 1_700_000_000_000;
/** ms between two messages. */
export const pace = 30_000 / devices;

export interface Series {
  readonly tenant: string;
  readonly deviceId: string;
  readonly attribute: string;
}

export const dense: Series = { tenant: 'bench', deviceId: 'dense', attribute: 'temperature' };

/** One of the series, chosen by chance. */
export function anySeries(): Series {
  return series(Math.floor(Math.random() * devices), Math.floor(Math.random() * attributes.length));
}

/** Batch `n` of readings. */
export function batch(n: number): Entry[] {
  return Array.from({ length: batchMessages }, (_, at) => {
    const message = n * batchMessages + at;
    // A prime step spreads the devices over the keys.
    const device = (message * 7919) % devices;
    const time = Math.floor(start + message * pace);
    const points = attributes.map((_, attribute) => ({ ...series(device, attribute), time, value: reading() }));
    return { points };
  });
}

/** 1,000 points of the dense series, one per second, from point `from` on. */
export function denseBatch(from: number): Entry[] {
  return Array.from({ length: 1000 }, (_, n) => ({
    points: [{ ...dense, time: start + (from + n) * 1000, value: reading() }],
  }));
}

/** 100 values of one series at even seconds, from second 200 · `n` on: each a text of 20,000 characters. */
export function longBatch(n: number): Entry[] {
  return secondsOf(n, 0, () => 'x'.repeat(20_000));
}

/** 100 numbers between them. */
export function batchBetween(n: number): Entry[] {
  return secondsOf(n, 1, reading);
}

function secondsOf(n: number, odd: number, value: () => string | number): Entry[] {
  return Array.from({ length: 100 }, (_, at) => ({
    points: [{ ...dense, deviceId: 'long', time: start + (n * 200 + at * 2 + odd) * 1000, value: value() }],
  }));
}

function series(device: number, attribute: number): Series {
  return { tenant: 'bench', deviceId: `${(device + 0x1000).toString(16)}`, attribute: attributes[attribute] ?? '' };
}

function reading(): number {
  return Math.round(Math.random() * 1000) / 10;
}
