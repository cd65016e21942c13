/** What the README promises somebody who starts the platform for the first time. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { logIn } from '../support/api.ts';
import {
  freePort,
  isAlive,
  type Platform,
  paste,
  removeFolder,
  startPlatform,
  temporaryFolder,
} from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform | undefined;
const folders: string[] = [];

afterEach(async () => {
  await platform?.stop();
  platform = undefined;
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function folder(): string {
  const path = temporaryFolder();
  folders.push(path);
  return path;
}

describe('npm start on an empty folder', () => {
  test('prints lines that work when pasted: a reading runs through the flow into the history of the virtual device', async () => {
    platform = await startPlatform({ command: ['start'], dataDir: folder() });
    const output = await until('the greeting', () =>
      platform?.output().includes('mosquitto_pub') ? platform.output() : false,
    );
    expect(output).toContain(`${platform.url}/`);
    expect(output).toMatch(/user admin.*password admin/);
    expect(output).toMatch(new RegExp(`${platform.url}/editor/admin/#flow/\\w+`));

    const [publishLine] = printedLines(output, 'mosquitto_pub');
    const curlLines = printedLines(output, 'curl');
    expect(curlLines).toHaveLength(2);
    expect(paste(curlLines.join('\n'))).toMatch(/It is [\d.]+ °C/);
    paste(publishLine ?? '');
    const rows = await until('the result of the flow', () => {
      const answer = paste(curlLines.join('\n'));
      return answer.includes('31.5') ? answer : false;
    });
    expect(rows).toContain('31.5');
  });

  test('simulates a thermometer whose readings arrive every second', async () => {
    platform = await startPlatform({ command: ['start'], dataDir: folder() });
    const { url } = platform;
    const api = await logIn(url);
    const ids = (await api.call('GET', '/device?idsOnly=true')).json<string[]>();
    expect(ids).toHaveLength(2);
    const virtual = await until('two results in the history of the virtual device', async () => {
      for (const id of ids) {
        const device = (await api.call('GET', `/device/${id}`)).json<{ label: string }>();
        if (/virtual/i.test(device.label) && (await api.history(id, 'temperature')).length >= 2) return id;
      }
      return false;
    });
    expect(ids).toContain(virtual);
  });

  test('starting again continues where it was and makes nothing new', async () => {
    const dataDir = folder();
    const ports = { httpPort: await freePort(), mqttPort: await freePort() };
    platform = await startPlatform({ command: ['start'], dataDir, ...ports });
    const before = await logIn(platform.url);
    const ids = (await before.call('GET', '/device?idsOnly=true')).json<string[]>();
    const flows = (await before.call('GET', '/flows/v1/flow')).text;
    await platform.stop();

    platform = await startPlatform({ command: ['start'], dataDir, ...ports });
    const after = await logIn(platform.url);
    expect((await after.call('GET', '/device?idsOnly=true')).json<string[]>()).toEqual(ids);
    expect((await after.call('GET', '/flows/v1/flow')).text).toBe(flows);
    await until('the thermometer to publish again', () => platform?.output().includes('mosquitto_pub'));
  });

  test('a token from before the restart is still good', async () => {
    const dataDir = folder();
    platform = await startPlatform({ dataDir });
    const { token } = await logIn(platform.url);
    await platform.stop();
    platform = await startPlatform({ dataDir });
    const answer = await fetch(`${platform.url}/device`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  });

  test.each([[['start', '--no-sample']], [['serve']]])('dojot %j makes no sample', async (command) => {
    platform = await startPlatform({ command, dataDir: folder() });
    const api = await logIn(platform.url);
    expect((await api.call('GET', '/device?idsOnly=true')).json()).toEqual([]);
    expect((await api.call('GET', '/template')).json<{ templates: unknown[] }>().templates).toEqual([]);
    expect((await api.call('GET', '/flows/v1/flow')).json<{ flows: unknown[] }>().flows).toEqual([]);
  });

  test('Ctrl-C says what it does, exits with 0 and leaves no process', async () => {
    platform = await startPlatform({ command: ['start'], dataDir: folder() });
    const children = await until('the process of the tenant', () => {
      const pids = platform?.children() ?? [];
      return pids.length > 0 ? pids : false;
    });
    const pid = platform.pid;
    expect(await platform.stop()).toBe(0);
    expect(platform.output()).toMatch(/Stopping/);
    expect(platform.output()).not.toMatch(/had to be ended/);
    expect([pid, ...children].filter(isAlive)).toEqual([]);
  });

  test('goes on when nobody reads its output any more', async () => {
    platform = await startPlatform({ dataDir: folder(), environment: { LOG_LEVEL: 'debug' } });
    platform.turnAway();
    const { url, pid } = platform;
    for (let n = 0; n < 3; n += 1) await expect(logIn(url, 'admin', 'wrong')).rejects.toThrow(/401|403/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await platform.stop()).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  test('ends when the command of an older Node, which started it, is killed', async () => {
    // Any Node does as an older one does when it takes itself for one.
    const older = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.0.0"}})';
    platform = await startPlatform({ dataDir: folder(), nodeArguments: ['--import', older] });
    const [pinned] = platform.children();
    if (pinned === undefined) throw new Error('the pinned Node does not run');
    await platform.kill();
    await until('the platform to end', () => !isAlive(pinned));
  });

  test('a wrong setting stops the start with a sentence that names it', async () => {
    await expect(startPlatform({ environment: { DOJOT_TENANT_HEAP: 'lots' }, dataDir: folder() })).rejects.toThrow(
      /DOJOT_TENANT_HEAP must be a whole number/,
    );
    await expect(startPlatform({ environment: { DOJOT_HOST: '0.0.0.0' }, dataDir: folder() })).rejects.toThrow(
      /DOJOT_ADMIN_PASSWORD must be set/,
    );
  });

  test('a second start on the same folder is refused while the first goes on', async () => {
    const dataDir = folder();
    platform = await startPlatform({ dataDir });
    await expect(startPlatform({ dataDir })).rejects.toThrow(/in use/i);
    expect((await fetch(`${platform.url}/health`)).status).toBe(200);
  });

  test('a port that is taken is named with its setting, and the sample comes with the next start', async () => {
    const dataDir = folder();
    const start = (ports: { httpPort?: number; mqttPort?: number }) =>
      startPlatform({ command: ['start'], dataDir, ...ports });
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(start({ mqttPort: port })).rejects.toThrow(new RegExp(`${port}.*DOJOT_MQTT_PORT`));
    await expect(start({ httpPort: port })).rejects.toThrow(new RegExp(`${port}.*DOJOT_HTTP_PORT`));
    other.close();

    platform = await start({});
    const output = await until('the greeting', () => platform?.output().includes('Ctrl-C') && platform.output());
    expect(output).toContain('so a sample was made');
  });
});

/** A Node of this machine that cannot run the platform itself, if there is one. */
/** Lines of the greeting that begin with a command, also inside an assignment. */
function printedLines(output: string, command: string): string[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => new RegExp(`^(\\w+=\\$\\()?${command} `).test(line));
}
