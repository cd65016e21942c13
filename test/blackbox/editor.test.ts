/** The flow editor in a real browser: log in, see the sample flow, move a node, change it, deploy, see the change take effect. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Api, logIn } from '../support/api.ts';
import { type Platform, removeFolder, root, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let api: Api;
let browser: Browser;
let page: Page;
let virtual: string;
const problems: string[] = [];
const screenshots = join(root, 'test', 'screenshots');

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  platform = await startPlatform({ command: ['start'] });
  api = await logIn(platform.url);
  const { devices } = (await api.call('GET', '/device')).json<{ devices: { id: string; label: string }[] }>();
  virtual = devices.find((device) => /virtual/.test(device.label))?.id ?? '';
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1680, height: 900 }, locale: 'en-US' });
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
});

afterAll(async () => {
  await browser?.close();
  await platform.stop();
  removeFolder(platform.dataDir);
});

interface FlowAnswer {
  readonly flows: {
    readonly id: string;
    readonly flow: { id: string; type: string; x?: number; template?: string }[];
  }[];
}

describe('in the browser', () => {
  test('a wrong password is explained, the right one leads to the editor with the sample flow', async () => {
    await page.goto(`${platform.url}/`);
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password').fill('guess');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await page.screenshot({ path: join(screenshots, 'log-in.png') });
    await page.getByLabel('Password').fill('admin');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(/\/editor\/admin\//);
    await page.locator('.red-ui-flow-node-group').first().waitFor();
    expect(await page.locator('.red-ui-flow-node-group').count()).toBeGreaterThanOrEqual(5);
  });

  test('the sample flow is seen running', async () => {
    const sentence = /It is [\d.]+ °C: (hot|ok)\./;
    await page.locator('.red-ui-flow-node-status-group').filter({ hasText: sentence }).waitFor();
    await page.locator('.red-ui-debug-msg').filter({ hasText: sentence }).nth(2).waitFor();
    await page.screenshot({ path: join(screenshots, 'editor.png') });
  });

  test('a node that is moved and changed takes effect when deployed, and appears in the API', async () => {
    const before = (await api.call('GET', '/flows/v1/flow')).json<FlowAnswer>();
    const node = before.flows[0]?.flow.find((one) => one.type === 'template');
    expect(node?.template).toBeDefined();

    const template = page.locator('.red-ui-flow-node-group').filter({ hasText: 'say it in words' }).first();
    const box = await template.boundingBox();
    if (!box) throw new Error('the template node is not on the canvas');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2 + 60, { steps: 8 });
    await page.mouse.up();

    await page.evaluate(() => {
      // The form's text field is a code editor of its own; its value is set the way the editor's own code does it.
      const editor = (globalThis as unknown as { RED: EditorGlobal }).RED;
      const found = editor.nodes.filterNodes({ type: 'template' })[0];
      if (!found) throw new Error('no template node');
      found.template = 'CHANGED {{payload.data.attrs.temperature}}';
      found.changed = true;
      found.dirty = true;
      editor.nodes.dirty(true);
      editor.view.redraw(true);
    });
    await page.locator('#red-ui-header-button-deploy').click();
    await page.getByText('Successfully deployed').waitFor();
    await until('the change in the history of the virtual device', async () => {
      const rows = await api.history(virtual, 'sentence');
      return rows.some((row) => String(row.value).startsWith('CHANGED '));
    });
    const after = (await api.call('GET', '/flows/v1/flow')).json<FlowAnswer>();
    expect(after.flows.map((flow) => flow.id)).toEqual(before.flows.map((flow) => flow.id));
    const moved = after.flows[0]?.flow.find((one) => one.id === node?.id);
    expect(moved?.template).toBe('CHANGED {{payload.data.attrs.temperature}}');
    expect(moved?.x).not.toBe(node?.x);
    await page.screenshot({ path: join(screenshots, 'deployed.png') });
  });

  test('a flow made over the API is a tab after a reload', async () => {
    await api.createFlow('made by the API', [{ id: 't', type: 'tab', label: 'x' }]);
    await page.reload();
    await page.getByText('made by the API').first().waitFor();
  });

  test('the device field of a trigger is filled from the devices of the tenant', async () => {
    await page.reload();
    const trigger = page.locator('.red-ui-flow-node-group').first();
    await trigger.waitFor();
    await trigger.dblclick();
    const saved = page.locator('.red-ui-tray input[type=text]');
    await until('the label of the saved device', async () => {
      const values = await saved.evaluateAll((inputs) =>
        inputs.map((input) => ('value' in input ? String(input.value) : '')),
      );
      return values.some((value) => /^Thermometer \([0-9a-f]+\)$/.test(value));
    });
    await page.screenshot({ path: join(screenshots, 'picker.png') });
    await page.keyboard.press('Escape');
  });

  test('the log-out of the menu ends the session, also for the editor in another tab', async () => {
    await page.reload();
    const other = await page.context().newPage();
    await other.goto(`${platform.url}/editor/admin/`);
    await other.locator('.red-ui-flow-node-group').first().waitFor();
    await page.locator('#red-ui-header-button-user').click();
    await page.getByText('Logout').click();
    await page.getByLabel('Password').waitFor();
    await other.getByLabel('Password').waitFor();
    expect((await page.request.get(`${platform.url}/session`)).status()).toBe(204);
  });

  test('no script failed on the way', () => {
    expect(problems.filter((problem) => !/401|403|favicon/.test(problem))).toEqual([]);
  });
});

interface EditorGlobal {
  readonly nodes: {
    filterNodes(filter: { type: string }): { template?: string; changed?: boolean; dirty?: boolean }[];
    dirty(state: boolean): void;
  };
  readonly view: { redraw(updateActive: boolean): void };
}
