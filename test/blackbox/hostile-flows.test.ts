/** A flow that misbehaves harms nobody outside its tenant, and the tenant is back at once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Api, logIn } from '../support/api.ts';
import { publish } from '../support/mosquitto.ts';
import { addUser, type Platform, removeFolder, startPlatform, temporaryFolder } from '../support/platform.ts';
import { copyingFlow, createWorld, intoVirtual, tab, type World, whenSensorSpeaks } from '../support/sample-flow.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let api: Api;
let world: World;
let neighbour: Api;
let neighbourWorld: World;
let seq = 0;

beforeAll(async () => {
  const dataDir = temporaryFolder();
  platform = await startPlatform({ dataDir, environment: { DOJOT_FLOW_LEASE: '5000' } });
  await platform.stop();
  addUser(dataDir, 'neighbour', 'other', 'a good password');
  platform = await startPlatform({ dataDir, environment: { DOJOT_FLOW_LEASE: '5000' } });
  api = await logIn(platform.url);
  world = await createWorld(api);
  await api.createFlow('copy', copyingFlow(world));
  neighbour = await logIn(platform.url, 'neighbour', 'a good password');
  neighbourWorld = await createWorld(neighbour);
  await neighbour.createFlow('copy', copyingFlow(neighbourWorld));
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

/** A reading of a tenant still comes out of its (good) flow. */
async function expectFlowing(who: Api, where: World, tenant: string): Promise<void> {
  seq += 1;
  const mine = seq;
  await publish(platform.mqttPort, `${tenant}:${where.sensor}`, `{"temperature":20,"seq":${mine}}`);
  await until(`reading ${mine} of ${tenant} to come out of its flow`, async () =>
    (await who.history(where.virtual, 'seq')).some((row) => row.value === mine),
  );
}

function functionFlow(code: string): Record<string, unknown>[] {
  return [
    tab,
    whenSensorSpeaks(world, 'bad'),
    {
      id: 'bad',
      type: 'function',
      z: 't0',
      name: 'bad',
      func: code,
      outputs: 1,
      timeout: 0,
      x: 1,
      y: 1,
      wires: [['out']],
    },
    intoVirtual(world, 'out', 'payload.data.attrs'),
  ];
}

/** Code that only misbehaves for the reading that carries `attack`, so that the tenant can be shown to be well again. */
const whenAttacked = (code: string) => `if (msg.payload.data.attrs.attack) { ${code} } return null;`;
const escaped = "Buffer.constructor('return process')()";

describe('a function node', () => {
  test.each([
    ['throws', 'throw new Error("no");'],
    ['rejects later', 'Promise.reject(new Error("later")); setTimeout(() => { throw new Error("later still") }, 1);'],
    ['loops for ever', 'for (;;);'],
    ['eats its heap', 'const all = []; for (;;) all.push(new Array(1e5).fill({}));'],
    ['calls process.exit', `${escaped}.exit(7);`],
    ['kills itself', `const p = ${escaped}; p.kill(p.pid, "SIGKILL");`],
    ['never answers', 'return new Promise(() => {});'],
  ])('that %s harms only its branch, and the tenant goes on', async (_, code) => {
    const id = await api.createFlow('bad', functionFlow(whenAttacked(code)));
    await publish(platform.mqttPort, `admin:${world.sensor}`, '{"attack":true}');
    await expectFlowing(neighbour, neighbourWorld, 'other');
    await expectFlowing(api, world, 'admin');
    expect((await api.call('DELETE', `/flows/v1/flow/${id}`)).status).toBe(200);
    expect((await fetch(`${platform.url}/health`)).status).toBe(200);
  });

  test('that escapes its sandbox finds no environment, no secret and no other tenant', async () => {
    const id = await api.createFlow('spy', [
      tab,
      whenSensorSpeaks(world, 'spy'),
      {
        ...{ id: 'spy', type: 'function', z: 't0', outputs: 1, x: 1, y: 1, wires: [['out']] },
        func: `const p = ${escaped}; return { out: { environment: Object.keys(p.env), arguments: p.argv.join(' ') } };`,
      },
      intoVirtual(world, 'out', 'out'),
    ]);
    await publish(platform.mqttPort, `admin:${world.sensor}`, '{"temperature":1}');
    const [row] = await until('what it found', async () => {
      const rows = await api.history(world.virtual, 'environment');
      return rows.length > 0 ? rows : false;
    });
    expect(row?.value).toEqual([]);
    const [line] = await api.history(world.virtual, 'arguments');
    expect(String(line?.value)).not.toMatch(/secret|password|other/);
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });
});

