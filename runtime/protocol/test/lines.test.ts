import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { expect, test } from '@jest/globals';
import { type LineLimits, openLines } from '../lines.ts';

function createTest(limits: LineLimits = { longest: 100 }) {
  const [here, there] = duplexPair();
  const got: unknown[] = [];
  const garbage: string[] = [];
  const lines = openLines(here, limits, {
    line: (value) => got.push(value),
    garbage: (reason) => garbage.push(reason),
    closed: () => undefined,
  });
  return { lines, there, got, garbage };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('lines come whole, however they are cut', async () => {
  const { there, got } = createTest();
  const bytes = Buffer.from('{"a":"é€"}\n[1]\n"x"\n');
  for (const byte of bytes) there.write(Buffer.from([byte]));
  await turn();
  expect(got).toEqual([{ a: 'é€' }, [1], 'x']);
});

test('what is sent in one turn leaves in one write', async () => {
  const { lines, there } = createTest();
  there.setEncoding('utf8');
  lines.send({ a: 1 });
  lines.send({ b: 2 });
  const [text] = await once(there, 'data');
  expect(text).toBe('{"a":1}\n{"b":2}\n');
});

test.each([
  ['is no JSON', 'nonsense\n', /no JSON/],
  ['is too long', `"${'x'.repeat(200)}"\n`, /longer/],
  ['never ends', 'x'.repeat(200), /longer/],
])('a line that %s is garbage, and nothing is read after it', async (_, text, reason) => {
  const { there, got, garbage } = createTest();
  there.write(text);
  there.write('{"late":true}\n');
  await turn();
  await turn();
  expect(garbage).toEqual([expect.stringMatching(reason)]);
  expect(got).toEqual([]);
});

test('a long line of countless parts is garbage before it is parsed; a long text is not', async () => {
  const { there, got, garbage } = createTest({ longest: 1e7, mostParts: 1000 });
  const length = 2 * 1024 * 1024;
  there.write(`"${'x'.repeat(length)}"\n`);
  there.write(`[${'{},'.repeat(length / 3)}{}]\n`);
  await turn();
  await turn();
  expect(got).toHaveLength(1);
  expect(garbage).toEqual([expect.stringMatching(/parts/)]);
});
