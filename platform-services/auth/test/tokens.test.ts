import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, SignJWT } from 'jose';
import { openAuth, type TestAuth } from './support/service.ts';

let it: TestAuth;
let token: string;
beforeAll(async () => {
  it = await openAuth('secret');
  await it.service.start();
  token = await it.service.logIn('admin', 'secret', '10.0.0.1');
});
afterAll(() => it.stop());

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const refused = (message: string) => expect.objectContaining({ status: 401, message });
const unsigned = (header: unknown, claims: unknown) => `${encode(header)}.${encode(claims)}.c2ln`;

describe('a token is refused', () => {
  test.each([
    ['no token at all', () => 'abc'],
    ['two parts', () => 'YQ.YQ'],
    ['a header that is no JSON', () => `${encode('{')}.${encode({})}.c2ln`],
    ['claims that are no JSON', () => `${encode({ alg: 'HS256' })}.${encode('{')}.c2ln`],
    ['claims that are no object', () => unsigned({ alg: 'HS256' }, [])],
  ])('as undecodable: %s', async (_case, make) => {
    await expect(it.service.verify(make())).rejects.toEqual(refused('Bad token; invalid JSON'));
  });

  test.each(['none', 'None', undefined, 7])('with alg %s', async (alg) => {
    const forged = unsigned({ alg }, decodeJwt(token));
    await expect(it.service.verify(forged)).rejects.toEqual(refused('Bad token; invalid alg'));
  });

  test('without or with an empty issuer', async () => {
    const verify = (iss?: unknown) => it.service.verify(unsigned({ alg: 'HS256' }, { iss }));
    await expect(verify()).rejects.toEqual(refused("No mandatory 'iss' in claims"));
    await expect(verify('')).rejects.toEqual(refused("Invalid 'iss' in claims"));
    await expect(verify(7)).rejects.toEqual(refused("Invalid 'iss' in claims"));
  });

  test('of an unknown issuer', async () => {
    const forged = unsigned({ alg: 'HS256' }, { iss: 'x'.repeat(32) });
    await expect(it.service.verify(forged)).rejects.toEqual(refused("No credentials found for given 'iss'"));
  });

  test('with any other algorithm, whatever it was signed with', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = await new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
    await expect(it.service.verify(forged)).rejects.toEqual(refused('Invalid algorithm'));
  });

  test('with a foreign or changed signature', async () => {
    const key = createSecretKey(Buffer.alloc(32));
    const foreign = await new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'HS256' }).sign(key);
    await expect(it.service.verify(foreign)).rejects.toEqual(refused('Invalid signature'));
    const [header, , signature] = token.split('.');
    const changed = `${header}.${encode({ ...decodeJwt(token), service: 'other' })}.${signature}`;
    await expect(it.service.verify(changed)).rejects.toEqual(refused('Invalid signature'));
  });

  test('once it has expired', async () => {
    const short = await it.service.logIn('admin', 'secret', '10.0.0.1');
    it.time.now += 3600_000 - 1000;
    await expect(it.service.verify(short)).resolves.toMatchObject({ tenant: 'admin' });
    it.time.now += 1000;
    await expect(it.service.verify(short)).rejects.toMatchObject({
      status: 401,
      message: 'token expired',
    });
  });
});

test('tokens outlive a restart', async () => {
  const first = await it.service.logIn('admin', 'secret', '10.0.0.1');
  const restarted = await it.again();
  await restarted.start();
  expect(await restarted.verify(first)).toEqual({ tenant: 'admin', username: 'admin', userId: 1 });
});
