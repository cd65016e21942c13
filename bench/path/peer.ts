/**
 * The peer of `path`: Mosquitto, stock Node-RED 5 and node-red-node-sqlite doing the same without durability. They are
 * installed into the user's cache folder on first use. All that holds it back by default is lifted: unlimited queues in the
 * broker, no fsync in the database.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort, removeFolder, temporaryFolder } from '../../test/support/platform.ts';
import { until } from '../../test/support/until.ts';
import type { Subject } from './subject.ts';

/** Outside the project: Node-RED loads every node package it finds on the way up to the root. */
const cache = join(homedir(), '.cache', 'dojot-bench-peer');

export async function startPeer(count: number): Promise<Subject> {
  installPeer();
  const folder = temporaryFolder();
  const running: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(running.map(end));
    removeFolder(folder);
  };
  try {
    return await startIn(folder, running, stop, count);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn(
  folder: string,
  running: ChildProcess[],
  stop: () => Promise<void>,
  count: number,
): Promise<Subject> {
  const mqttPort = await freePort();
  const database = join(folder, 'results.db');
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    [
      'listener',
      String(mqttPort),
      '127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n',
    ].join(' '),
  );
  const broker = spawn('/usr/sbin/mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  running.push(broker);
  await until('mosquitto', async () => !(await isFree(mqttPort)));
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows(mqttPort, database)));
  writeFileSync(
    join(folder, 'settings.js'),
    `module.exports = { flowFile: 'flows.json', uiPort: ${await freePort()}, uiHost: '127.0.0.1', nodesDir: ${JSON.stringify(join(cache, 'node_modules', 'node-red-node-sqlite'))}, logging: { console: { level: 'warn', metrics: false, audit: false } }, telemetry: { enabled: false } };`,
  );
  const runtime = spawn(
    process.execPath,
    [join(cache, 'node_modules', 'node-red', 'red.js'), '-u', folder, '-s', join(folder, 'settings.js')],
    { stdio: 'ignore' },
  );
  running.push(runtime);
  const reader = await until('the table of the peer', () => openWhenReady(database));
  const newest = reader.prepare('SELECT coalesce(max(seq), 0) AS seq FROM results WHERE device = ?');
  return {
    name: 'Mosquitto + Node-RED + node-red-node-sqlite (no durability)',
    mqttPort,
    clients: Array.from({ length: count }, (_, index) => ({ identity: `d${index}`, topic: `sensors/d${index}/attrs` })),
    pids: () => running.map(pidOf),
    newestResult: async (client) => Number(newest.get(`d${client}`)?.seq ?? 0),
    async stop() {
      reader.close();
      await stop();
    },
  };
}

function installPeer(): void {
  if (existsSync(join(cache, 'node_modules', 'node-red-node-sqlite'))) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--no-save', 'node-red@5.0.7', 'node-red-node-sqlite'], {
    cwd: cache,
    stdio: 'inherit',
  });
}

/** mqtt in → switch → change → a statement with parameters → insert; the same steps as the flow of the platform. */
function flows(port: number, database: string): object[] {
  const at = { z: 'tab', x: 100, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'path' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(port),
      clientid: 'peer',
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    { id: 'db', type: 'sqlitedb', db: database, mode: 'RWC' },
    {
      ...{
        ...at,
        id: 'once',
        type: 'inject',
        once: true,
        onceDelay: 0,
        props: [{ p: 'topic', vt: 'str' }],
        wires: [['setup']],
      },
      topic:
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE results (device TEXT, seq INTEGER, temperature REAL); CREATE INDEX latest ON results (device, seq);',
    },
    {
      ...{ ...at, id: 'setup', type: 'sqlite', mydb: 'db', sqlquery: 'batch', name: '', wires: [[]] },
    },
    {
      ...at,
      id: 'in',
      type: 'mqtt in',
      topic: 'sensors/+/attrs',
      qos: '1',
      datatype: 'json',
      broker: 'broker',
      nl: false,
      rap: true,
      rh: 0,
      inputs: 0,
      wires: [['switch']],
    },
    {
      ...{
        ...at,
        id: 'switch',
        type: 'switch',
        property: 'payload.temperature',
        propertyType: 'msg',
        checkall: 'true',
        repair: false,
        outputs: 1,
      },
      ...{ rules: [{ t: 'gt', v: '-100', vt: 'num' }], wires: [['change']] },
    },
    {
      ...{ ...at, id: 'change', type: 'change', wires: [['statement']] },
      rules: [
        { t: 'set', p: 'out.temperature', pt: 'msg', to: 'payload.temperature', tot: 'msg' },
        { t: 'set', p: 'out.seq', pt: 'msg', to: 'payload.seq', tot: 'msg' },
      ],
    },
    {
      ...{ ...at, id: 'statement', type: 'function', outputs: 1, wires: [['insert']] },
      func: 'return { params: { $device: msg.topic.split("/")[1], $seq: msg.out.seq, $temperature: msg.out.temperature } };',
    },
    {
      ...{ ...at, id: 'insert', type: 'sqlite', mydb: 'db', sqlquery: 'prepared', name: '', wires: [[]] },
      sql: 'INSERT INTO results VALUES ($device, $seq, $temperature)',
    },
  ];
}

/** The database once the peer has made its table. */
function openWhenReady(path: string): DatabaseSync | false {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true });
  // The peer may be writing at this moment.
  database.exec('PRAGMA busy_timeout = 2000');
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'latest'").get();
  if (tables?.n === 1) return database;
  database.close();
  return false;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process of the peer has not started');
  return child.pid;
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
