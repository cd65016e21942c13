import { expect, test } from '@jest/globals';
import { parseOrigin } from '../../../contract/headers.ts';
import { descentOf, originOf } from '../origin.ts';

const event = { id: 1, topic: 'admin.device-data', partition: 3, offset: 42, value: '' };

test('what a reading causes names the reading', () => {
  expect(originOf(descentOf(event), 'node', 0)).toBe('admin.device-data/3/42/node.0');
});

test('what that causes keeps the root and extends the path', () => {
  const second = { ...event, offset: 99, origin: 'admin.device-data/3/42/node.0', generation: '1' };
  expect(descentOf(second).generation).toBe(1);
  expect(originOf(descentOf(second), 'other', 2)).toBe('admin.device-data/3/42/node.0>other.2');
});

test('a path stays short however long the chain, and the same chain gives the same path', () => {
  const walk = (steps: number, node: string) => {
    let origin = originOf(descentOf(event), node, 0);
    for (let step = 1; step < steps; step++) origin = originOf(descentOf({ ...event, origin }), node, step);
    return origin;
  };
  expect(walk(500, 'a-node-with-a-long-name').length).toBeLessThan(300);
  expect(walk(500, 'a')).toBe(walk(500, 'a'));
  expect(walk(500, 'a')).not.toBe(walk(501, 'a'));
  expect(parseOrigin(walk(500, 'a'))).toMatchObject({ topic: 'admin.device-data', partition: 3, offset: 42 });
});

test('headers that nobody of us wrote are taken for none', () => {
  expect(descentOf({ ...event, origin: 'nonsense', generation: 'x' })).toMatchObject({
    offset: 42,
    path: '',
    generation: 0,
  });
});
