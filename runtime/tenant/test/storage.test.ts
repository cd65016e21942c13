import { beforeEach, expect, test } from '@jest/globals';
import type { Call } from '../../protocol/calls.ts';
import { createStorage, platformUser, type Revision } from '../storage.ts';

const admin = { username: 'admin', permissions: '*' };
const stored: Revision = { revision: 3, nodes: [{ id: 't', type: 'tab' }], flowIds: {} };
const locked = new Error('The credentials cannot be read');

let asked: Call[];
let failures: unknown[];
/** What the supervisor answers to `loadCredentials`. */
let readCredentials: () => Promise<unknown>;
let storage: ReturnType<typeof createStorage>;

beforeEach(() => {
  asked = [];
  failures = [];
  readCredentials = async () => ({ n1: { password: 'sesame' } });
  let revision = 0;
  storage = createStorage({
    supervisor: {
      async call(call) {
        asked.push(call);
        if (call.name === 'loadFlows') return stored;
        if (call.name === 'loadCredentials') return readCredentials();
        return { revision: 4, flowIds: {} };
      },
    },
    flows: {
      take(flows) {
        revision = flows.revision;
        return flows.nodes;
      },
      original: (nodes) => nodes,
      revision: () => revision,
    },
    drain: async () => undefined,
    failed: (error) => failures.push(error),
  });
});

const saves = () => asked.filter(({ name }) => name === 'saveFlows');

test('a process whose credentials cannot be loaded gives up, as one whose flows cannot', async () => {
  readCredentials = () => Promise.reject(locked);
  await storage.getFlows();
  await expect(storage.getCredentials()).rejects.toBe(locked);
  expect(failures).toEqual([locked]);
});

test('nobody deploys before flows and credentials are there', async () => {
  await storage.getFlows();
  await expect(storage.saveFlows([], admin)).rejects.toMatchObject({ status: 503, code: 'FLOWS_NOT_LOADED' });
  expect(saves()).toEqual([]);
  await storage.getCredentials();
  await storage.saveFlows([], admin);
  expect(saves()).toMatchObject([{ basedOn: 3, author: 'admin' }]);
});

test('what the platform deploys is stored already', async () => {
  await storage.saveFlows([], platformUser);
  expect(saves()).toEqual([]);
});
