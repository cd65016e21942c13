import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSocketFolder } from '../socket-folder.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'd-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

test.each([
  ['within the data folder', ''],
  ['elsewhere when that path is too long for a socket', 'x'.repeat(60)],
])('is open to its user only and goes with the platform: %s', async (_place, more) => {
  const folder = openSocketFolder(join(data, more));
  expect(Buffer.byteLength(join(folder.path, 't'.repeat(30), `${'0'.repeat(16)}.sock`))).toBeLessThanOrEqual(100);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  await folder.stop();
  expect(existsSync(folder.path)).toBe(false);
});
