import { describe, expect, test } from '@jest/globals';
import { PlatformError } from '../../../platform-services/kit/errors.ts';
import { checkDeploy } from '../deploy-check.ts';
import type { FlowNode } from '../flow-store.ts';
import { flowTypes } from './support/flows.ts';

const tab = { id: 't', type: 'tab', label: 'Flow 1' };
const node = { id: 'a', type: 'debug', name: 'show', z: 't', x: 1, y: 1, wires: [] };
const now = (nodes: readonly FlowNode[]) => new Map(nodes.map((one) => [one.id, one]));

function refusal(nodes: unknown, current: readonly FlowNode[] = []): PlatformError {
  try {
    checkDeploy(nodes, flowTypes, now(current));
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
  throw new Error('the deploy was accepted');
}

describe('the check of a deploy', () => {
  test('accepts tabs, known nodes, groups, junctions, subflows and configuration nodes', () => {
    const nodes = [
      tab,
      { ...node, wires: [['j']], g: 'g' },
      { id: 'j', type: 'junction', z: 't', x: 1, y: 1, wires: [['a']] },
      { id: 'g', type: 'group', z: 't', nodes: ['a'] },
      { id: 's', type: 'subflow', in: [], out: [] },
      { id: 'i', type: 'subflow:s', z: 't', wires: [] },
      { id: 'k', type: 'tls-config', z: '' },
    ];
    expect(checkDeploy(nodes, flowTypes, new Map())).toEqual(nodes);
  });

  test.each<[string, unknown]>([
    ['NOT_A_LIST', { flows: [] }],
    ['NODE_WITHOUT_ID', [tab, { type: 'debug' }]],
    ['NODE_WITHOUT_ID', [null]],
    ['NODE_WITHOUT_TYPE', [{ id: 'x' }]],
    ['DUPLICATE_NODE_ID', [tab, node, node]],
    ['UNKNOWN_NODE_TYPE', [tab, { ...node, type: 'email' }]],
    ['UNKNOWN_SUBFLOW', [tab, { ...node, type: 'subflow:s' }]],
    ['DANGLING_WIRE', [tab, { ...node, wires: [['gone']] }]],
    ['DANGLING_WIRE', [tab, { ...node, wires: [['t']] }]],
    ['UNKNOWN_CANVAS', [tab, { ...node, z: 'gone' }]],
    ['UNKNOWN_CANVAS', [tab, node, { ...node, id: 'b', z: 'a' }]],
    ['BAD_GROUP', [tab, { ...node, g: 'gone' }]],
    ['BAD_GROUP', [tab, { id: 'g', type: 'group', z: 't', g: 'g', nodes: [] }]],
    [
      'SUBFLOW_IN_ITSELF',
      [
        { id: 's', type: 'subflow' },
        { ...node, type: 'subflow:s', z: 's' },
      ],
    ],
    ['MALFORMED_PROPERTY', [tab, { ...node, wires: 'a' }]],
    ['MALFORMED_PROPERTY', [tab, { ...node, wires: [[1]] }]],
    ['MALFORMED_PROPERTY', [tab, { ...node, z: 5 }]],
    ['MALFORMED_PROPERTY', [{ ...tab, env: 'none' }]],
    ['MALFORMED_PROPERTY', [tab, { ...node, type: 'link in', links: 'a' }]],
  ])('refuses with %s', (code, nodes) => {
    expect(refusal(nodes)).toMatchObject({ code, status: 400 });
  });

  test('names the node', () => {
    const error = refusal([tab, { ...node, type: 'email' }]);
    expect(error.message).toBe('Node "show" (email, a) has a type that is not installed.');
    expect(error.detail).toEqual({ node: { id: 'a', name: 'show', type: 'email' } });
  });

  test('lets an unknown type stay where it is, and nowhere else', () => {
    const unknown = { ...node, type: 'email' };
    expect(checkDeploy([tab, unknown], flowTypes, now([unknown]))).toHaveLength(2);
    expect(refusal([tab, { ...unknown, id: 'b' }], [unknown]).code).toBe('UNKNOWN_NODE_TYPE');
    expect(refusal([tab, unknown], [node]).code).toBe('UNKNOWN_NODE_TYPE');
  });
});
