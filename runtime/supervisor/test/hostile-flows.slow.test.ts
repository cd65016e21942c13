/** Flows that end, block or abuse their process: the tenant is back at once, and nobody else notices. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { subjects } from '../../../contract/topics.ts';
import { escaped, flow, functionNode, onReading, publishFor } from './support/flows.ts';
import { allRead, createWorld, device, until, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ livenessMs: 1000, heapMb: 48, leaseMs: 3000 });
  for (const tenant of ['admin', 'other', 'third']) {
    for (const id of ['sensor', 'good', 'virtual']) world.devices.set(`${tenant}:${id}`, device(id));
  }
  await world.supervisor.start();
  await create('other', 'copy', flow(onReading('sensor', 'out'), publishFor('out', 'virtual')));
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

const create = (tenant: string, name: string, source: string) =>
  world.flows.create(tenant, { name, enabled: true, source }, 'tester');

/** A flow that does `code` when the reading says so, and otherwise copies the reading to the virtual device. */
const attackable = (code: string) =>
  flow(
    onReading('sensor', 'bad'),
    functionNode('bad', `if (msg.payload.data.attrs.attack) { ${code} } return msg;`, [['out']]),
    publishFor('out', 'virtual'),
  );

const deadLetters = () => world.read(subjects.deadFlowMessages);

async function results(name: string): Promise<unknown[]> {
  return (await world.said('virtual')).map(({ attrs }) => attrs[name]).filter((value) => value !== undefined);
}

/** Writes raw lines to the channel, however full it is. */
const tell = (text: string) =>
  `const fs = ${escaped}.getBuiltinModule('fs'); const bytes = Buffer.from(${text}); let at = 0;
   while (at < bytes.length) { try { at += fs.writeSync(3, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; } }`;
const publishing = (attrs: string) =>
  `'{"kind":"call","id":1,"call":{"name":"publish","what":"attributes","deviceId":"virtual","generation":1,"attrs":' + ${attrs} + '}}\\n'`;
const publishingFrom = (origin: string) =>
  `'{"kind":"call","id":1,"call":{"name":"publish","what":"attributes","deviceId":"virtual","generation":1,"attrs":{"forged":1},"origin":"${origin}"}}\\n'`;

describe('what is sent around the kit', () => {
  test.each([
    ['countless parts', tell(publishing(`'[' + '{},'.repeat(4e6) + '{}]'`)), /a line of more than 1000000 parts/],
    ['a line without end', tell(`'"' + 'x'.repeat(25 * 1024 * 1024)`), undefined],
    ['an answer to no ping', tell(`'{"kind":"pong","id":7}\\n'`), /a ping that nobody sent/],
    ['a message of another tenant as the origin', tell(publishingFrom('other.device-data/0/9/x.0')), undefined],
    ['a message still to come as the origin', tell(publishingFrom('admin.device-data/0/99999/x.0')), undefined],
    ['a message of no partition as the origin', tell(publishingFrom('admin.device-data/99999/0/x.0')), undefined],
  ])('%s: nothing comes of it, and the flows go on', async (name, code, reason) => {
    await create('admin', name, attackable(`await null; ${code}`));
    await world.say('sensor', { attack: true });
    await world.say('good', { [name]: 0 });
    await world.say('sensor', { [name]: 1 });
    await until('the reading after the attack', async () => (await results(name)).includes(1), 40_000);
    if (reason) expect(world.lines.some((line) => reason.test(line))).toBe(true);
    expect(await results('forged')).toEqual([]);
  });
});

