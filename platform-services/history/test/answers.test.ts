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

function read(query: string, deviceId = 'a1'): Promise<HistoryReading> {
  const reader = historyReader({ historyStore: store, devices, clock: { now: () => 0 }, expirationMs: 1000 });
  return reader.read('acme', deviceId, new URLSearchParams(query));
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

test('an answer of few rows that are long is read one page at a time, when it is wanted', async () => {
  const value = 'x'.repeat(60_000);
  const points = ['t', 'p'].flatMap((attribute) =>
    Array.from({ length: 20 }, (_, time) => ({ tenant: 'acme', deviceId: 'long', attribute, time, value })),
  );
  await store.append([{ points }], { topic: 'acme.device-data', partition: 0, offset: 2 });
  const pieces = toJson(await read('lastN=20', 'long'));
  let text = '';
  let wanted = 0;
  for await (const piece of pieces) {
    if (piece.includes('"value"')) wanted += 1;
    expect(store.asked.all).toBeLessThanOrEqual(wanted + 1);
    text += piece;
  }
  expect(store.asked).toEqual({ now: 0, most: 1, all: 20 });
  const { t, p } = JSON.parse(text);
  expect([t.length, p.length]).toEqual([20, 20]);
});

test('a line of CSV has a bounded number of columns; what a row has beyond them is in the last one', async () => {
  const points = Array.from({ length: 30 }, (_, time) => ({
    ...{ tenant: 'acme', deviceId: 'wide', attribute: 't', time },
    value: Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`k${time * 100 + key}`, key])),
  }));
  await store.append([{ points }], { topic: 'acme.device-data', partition: 0, offset: 2 });
  const [names = '', ...lines] = (await textOf(toCsv(await read('attr=t&firstN=0', 'wide')))).trim().split('\n');
  const columns = names.split(',');
  expect(columns).toHaveLength(2001);
  expect(columns.slice(0, 3)).toEqual(['"attr"', '"value.k0"', '"value.k1"']);
  expect(columns.at(-1)).toBe('"others"');
  expect(lines).toHaveLength(30);
  expect(lines[0]?.split(',').at(-1)).toBe('""');
  const others = lines[29]?.slice(lines[29].indexOf('"{')) ?? '';
  expect(JSON.parse(others.slice(1, -1).replaceAll('""', '"'))).toEqual(
    Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`value.k${2900 + key}`, key])),
  );
});

test('in CSV what lies below a very long path is one cell', async () => {
  const label = 'x'.repeat(300);
  const value = { a: { [label]: { b: { c: 1 } } } };
  const point = { tenant: 'acme', deviceId: 'deep', attribute: 't', time: 1, value };
  await store.append([{ points: [point] }], { topic: 'acme.device-data', partition: 0, offset: 2 });
  const [names, line] = (await textOf(toCsv(await read('attr=t', 'deep')))).split('\n');
  expect(names?.split(',')[1]).toBe(`"value.a.${label}"`);
  expect(line?.split(',')[1]).toBe('"{""b"":{""c"":1}}"');
});
