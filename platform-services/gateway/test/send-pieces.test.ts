import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PlatformError } from '../../kit/errors.ts';
import { bearer, groupOf, route, startWorld, until, type World } from './support/world.ts';

/** Compression does not make it vanish. */
const piece = randomBytes(32 * 1024).toString('hex');
/** Of the answer being given. */
let asked = 0;
let ended = false;
let world: World;

async function* pieces(count: number, failure?: Error) {
  try {
    for (; asked < count; asked += 1) {
      yield asked === 1 ? '' : piece;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (failure) throw failure;
  } finally {
    ended = true;
  }
}

beforeAll(async () => {
  const answer = (body: AsyncIterable<string>) => ({ status: 200, body, headers: { 'Content-Type': 'text/csv' } });
  const group = groupOf('many', [
    route('get', '/many/{count}', ({ params }) => answer(pieces(Number(params.count)))),
    route('get', '/many/{count}/failing', ({ params }) =>
      answer(pieces(Number(params.count), new PlatformError('DISK', 503, 'the disk'))),
    ),
  ]);
  world = await startWorld({ groups: [group] });
});
afterAll(() => world.stop());
beforeEach(() => {
  asked = 0;
  ended = false;
  world.logged.length = 0;
});

/** An answer of which nothing is read yet. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
  const request = httpRequest(world.url + path, { method, headers: { ...(await bearer('acme')), ...headers } }).end();
  request.on('error', () => undefined);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no response');
  return response;
}

async function sizeOf(response: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of response) size += chunk.length;
  return size;
}

/** Whether the number of pieces asked for stands still. */
async function standsStill(): Promise<boolean> {
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 100));
  return asked === before;
}

test.each([0, 1, 2, 50])('%i pieces arrive as one answer', async (count) => {
  const response = await get(`/many/${count}`);
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/csv']);
  expect(await sizeOf(response)).toBe(piece.length * (count > 1 ? count - 1 : count));
});

test.each(['identity', 'gzip'])(
  'a client that reads slowly is not sent more (%s), nor one that has gone',
  async (encoding) => {
    const response = await get('/many/1000000', { 'accept-encoding': encoding });
    await until('it waits', () => asked > 5);
    while (!(await standsStill()));
    expect(asked).toBeLessThan(1000);
    expect(ended).toBe(false);
    response.destroy();
    await until('the reading ends', () => ended);
    expect(await standsStill()).toBe(true);
  },
);

test('HEAD has the headers, and reads no further than the first piece', async () => {
  const response = await get('/many/1000', {}, 'HEAD');
  expect([response.statusCode, response.headers['content-type'], await sizeOf(response)]).toEqual([200, 'text/csv', 0]);
  expect([asked, ended]).toEqual([0, true]);
});

test('what fails before the first piece is an error like others', async () => {
  const response = await get('/many/0/failing');
  expect([response.statusCode, await sizeOf(response)]).toEqual([503, '{"oops":"the disk"}'.length]);
});

test('what fails later breaks the connection, so that nobody takes a part for the whole', async () => {
  const response = await get('/many/10/failing');
  await expect(sizeOf(response)).rejects.toThrow('aborted');
  expect(world.logged).toMatchObject([{ fields: { path: '/many/10/failing' } }]);
});