describe('a function node', () => {
  test.each([
    ['calls process.exit', `${escaped}.exit(7);`],
    ['loops for ever behind an await', 'await null; for (;;);'],
    ['eats its heap', 'await null; const all = []; for (;;) all.push(new Array(1e5).fill({}));'],
    [
      'says what no tenant may say',
      `${escaped}.getBuiltinModule('fs').writeSync(3, '{"kind":"start"}\\n'); await new Promise(() => {});`,
    ],
  ])('that %s: its message is set aside after three deaths, all others go on, in order', async (name, code) => {
    await create('admin', name, attackable(code));
    const lettersBefore = (await deadLetters()).length;
    await world.say('sensor', { [name]: 1 });
    await world.say('sensor', { attack: true });
    await world.say('sensor', { [name]: 2 });
    await world.say('sensor', { [name]: 3 }, 'other');
    await until('the other tenant', async () =>
      (await world.said('virtual', 'other')).some(({ attrs }) => attrs[name] === 3),
    );
    await until('the reading after the attack', async () => (await results(name)).includes(2));
    expect(new Set(await results(name))).toEqual(new Set([1, 2]));
    const letters = await deadLetters();
    expect(letters).toHaveLength(lettersBefore + 1);
    const letter = JSON.parse(letters.at(-1)?.value ?? '');
    expect(letter).toMatchObject({ topic: 'admin.device-data', key: 'admin:sensor' });
    expect(letter.reason).toMatch(/three times/);
    expect(JSON.parse(letter.value).attrs).toEqual({ attack: true });
  });

  test.each([
    ['throws', 'throw new Error("no");'],
    ['leaves a rejection behind', 'Promise.reject(new Error("later"));  return null;'],
    [
      'throws outside the node',
      `${escaped}.getBuiltinModule('timers').setTimeout(() => { throw new Error('x'); }, 1); return null;`,
    ],
    ['loops for ever', 'for (;;);'],
  ])('that %s ends its branch and costs no process', async (name, code) => {
    await create('admin', name, attackable(code));
    const pid = await until('the process', () => world.supervisor.processes().get('admin'));
    await world.say('sensor', { attack: true });
    await world.say('sensor', { [name]: 1 });
    await until('the next reading', async () => (await results(name)).includes(1));
    await until('all to end', () => allRead(world));
    expect(world.supervisor.processes().get('admin')).toBe(pid);
  });

  test('that loops for ever at a late message costs one process; then the message ends as an error of the node', async () => {
    const third = 'third';
    await create(third, 'loop', attackable('for (;;);'));
    const readings = Array.from({ length: 1000 }, (_, n) => n);
    await Promise.all(readings.map((n) => world.say('sensor', { n }, third)));
    await world.say('sensor', { attack: true }, third);
    await world.say('sensor', { late: 1 }, third);
    await until('the reading behind the loop', async () =>
      (await world.said('virtual', third)).some(({ attrs }) => attrs.late === 1),
    );
    expect(await world.count('process_deaths', third)).toBe(1);
    const results = (await world.said('virtual', third)).map(({ attrs }) => attrs.n);
    expect(readings.filter((n) => !results.includes(n))).toEqual([]);
    expect(world.lines.some((line) => /Script execution timed out/.test(line))).toBe(true);
  });

  test('that escaped can signal nobody, by whatever way it looks for the means', async () => {
    const ways = [
      'p.kill(p.ppid, 0)',
      'p._kill(p.ppid, 0)',
      'p._debugProcess(p.ppid)',
      "p.getBuiltinModule('process').kill(p.ppid, 0)",
      "p.getBuiltinModule('vm').runInNewContext('p.kill(p.ppid, 0)', { p })",
      'delete p.kill; p.kill(p.ppid, 0)',
      'Object.create(p).kill(p.ppid, 0)',
      "p.binding('process_methods')._kill(p.ppid, 0)",
      "new (p.getBuiltinModule('worker_threads').Worker)('process.kill(process.ppid, 0)', { eval: true })",
      "p.getBuiltinModule('child_process').execSync('true')",
      'p.setuid(0)',
    ];
    const code = `const p = ${escaped}; const outcomes = {};
      for (const way of ${JSON.stringify(ways)}) {
        try { new Function('p', way)(p); outcomes[way] = 'done'; } catch (error) { outcomes[way] = error.message; }
      }
      msg.payload.data.attrs.outcomes = JSON.stringify(outcomes);`;
    await create('admin', 'signals', attackable(code));
    await world.say('sensor', { attack: true });
    await until('what it could do', async () => (await results('outcomes')).length > 0);
    // Refused for the right reason: a way that does not exist at all would prove nothing.
    const refused = expect.stringMatching(/is not there in the process of a tenant|API has been restricted/);
    const [outcomes] = await results('outcomes');
    expect(JSON.parse(String(outcomes))).toEqual(Object.fromEntries(ways.map((way) => [way, refused])));
  });

  test('that never answers holds its device back for one lease only', async () => {
    await create('admin', 'silent', attackable('return new Promise(() => {});'));
    const expired = await world.count('messages_expired');
    await world.say('sensor', { attack: true });
    await world.say('sensor', { silent: 1 });
    await until('the next reading', async () => (await results('silent')).includes(1));
    expect(await world.count('messages_expired')).toBe(expired + 1);
    expect(world.lines.some((line) => /lease.*node \S+bad \(function\) of flow/.test(line))).toBe(true);
  });
});

test('a flow that triggers itself is stopped before it fills the log', async () => {
  await create('admin', 'self', flow(onReading('good', 'out'), publishFor('out', 'good')));
  await world.say('good', { self: 1 });
  await until('the loop to be stopped', () => world.lines.some((line) => /Runaway loop/.test(line)));
  await until('all to end', () => allRead(world));
  const told = await world.said('good');
  expect(told.length).toBeGreaterThan(900);
  expect(told.length).toBeLessThan(1300);
  expect(new Set(told.map(({ origin }) => origin?.offset)).size).toBeLessThanOrEqual(2);
});
