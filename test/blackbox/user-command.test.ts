/** `dojot user …` at a terminal. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { removeFolder, root, temporaryFolder } from '../support/platform.ts';

test('a password typed at a terminal is asked for and not shown', async () => {
  const dataDir = temporaryFolder();
  // `script` runs it on a terminal of its own.
  const command = 'node_modules/.bin/node bin/dojot.js user add ana --tenant factory1';
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', SHELL: '/bin/sh', DOJOT_DATA_DIR: join(dataDir, 'data') },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const wasAsked = output.includes('Password: ');
    output += chunk.toString();
    if (!wasAsked && output.includes('Password: ')) child.stdin.write('correct horse\r');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  removeFolder(dataDir);
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringContaining('User ana of tenant factory1 is there.'),
  });
  expect(output).not.toContain('horse');
});
