import { describe, expect, test } from '@jest/globals';
import { PlatformError } from '../../errors.ts';
import { jsonBody } from '../json-body.ts';

const invalid = () => new PlatformError('INVALID', 400, 'no JSON');
const read = (type: string | undefined, text: string) =>
  jsonBody({ headers: { 'content-type': type }, body: Buffer.from(text) }, invalid);

describe('a JSON body', () => {
  test.each([['application/json'], ['application/json; charset=utf-8'], ['Application/JSON ;x=y']])(
    'is read when it is called %s',
    (type) => {
      expect(read(type, '{"é":[1]}')).toEqual({ é: [1] });
    },
  );

  test.each([
    ['text/plain', '{}'],
    [undefined, '{}'],
    ['application/jsonx', '{}'],
    ['application/json', '{'],
    ['application/json', ''],
  ])('of type %s and text %j is refused in the words of its service', (type, text) => {
    expect(() => read(type, text)).toThrow('no JSON');
  });
});
