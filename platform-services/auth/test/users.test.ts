import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import type { Auth } from '../index.ts';
import type { User } from '../users.ts';
import { openAuth, type TestAuth } from './support/service.ts';

let it: TestAuth;
beforeEach(async () => {
  it = await openAuth();
});
afterEach(() => it.stop());

const ana = {
  username: 'ana_s',
  tenant: 'factory1',
  email: 'ana@example.com',
  name: 'Ana Souza',
  profile: 'user',
  password: 'temppwd',
};

describe('the administrator', () => {
  const logIn = async (service: Auth, password: string) =>
    service.logIn('admin', password, 'a').then(
      () => true,
      () => false,
    );
  const started = async (password?: string, exposed?: boolean) => {
    const service = await it.again(password, exposed);
    await service.start();
    return service;
  };

  test('is created at the first start, with the default password on this machine only', async () => {
    await expect(started(undefined, true)).rejects.toMatchObject({ code: 'NO_INITIAL_PASSWORD' });
    await expect(started('admin', true)).rejects.toMatchObject({ code: 'NO_INITIAL_PASSWORD' });
    const service = await started();
    expect(service.administratorPassword()).toBe('default');
    expect(await logIn(service, 'admin')).toBe(true);
  });

  test('keeps a password of his own, whatever is set later', async () => {
    expect((await started('first')).administratorPassword()).toBe('given');
    const later = await started('second', true);
    expect(later.administratorPassword()).toBe('own');
    expect(await logIn(later, 'first')).toBe(true);
    expect(await logIn(later, 'second')).toBe(false);
    expect(it.warnings).toEqual([expect.stringContaining('not the one of the administrator')]);
    expect((await started()).administratorPassword()).toBe('own');
    expect((await started('first', true)).administratorPassword()).toBe('given');
  });

  test('loses the default password, and what was logged in with it, as soon as another is set', async () => {
    const token = await (await started()).logIn('admin', 'admin', 'a');
    await expect(started(undefined, true)).rejects.toMatchObject({ code: 'NO_INITIAL_PASSWORD' });
    const exposed = await started('correct-horse', true);
    expect(exposed.administratorPassword()).toBe('given');
    expect(await logIn(exposed, 'admin')).toBe(false);
    expect(await logIn(exposed, 'correct-horse')).toBe(true);
    await expect(exposed.verify(token)).rejects.toMatchObject({ status: 401 });
    expect(it.warnings).toEqual([expect.stringContaining('still had the default password')]);
  });
});

describe('a new password', () => {
  test('takes the place of the old one and ends its tokens', async () => {
    await it.service.addUser(ana);
    const token = await it.service.logIn('ana_s', 'temppwd', 'a');
    await it.service.verify(token);
    await it.service.setPassword('ana_s', 'better');
    await expect(it.service.logIn('ana_s', 'temppwd', 'a')).rejects.toMatchObject({ status: 403 });
    await expect(it.service.verify(token)).rejects.toMatchObject({ status: 401 });
    await it.service.verify(await it.service.logIn('ana_s', 'better', 'a'));
  });

  test('needs a user and a text', async () => {
    await expect(it.service.setPassword('nobody', 'x')).rejects.toMatchObject({ message: 'There is no user nobody.' });
    await it.service.addUser(ana);
    await expect(it.service.setPassword('ana_s', '')).rejects.toMatchObject({ message: 'Missing password' });
  });
});

describe('a new user', () => {
  test('can log in at once, and its tenant exists', async () => {
    await (await it.again('secret')).start();
    expect(await it.service.addUser(ana)).toBe(2);
    const token = await it.service.logIn('ana_s', 'temppwd', 'a');
    expect(await it.service.verify(token)).toEqual({ tenant: 'factory1', username: 'ana_s', userId: 2 });
    await it.service.addUser({ ...ana, username: 'bea', email: 'bea@example.com' });
    expect((await it.service.tenants()).toSorted()).toEqual(['admin', 'factory1']);
  });

  test.each([
    [{ username: '' }, 'Missing username'],
    [{ username: 'a'.repeat(41) }, 'Username too long'],
    [{ username: 'Ana' }, expect.stringContaining('Invalid username')],
    [{ username: 'a' }, expect.stringContaining('Invalid username')],
    [{ tenant: '' }, 'Missing service'],
    [{ tenant: 'a'.repeat(31) }, 'Service too long'],
    [{ tenant: 'a.b' }, expect.stringContaining('Invalid service')],
    [{ email: '' }, 'Missing email'],
    [{ email: `a@b.${'c'.repeat(251)}` }, 'E-mail too long'],
    [{ email: 'Ana@example.com' }, 'Invalid e-mail address'],
    [{ name: '' }, "Missing user's name (full name)"],
    [{ name: 'a'.repeat(91) }, 'Name too long'],
    [{ profile: '' }, 'Missing profile'],
    [{ profile: 'a'.repeat(31) }, 'Profile name too long'],
    [{ password: '' }, 'Missing password'],
  ])('must obey the rules: %j', async (wrong, message) => {
    await expect(it.service.addUser({ ...ana, ...wrong })).rejects.toMatchObject({ status: 400, message });
  });

  test('must be the only one with its name and e-mail, over all tenants', async () => {
    await it.service.addUser(ana);
    const sameName = { ...ana, tenant: 'other', email: 'x@example.com' };
    await expect(it.service.addUser(sameName)).rejects.toMatchObject({ message: 'Username ana_s is in use.' });
    const sameEmail = { ...ana, username: 'bea' };
    await expect(it.service.addUser(sameEmail)).rejects.toMatchObject({ message: 'E-mail ana@example.com is in use.' });
  });

  test.each([
    [{ username: 'bea' }, 'E-mail ana@example.com is in use.'],
    [{ email: 'x@example.com' }, 'Username ana_s is in use.'],
  ])('is told what another took at the same moment: all but %j', async (other, message) => {
    const answers = await Promise.allSettled([it.service.addUser(ana), it.service.addUser({ ...ana, ...other })]);
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([expect.objectContaining({ reason: expect.objectContaining({ message, status: 400 }) })]);
  });
});

test('what is stored of a user is neither his password nor what his tokens are signed with', async () => {
  await it.service.addUser(ana);
  await it.service.addUser({ ...ana, username: 'bea', email: 'bea@example.com' });
  const users = await it.store.collection<User>('users', {
    indexes: [
      { fields: ['username'], unique: true },
      { fields: ['email'], unique: true },
      { fields: ['key'], unique: true },
    ],
  });
  const kept = (await users.findEverywhere()).map(({ document }) => document);
  expect(JSON.stringify(kept)).not.toContain('temppwd');
  expect(kept[0]?.password?.hash).not.toBe(kept[1]?.password?.hash);
  const token = await it.service.logIn('ana_s', 'temppwd', 'a');
  const texts = kept.flatMap((user) => Object.values(user)).filter((value) => typeof value === 'string');
  for (const text of texts.filter(Boolean)) {
    await expect(jwtVerify(token, Buffer.from(text))).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  }
});
