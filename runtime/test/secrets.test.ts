import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSecrets } from '../secrets.ts';

describe('secrets of an installation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dojot-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are made once, readable by the owner only, and stay the same', () => {
    const file = join(folder, 'secret.key');
    const first = openSecrets(file, true).key('credentials', 'admin');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openSecrets(file, false).key('credentials', 'admin')).toEqual(first);
  });

  test('differ by purpose and by tenant', () => {
    const secrets = openSecrets(join(folder, 'secret.key'), true);
    const keys = [secrets.key('credentials', 'a'), secrets.key('credentials', 'b'), secrets.key('other', 'a')];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
  });

  test('a missing secret in a folder that is in use is an error, not a new secret', () => {
    expect(() => openSecrets(join(folder, 'secret.key'), false)).toThrow(
      /is missing although the data folder is in use/,
    );
  });

  test('a damaged secret is named', () => {
    const file = join(folder, 'secret.key');
    writeFileSync(file, 'not a key');
    expect(() => openSecrets(file, false)).toThrow(/secret\.key is damaged/);
  });

  test('a secret that cannot be read or written is named', () => {
    const file = join(folder, 'secret.key');
    mkdirSync(file);
    expect(() => openSecrets(file, false)).toThrow(/secret\.key cannot be used: .*EISDIR/);
    rmSync(file, { recursive: true });
    mkdirSync(`${file}.new`);
    expect(() => openSecrets(file, true)).toThrow(/secret\.key cannot be used: .*EISDIR/);
  });
});
