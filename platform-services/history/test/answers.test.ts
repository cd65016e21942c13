import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DeviceDirectory } from '../../kit/directory.ts';
import { toCsv as toCsvOf } from '../csv.ts';
import { toJson } from '../json.ts';
import { gathered } from '../pieces.ts';
import { type HistoryReading, historyReader } from '../reader.ts';
import { type MemoryHistory, memoryHistory } from './support/memory-history.ts';

const toCsv = ({ series }: HistoryReading) => toCsvOf([...series.values()]);
const rows = 2000;
/** Of the history in memory. */
const pages = rows / 100;

const devices: DeviceDirectory = {
  find: async (_, id) => ({
    id,
    label: id,
    templates: ['1'],
    attributes: ['t', 'p', 'none'].map((label) => ({ label, type: 'dynamic', valueType: 'float' })),
  }),
};

let store: MemoryHistory;

beforeEach(async () => {
  store = memoryHistory();
  const points = ['t', 'p'].flatMap((attribute) =>
    Array.from({ length: rows }, (_, time) => ({ tenant: 'acme', deviceId: 'a1', attribute, time, value: time })),
  );
  await store.append([{ points }], { topic: 'acme.device-data', partition: 0, offset: 1 });
});

function read(query: string): Promise<HistoryReading> {
  const reader = historyReader({ historyStore: store, devices, clock: { now: () => 0 }, expirationMs: 1000 });
  return reader.read('acme', 'a1', new URLSearchParams(query));
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

function rowOf(attr: string, time: number) {
  const fraction = time % 1000 === 0 ? '' : `.${String(time % 1000).padStart(3, '0')}000`;
  return {
    attr,
    value: time,
    device_id: 'a1',
    ts: `1970-01-01T00:00:0${Math.floor(time / 1000)}${fraction}Z`,
    metadata: {},
  };
}
const rowsOf = (attr: string) => Array.from({ length: rows }, (_, time) => rowOf(attr, time));

describe('an answer of many rows', () => {
  test('is the text of the whole in JSON', async () => {
    expect(await textOf(toJson(await read('attr=t&firstN=0')))).toBe(JSON.stringify(rowsOf('t')));
    const all = { t: rowsOf('t'), p: rowsOf('p'), none: [] };
    expect(await textOf(toJson(await read('firstN=0')))).toBe(JSON.stringify(all));
  });

  test('is the text of the whole in CSV', async () => {
    const lines = (await textOf(toCsv(await read('firstN=0')))).split('\n');
    expect(lines).toHaveLength(1 + 2 * rows + 1);
    expect(lines[2 * rows]).toBe('"p",1999,"a1","1970-01-01T00:00:01.999000Z"');
  });

  test.each(['attr=t', 'attr=t,p,none', ''])('?%s is read one page at a time, when it is wanted', async (query) => {
    const pieces = toJson(await read(query));
    let wanted = 0;
    for await (const piece of pieces) {
      if (piece.includes('"value"')) wanted += 1;
      expect(store.asked.all).toBeLessThanOrEqual(wanted + 1);
    }
    expect(store.asked).toEqual({ now: 0, most: 1, all: query === 'attr=t' ? pages : 2 * pages });
  });

  test.each([
    ['JSON', toJson],
    ['CSV', toCsv],
  ])('in %s is read no further when nobody wants the rest', async (_, form) => {
    const pieces = gathered(form(await read('attr=t')));
    await pieces.next();
    const { all } = store.asked;
    expect(all).toBeLessThan(pages);
    await pieces.return(undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.asked).toEqual({ now: 0, most: 1, all });
    expect(await pieces.next()).toEqual({ value: undefined, done: true });
  });

  test('comes in pieces that are worth sending', async () => {
    const lengths: number[] = [];
    for await (const piece of gathered(toJson(await read('attr=t')))) lengths.push(piece.length);
    expect(lengths.length).toBeGreaterThan(1);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(64 * 1024);
  });
});

test('an answer of few rows asks for no pages', async () => {
  expect(await textOf(toJson(await read('lastN=1')))).toBe(
    JSON.stringify({ t: [rowOf('t', rows - 1)], p: [rowOf('p', rows - 1)], none: [] }),
  );
  expect(store.asked.all).toBe(0);
});
