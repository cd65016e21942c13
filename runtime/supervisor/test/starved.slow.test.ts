/** A machine with too much to do: a process that gets no processor is not taken for a dead one. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flow, node, onReading } from './support/flows.ts';
import { allRead, startedWorld, until, type World } from './support/world.ts';

/** They and the tenant's process share one processor. */
const greedy: ChildProcess[] = [];
let world: World;

beforeAll(async () => {
  world = await startedWorld(['sensor'], { livenessMs: 500 });
});

afterAll(async () => {
  for (const child of greedy) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  await world.stop();
});

test('a message that takes long only because others have the processor is worked on once', async () => {
  // About 200 ms of work, several times the limit when the processor is shared by eleven.
  const list = '{{#each @root.payload.data.attrs.list}}';
  const heavy = node('heavy', 'template', [[]], {
    ...{ field: 'text', fieldType: 'msg', format: 'handlebars', syntax: 'handlebars', output: 'str' },
    template: `${list.repeat(3)}{{this}}${'{{/each}}'.repeat(3)}`,
  });
  const source = flow(onReading('sensor', 'heavy'), heavy);
  await world.flows.create('admin', { name: 'heavy', enabled: true, source }, 'tester');
  await world.say('sensor', { list: [1] });
  await until('the first to end', () => allRead(world));

  const pid = await until('the process', () => world.supervisor.processes().get('admin'));
  execFileSync('taskset', ['-a', '-p', '-c', '0', String(pid)]);
  for (let n = 0; n < 10; n++) greedy.push(spawn('taskset', ['-c', '0', process.execPath, '-e', 'for(;;);']));
  await world.say('sensor', { list: Array.from({ length: 60 }, (_, n) => n) });
  await until('the second to end', () => allRead(world), 60_000);
  expect(await world.count('process_deaths')).toBe(0);
  expect(world.supervisor.processes().get('admin')).toBe(pid);
});
