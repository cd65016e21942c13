import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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

describe('the first start', () => {
  test('needs a password for the first administrator', async () => {
    await expect(it.service.start()).rejects.toMatchObject({ code: 'NO_INITIAL_PASSWORD' });
  });

  test('creates the administrator; later ones leave the password as it is', async () => {
    await (await it.again('first')).start();
    const later = await it.again('second');
    await later.start();
    await expect(later.logIn('admin', 'first', 'a')).resolves.toEqual(expect.any(String));
    await expect(later.logIn('admin', 'second', 'a')).rejects.toMatchObject({ status: 403 });
    await (await it.again()).start();
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
});

test('passwords and their hashes are never told, and salted', async () => {
  await it.service.addUser(ana);
  await it.service.addUser({ ...ana, username: 'bea', email: 'bea@example.com' });
  const users = await it.store.collection<{ id: string; password?: { salt: string; hash: string } }>('users', {
    indexes: [
      { fields: ['username'], unique: true },
      { fields: ['email'], unique: true },
      { fields: ['key'], unique: true },
    ],
  });
  const kept = (await users.findEverywhere()).map(({ document }) => document);
  expect(JSON.stringify(kept)).not.toContain('temppwd');
  expect(kept[0]?.password?.hash).not.toBe(kept[1]?.password?.hash);
});
