/** The tutorials, executed as written; only the ports are those of this run. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Platform, paste, removeFolder, root, startPlatform } from '../support/platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

test('from a reading to a flow, and the answer to the device', () => {
  const lines = ['first-flow', 'answer-a-device'].flatMap((name) => commandsOf(name));
  const output = paste(lines.join('\n'));
  expect(output).toContain('"value":"tomatoes need water: 12.5 %"');
  expect(output).toContain('"value":42');
  expect(output).toContain('{"valve":true}\n{"valve":false}');
});

/** The shell blocks of a tutorial, spoken to this run's ports. */
function commandsOf(tutorial: string): string[] {
  const text = readFileSync(join(root, 'docs', 'tutorials', `${tutorial}.md`), 'utf8');
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) =>
    (block ?? '').replaceAll(':8000', `:${platform.httpPort}`).replaceAll('-p 1883', `-p ${platform.mqttPort}`),
  );
}
