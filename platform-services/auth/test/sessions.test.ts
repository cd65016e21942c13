import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Sessions } from '../../kit/directory.ts';
import { openAuth, type TestAuth } from './support/service.ts';

let it: TestAuth;
let sessions: Sessions;
beforeEach(async () => {
  it = await openAuth('secret');
  await it.service.start();
  sessions = it.service.sessions;
});
afterEach(() => it.stop());

const logIn = () => sessions.open('admin', 'secret', '10.0.0.1');
const ended = { status: 401, message: 'session ended' };

test('a session begins with a log-in', async () => {
  const session = await logIn();
  expect(session).toMatchObject({
    identity: { tenant: 'admin', username: 'admin', userId: 1 },
    issued: it.time.now,
    expires: it.time.now + 3600_000,
    ends: it.time.now + 10_000_000,
  });
  expect(await sessions.read(session.token)).toEqual(session);
  expect(await it.service.verify(session.token)).toEqual(session.identity);
  expect((await logIn()).id).not.toBe(session.id);
  await expect(sessions.open('admin', 'wrong', '10.0.0.1')).rejects.toMatchObject({ status: 403 });
});

test('log-ins for sessions and for tokens are counted together', async () => {
  for (let guess = 0; guess < 3; guess += 1) {
    await expect(sessions.open('admin', 'wrong', '10.0.0.1')).rejects.toMatchObject({ status: 403 });
  }
  for (let guess = 0; guess < 2; guess += 1) {
    expect(await it.post({ username: 'admin', passwd: 'wrong' }, { address: '10.0.0.1' })).toMatchObject({
      status: 403,
    });
  }
  await expect(logIn()).rejects.toMatchObject({ status: 429 });
  expect(await sessions.open('admin', 'secret', '10.0.0.2')).toMatchObject({ identity: { username: 'admin' } });
});

test('is renewed while it is used, but never beyond its end', async () => {
  const first = await logIn();
  it.time.now += 3000_000;
  const second = await sessions.renew(first);
  expect(second).toMatchObject({
    id: first.id,
    issued: it.time.now,
    expires: it.time.now + 3600_000,
    ends: first.ends,
  });
  expect(decodeJwt(second.token).jti).not.toBe(decodeJwt(first.token).jti);
  it.time.now += 3500_000;
  const third = await sessions.renew(second);
  expect(third).toMatchObject({ expires: first.ends, ends: first.ends });
  it.time.now = first.ends;
  await expect(sessions.renew(third)).rejects.toMatchObject({ status: 401, message: 'token expired' });
});

test('that was ended is over for all its tokens, also after a restart, and for no other', async () => {
  const first = await logIn();
  const other = await logIn();
  it.time.now += 2000_000;
  const renewed = await sessions.renew(first);
  await sessions.end(first);
  const again = await it.again('secret');
  for (const service of [it.service, again]) {
    for (const { token } of [first, renewed]) {
      await expect(service.sessions.read(token)).rejects.toMatchObject(ended);
      await expect(service.verify(token)).rejects.toMatchObject(ended);
    }
    await expect(service.sessions.renew(renewed)).rejects.toMatchObject(ended);
    expect((await service.sessions.read(other.token)).id).toBe(other.id);
  }
});

test('a renewal that is on its way while the session ends brings nothing back', async () => {
  const session = await logIn();
  const [renewal] = await Promise.allSettled([sessions.renew(session), sessions.end(session)]);
  if (renewal?.status === 'fulfilled') await expect(sessions.read(renewal.value.token)).rejects.toMatchObject(ended);
  await expect(sessions.read(session.token)).rejects.toMatchObject(ended);
});

test('ended ones are forgotten only when their tokens have expired', async () => {
  const session = await logIn();
  await sessions.end(session);
  it.time.now = session.expires - 1000;
  await sessions.end(await logIn());
  await expect(sessions.read(session.token)).rejects.toMatchObject(ended);
  it.time.now = session.expires + 120_000;
  await sessions.end(await logIn());
  await expect(sessions.read(session.token)).rejects.toMatchObject({ message: 'token expired' });
});

test("a program's token is no session", async () => {
  const token = await it.service.logIn('admin', 'secret', '10.0.0.1');
  await expect(sessions.read(token)).rejects.toMatchObject({ status: 401, message: 'This token is not of a session' });
});