describe('a function node that escaped its sandbox', () => {
  test.each([
    [
      'the secret of the installation',
      (folder: string) => `fs.readFileSync(${JSON.stringify(`${folder}/secret.key`)}, 'utf8')`,
    ],
    [
      'the users and their keys',
      (folder: string) => `fs.readFileSync(${JSON.stringify(`${folder}/store.db`)}, 'latin1').length`,
    ],
    ["the names of other tenants' sockets", (folder: string) => `fs.readdirSync(${JSON.stringify(`${folder}/run`)})`],
    ['the sockets of the machine', () => "fs.readFileSync('/proc/net/unix', 'utf8').length"],
    ['a program to run', () => "load('node:child_process').execSync('id').toString()"],
    ['a file of its own elsewhere', () => "fs.writeFileSync('/tmp/dojot-was-here', 'x')"],
  ])('does not get %s', async (_, attempt) => {
    const id = await api.createFlow('thief', [
      tab,
      whenSensorSpeaks(world, 'thief'),
      {
        ...{ id: 'thief', type: 'function', z: 't0', outputs: 1, x: 1, y: 1, wires: [['out']] },
        func: `const load = ${escaped}.getBuiltinModule; const fs = load('node:fs');
          try { return { out: { stolen: ${attempt(platform.dataDir)} } } } catch (error) { return { out: { denied: error.code } } }`,
      },
      intoVirtual(world, 'out', 'out'),
    ]);
    const before = (await api.history(world.virtual, 'denied')).length;
    await publish(platform.mqttPort, `admin:${world.sensor}`, '{"temperature":1}');
    const rows = await until('the refusal', async () => {
      const found = await api.history(world.virtual, 'denied');
      return found.length > before ? found : false;
    });
    expect(rows.at(-1)?.value).toBe('ERR_ACCESS_DENIED');
    expect(await api.history(world.virtual, 'stolen')).toEqual([]);
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });
});

describe('a flow', () => {
  test('whose wires form a loop is stopped', async () => {
    const id = await api.createFlow('loop', [
      tab,
      whenSensorSpeaks(world, 'a'),
      { id: 'a', type: 'change', z: 't0', rules: [], x: 1, y: 1, wires: [['b']] },
      { id: 'b', type: 'change', z: 't0', rules: [], x: 1, y: 1, wires: [['a']] },
    ]);
    await expectFlowing(api, world, 'admin');
    await expectFlowing(neighbour, neighbourWorld, 'other');
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });

  test('with a type that nobody provides is kept, ends at that node and stops nothing else', async () => {
    const flow = [
      tab,
      whenSensorSpeaks(world, 'x'),
      { id: 'x', type: 'edgedetection', z: 't0', x: 1, y: 1, wires: [[]] },
    ];
    const id = await api.createFlow('old export', flow);
    await expectFlowing(api, world, 'admin');
    expect((await api.call('GET', `/flows/v1/flow/${id}`)).text).toContain(`"flow":${JSON.stringify(flow)}`);
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });

  test('with wires to nowhere and twice the same id stops nothing else', async () => {
    const broken = { id: 'x', type: 'change', z: 't0', rules: [], x: 1, y: 1, wires: [['nowhere']] };
    const id = await api.createFlow('broken', [tab, whenSensorSpeaks(world, 'x'), broken, broken]);
    await expectFlowing(api, world, 'admin');
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });

  test('that is disabled is not triggered, and runs again when enabled', async () => {
    const id = await api.createFlow('switchable', [
      tab,
      whenSensorSpeaks(world, 'set'),
      {
        ...{ id: 'set', type: 'change', z: 't0', x: 1, y: 1, wires: [['out']] },
        rules: [{ t: 'set', p: 'out.switched', pt: 'msg', to: 'payload.data.attrs.seq', tot: 'msg' }],
      },
      intoVirtual(world, 'out', 'out'),
    ]);
    await expectFlowing(api, world, 'admin');
    await until('the enabled flow', async () => (await api.history(world.virtual, 'switched')).length === 1);
    const off = await api.call('PUT', `/flows/v1/flow/${id}`, { enabled: false });
    expect(off.json<{ flow: { enabled: boolean } }>().flow.enabled).toBe(false);
    await expectFlowing(api, world, 'admin');
    await expectFlowing(api, world, 'admin');
    expect(await api.history(world.virtual, 'switched')).toHaveLength(1);
    await api.call('PUT', `/flows/v1/flow/${id}`, { enabled: true });
    await expectFlowing(api, world, 'admin');
    await until('the flow enabled again', async () => (await api.history(world.virtual, 'switched')).length === 2);
    await api.call('DELETE', `/flows/v1/flow/${id}`);
  });
});
