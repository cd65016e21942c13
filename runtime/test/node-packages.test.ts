import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { furtherPackages, nodePackages } from '../node-packages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dojot-packages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function manifest(content: unknown): void {
  writeFileSync(join(folder, 'package.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('further node packages', () => {
  test('are folders as our own', () => {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'mine.js'), '');
    manifest({ name: 'mine', 'node-red': { nodes: { mine: 'dist/mine.js' } } });
    expect(furtherPackages([folder])).toEqual([folder]);
    expect(furtherPackages([])).toEqual([]);
    expect(nodePackages()).toContainEqual(expect.stringMatching(/switch$/));
  });

  test('that are not there are refused, naming the setting and the folder', () => {
    const absent = join(folder, 'absent');
    expect(() => furtherPackages([absent])).toThrow(
      `DOJOT_NODE_PACKAGES must name folders of built node packages, but ${absent} has no package.json.`,
    );
  });

  test.each([[{ name: 'left-pad' }], ['{'], [{ 'node-red': { nodes: ['mine.js'] } }]])(
    'whose package.json names no nodes (%j) are refused',
    (content) => {
      manifest(content);
      expect(() => furtherPackages([folder])).toThrow(`${folder} has no "node-red"`);
    },
  );

  test('that are not built are refused', () => {
    manifest({ 'node-red': { nodes: { mine: 'dist/mine.js' } } });
    expect(() => furtherPackages([folder])).toThrow(`${folder} lacks dist/mine.js`);
  });
});
