/** The forms of our nodes in a real browser: what they offer to choose from, and what they mark before it is deployed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { type Api, logIn } from '../support/api.ts';
import { type Platform, removeFolder, startPlatform } from '../support/platform.ts';

let platform: Platform;
let browser: Browser;
let page: Page;
let lamp: string;

beforeAll(async () => {
  platform = await startPlatform();
  const api = await logIn(platform.url);
  lamp = await devicesOf(api);
  const place = (x: number, outputs: number) => ({ z: 't', x, y: 80, wires: Array(outputs).fill([]) });
  await api.createFlow('forms', [
    { id: 't', type: 'tab', label: 'forms' },
    { id: 'a', type: 'event device in', name: 'trigger', device_id: lamp, event_publish: true, ...place(150, 1) },
    { id: 'b', type: 'multi actuate', name: 'actuate', device_source: 'configured', attrs: 'out', ...place(350, 0) },
    { id: 'c', type: 'template', name: 'words', field: 'out', fieldType: 'msg', template: '.', ...place(550, 1) },
  ]);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  page = await browser.newPage({ viewport: { width: 1680, height: 900 }, locale: 'en-US' });
  const credentials = { username: 'admin', passwd: 'admin' };
  await page.request.post(`${platform.url}/session`, { data: credentials, headers: { origin: platform.url } });
  await page.goto(`${platform.url}/editor/admin/`, { waitUntil: 'commit', timeout: 90_000 });
  await nodeNamed('trigger').waitFor({ timeout: 90_000 });
});

afterAll(async () => {
  await browser?.close();
  await platform.stop();
  removeFolder(platform.dataDir);
});

/** More devices than a page of a list holds, and after them in the alphabet the only one with an actuator: its id. */
async function devicesOf(api: Api): Promise<string> {
  const sensors = await api.createTemplate('sensor', [{ label: 'level', type: 'dynamic', value_type: 'float' }]);
  await api.call('POST', '/device?count=250', { label: 'Sensor', templates: [sensors] });
  const lamps = await api.createTemplate('lamp', [{ label: 'on', type: 'actuator', value_type: 'bool' }]);
  return api.createDevice('Zeppelin lamp', [lamps]);
}

const nodeNamed = (name: string): Locator =>
  page.locator('.red-ui-flow-node-group').filter({ has: page.getByText(name, { exact: true }) });
const mark = (name: string) => nodeNamed(name).locator('.red-ui-flow-node-error');
const offered = () => page.locator('.red-ui-autoComplete-container li');

async function openForm(name: string): Promise<void> {
  await nodeNamed(name).dblclick();
  await page.locator('#node-dialog-ok').waitFor();
}

async function closeForm(button: 'ok' | 'cancel'): Promise<void> {
  await page.locator(`#node-dialog-${button}`).click();
  await page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
}

test('a click into the device field shows what can be chosen', async () => {
  await openForm('trigger');
  await page.locator('#node-input-device').click();
  await offered().filter({ hasText: 'Sensor_000' }).waitFor();
  await page.keyboard.press('Escape');
  await closeForm('cancel');
});

test('devices without an actuator are not offered, however many come before those with one', async () => {
  await mark('actuate').waitFor();
  await openForm('actuate');
  await page.locator('#node-input-devices').locator('..').locator('..').getByRole('button').last().click();
  await page.locator('#node-input-devices input').click();
  await offered().first().waitFor();
  expect(await offered().allTextContents()).toEqual([`Zeppelin lamp (${lamp})`]);
  await offered().first().click();
  await closeForm('ok');
  await mark('actuate').waitFor({ state: 'hidden' });
});

test('a beginning of a name is not taken for a device: the node is marked, and deploying asks first', async () => {
  await openForm('trigger');
  await page.locator('#node-input-device').fill('Zepp');
  await closeForm('ok');
  await mark('trigger').waitFor();
  await page.locator('#red-ui-header-button-deploy').click();
  await page.getByText('[forms] trigger (event device in)').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await openForm('trigger');
  const field = page.locator('#node-input-device');
  await page.locator('#node-input-device.input-error').waitFor();
  expect(await field.inputValue()).toBe('Missing device: Zepp');
  await field.fill(lamp);
  await closeForm('ok');
  await mark('trigger').waitFor({ state: 'hidden' });
});

test('a trigger without an event is marked', async () => {
  await openForm('trigger');
  await page.locator('#node-input-event_publish').uncheck();
  await closeForm('ok');
  await mark('trigger').waitFor();
});

test('a template of dojot 0.8 shows the syntax it has by default', async () => {
  await openForm('words');
  expect(await page.locator('#node-input-semantics').inputValue()).toBe('dojot');
  expect(await page.locator('#node-input-syntax').inputValue()).toBe('handlebars');
  expect(await page.locator('#node-input-format').inputValue()).toBe('handlebars');
  await closeForm('cancel');
});
