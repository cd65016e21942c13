import { describe, expect, test } from '@jest/globals';
import {
  deletePath,
  findPath,
  parsePath,
  peekPath,
  readPath,
  withoutInternals,
  writePath,
} from '../src/message-path.ts';

describe('message paths (contract §5.1)', () => {
  test('split at dots, empty parts vanish', () => {
    expect(parsePath('.payload..data.').parts).toEqual(['payload', 'data']);
  });

  test.each(['__proto__', 'a.prototype.b', 'a.constructor'])('%s is refused', (path) => {
    expect(() => parsePath(path)).toThrow('forbidden');
  });

  test('a numeric part indexes a list', () => {
    expect(readPath({ list: [{ a: 1 }, { a: 2 }] }, parsePath('list.1.a'))).toBe(2);
  });

  test('a missing part is an error that names the path', () => {
    expect(() => readPath({ a: {} }, parsePath('a.b'))).toThrow('Unknown property a.b requested');
  });

  test.each([
    ['walking through null', { a: null }, 'a.b'],
    ['an inherited property', { a: {} }, 'a.toString'],
    ['the empty path', { a: 1 }, ''],
    ['a field of the engine', { _msgid: 'x' }, '_msgid'],
    ['a part of a scalar', { a: 5 }, 'a.b'],
  ])('%s is an error', (_what, message, path) => {
    expect(() => readPath(message, parsePath(path))).toThrow('Unknown property');
  });

  test('a literal msg is a field called msg', () => {
    expect(readPath({ msg: { x: 1 } }, parsePath('msg.x'))).toBe(1);
  });

  test('the reading of switch gives undefined for a missing part, and fails on null', () => {
    expect(peekPath({ a: {} }, parsePath('a.b.c'))).toBeUndefined();
    expect(peekPath({ a: null }, parsePath('a'))).toBeNull();
    expect(() => peekPath({ a: null }, parsePath('a.b'))).toThrow('Unknown property a.b requested');
  });

  test('finding gives undefined wherever there is nothing', () => {
    const message = { a: null, list: [1] };
    for (const path of ['a.b', 'x.y', '', '_msgid']) expect(findPath(message, parsePath(path))).toBeUndefined();
    expect(findPath(message, parsePath('list.0'))).toBe(1);
  });

  test('setting makes missing objects', () => {
    const message = {};
    writePath(message, parsePath('a.b.c'), 1);
    expect(message).toEqual({ a: { b: { c: 1 } } });
  });

  test.each([
    ['a scalar on the way', { a: 1 }, 'a.b'],
    ['null on the way', { a: null }, 'a.b'],
    ['the empty path', {}, ''],
    ['a field of the engine', {}, '_msgid'],
  ])('setting fails on %s', (_what, message, path) => {
    expect(() => writePath(message, parsePath(path), 1)).toThrow('cannot be set');
  });

  test('what is set is a copy in JSON form', () => {
    const source = { when: new Date(0), bin: Buffer.from('a'), nan: Number.NaN, none: undefined };
    const message = {};
    writePath(message, parsePath('a'), source);
    expect(message).toEqual({
      a: { when: '1970-01-01T00:00:00.000Z', bin: { type: 'Buffer', data: [97] }, nan: null },
    });
  });

  test('deleting removes a field or closes the gap in a list, and forgives a missing one', () => {
    const message = { a: { b: 1 }, list: [1, 2, 3], none: null };
    for (const path of ['a.b', 'list.1', 'list.length', 'x.y', 'none.x', '']) deletePath(message, parsePath(path));
    expect(message).toEqual({ a: {}, list: [1, 3], none: null });
  });

  test('a message is shown without the fields of the engine', () => {
    expect(withoutInternals({ _msgid: '1', payload: 2 })).toEqual({ payload: 2 });
  });
});
