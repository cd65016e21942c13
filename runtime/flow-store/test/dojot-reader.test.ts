import { describe, expect, test } from '@jest/globals';
import { flowNode } from '../../protocol/messages.ts';
import { readFlow } from '../dojot-reader.ts';
import type { FlowNode } from '../flow-store.ts';
import { greenhouse } from './support/flows.ts';

const tabId = '0123456789abcdef';
const read = (elements: unknown): FlowNode[] => [...readFlow({ tabId, source: JSON.stringify(elements) }).nodes];
const byRest = (nodes: readonly FlowNode[], id: string) => nodes.find((node) => node.id === `${tabId}.${id}`);

describe('the reader of dojot flow JSON', () => {
  test('makes one tab of a flow and prefixes ids and wires', () => {
    const { nodes } = readFlow({ tabId, source: greenhouse });
    expect(nodes[0]).toMatchObject({ id: tabId, type: 'tab', disabled: false });
    expect(nodes).toHaveLength(7);
    expect(byRest(nodes, 'n2')).toMatchObject({ z: tabId, wires: [[`${tabId}.n3`, `${tabId}.n5`]] });
  });

  test('marks switch, change and template as dojot unless they say otherwise', () => {
    const nodes = read([
      { id: 'a', type: 'switch', wires: [] },
      { id: 'b', type: 'switch', semantics: 'node-red', wires: [] },
      { id: 'c', type: 'function', wires: [] },
    ]);
    expect(byRest(nodes, 'a')?.semantics).toBe('dojot');
    expect(byRest(nodes, 'b')?.semantics).toBe('node-red');
    expect(byRest(nodes, 'c')).not.toHaveProperty('semantics');
  });

  test('does not execute an element without wires, but one with empty wires', () => {
    const nodes = read([
      { id: 'a', type: 'event device in', device_id: 'efac' },
      { id: 'b', type: 'multi device out', wires: [] },
      { id: 'c', type: 'event device in', wires: null },
    ]);
    expect(byRest(nodes, 'a')).toMatchObject({ d: true, wires: [] });
    expect(byRest(nodes, 'b')).not.toHaveProperty('d');
    expect(byRest(nodes, 'c')).toMatchObject({ d: true });
  });

  test.each<[string, unknown]>([
    ['a type without letters', [{ id: 'a', type: '', wires: [] }]],
    ['a type that is no text', [{ id: 'a', type: [], wires: [] }]],
    ['a tab that lies on something', [{ id: 't', type: 'tab', z: null }]],
    ['ids, places and marks of any kind', [{ id: {}, type: 'x', z: 7, d: 'no', x: 'left', wires: [['a', 3]] }]],
    [
      'a group, a subflow and a junction without anything',
      [{ type: 'group' }, { type: 'subflow' }, { type: 'junction' }],
    ],
  ])('makes nodes that a process can take of %s', (_, elements) => {
    for (const node of read(elements)) expect(flowNode.safeParse(node)).toMatchObject({ success: true });
  });

  test('keeps a wire that is there twice, and switches off what lies on another tab that is off', () => {
    const nodes = read([
      { id: 't', type: 'tab' },
      { id: 't2', type: 'tab', disabled: true },
      { id: 'a', type: 'event device in', z: 't', wires: [['b', 'b']] },
      { id: 'b', type: 'multi device out', z: 't', wires: [] },
      { id: 'c', type: 'event device in', z: 't2', wires: [['b']] },
    ]);
    expect(byRest(nodes, 'a')).toMatchObject({ wires: [[`${tabId}.b`, `${tabId}.b`]] });
    expect(byRest(nodes, 'a')).not.toHaveProperty('d');
    expect(byRest(nodes, 'c')).toMatchObject({ d: true });
  });

  test('honours the marks of disabled tabs and nodes, also as text', () => {
    const nodes = read([
      { id: 't', type: 'tab', disabled: 'true' },
      { id: 'a', type: 'debug', d: 'true', wires: [] },
      { id: 'b', type: 'debug', d: 'false', wires: [] },
    ]);
    expect(nodes[0]?.disabled).toBe(true);
    expect(byRest(nodes, 'a')?.d).toBe(true);
    expect(byRest(nodes, 'b')).not.toHaveProperty('d');
  });

  test('brings nodes from foreign canvases and further tabs onto the one tab', () => {
    const nodes = read([
      { id: 'a', type: 'debug', z: 'gone', wires: [['b']] },
      { id: 't', type: 'tab', label: 'first' },
      { id: 't2', type: 'tab', label: 'second' },
      { id: 'b', type: 'debug', z: 't2', wires: [] },
      { id: 'c', type: 'debug', wires: [] },
    ]);
    expect(nodes.filter(({ type }) => type === 'tab')).toHaveLength(1);
    expect(new Set(nodes.slice(1).map(({ z }) => z))).toEqual(new Set([tabId]));
    expect(byRest(nodes, 'a')?.wires).toEqual([[`${tabId}.b`]]);
  });

  test('drops wires that end nowhere and accepts loose forms of wires', () => {
    const nodes = read([
      { id: 1, type: 'debug', wires: [['2', 2, 'nowhere'], '2', null] },
      { id: 2, type: 'debug', wires: [[]] },
    ]);
    expect(byRest(nodes, '1')?.wires).toEqual([[`${tabId}.2`, `${tabId}.2`], [`${tabId}.2`], []]);
  });

  test('makes missing and repeated ids unique, the same way each time', () => {
    const elements = [
      { id: 'a', type: 'debug', wires: [] },
      { id: 'a', type: 'debug', wires: [['a']] },
      { type: 'debug', wires: [] },
      { id: 'a~2', type: 'debug', wires: [] },
    ];
    const ids = read(elements).map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(read(elements).map(({ id }) => id)).toEqual(ids);
  });

  test('stays quick with very many equal ids', () => {
    const elements = Array.from({ length: 50_000 }, () => ({ id: 'a', type: 'debug', wires: [['a']] }));
    expect(new Set(read(elements).map(({ id }) => id)).size).toBe(50_001);
  });

  test('keeps two flows with the same ids apart', () => {
    const one = readFlow({ tabId: 'aaaa', source: greenhouse }).nodes.map(({ id }) => id);
    const two = readFlow({ tabId: 'bbbb', source: greenhouse }).nodes.map(({ id }) => id);
    expect(new Set([...one, ...two]).size).toBe(14);
  });

  test('keeps unknown types with all their properties', () => {
    const nodes = read([{ id: 'a', type: 'email', 'to.$x': 1, z: 't', x: '40', y: 50, wires: [] }]);
    expect(byRest(nodes, 'a')).toEqual({
      id: `${tabId}.a`,
      type: 'email',
      'to.$x': 1,
      z: tabId,
      x: 40,
      y: 50,
      wires: [],
    });
  });

  test('lays out nodes without a place along their wires, below the others', () => {
    const nodes = read([
      { id: 'a', type: 'debug', x: 10, y: 300, wires: [] },
      { id: 'b', type: 'debug', wires: [['c'], ['d']] },
      { id: 'c', type: 'debug', wires: [['b']] },
      { id: 'd', type: 'debug', x: 0, y: 0, wires: [] },
      { id: 'e', type: 'debug', wires: [['e']] },
    ]);
    const [b, c, e] = ['b', 'c', 'e'].map((id) => byRest(nodes, id));
    expect(Number(b?.y)).toBeGreaterThan(300);
    expect(Number(c?.x)).toBeGreaterThan(Number(b?.x));
    expect(e).toHaveProperty('x');
    expect(byRest(nodes, 'd')).toMatchObject({ x: 1, y: 1 });
  });

  test('rewrites links, scopes, groups, subflows and configuration nodes', () => {
    const nodes = read([
      { id: 't', type: 'tab' },
      { id: 'g', type: 'group', z: 't', nodes: ['a', 'gone'], x: 1, y: 1, w: 9, h: 9 },
      { id: 'a', type: 'link out', z: 't', g: 'g', links: ['b', 'far'], wires: [] },
      { id: 'b', type: 'link in', z: 't', links: 'a', wires: [[]] },
      { id: 'c', type: 'catch', z: 't', scope: ['a'], wires: [[]] },
      { id: 's', type: 'subflow', in: [{ x: 1, y: 1, wires: [{ id: 'i' }] }], out: 'none' },
      { id: 'i', type: 'debug', z: 's', x: 5, y: 5, wires: [] },
      { id: 'u', type: 'subflow:s', z: 't', wires: [] },
      { id: 'h', type: 'http request', z: 't', tls: 'k', name: 'k', wires: [[]] },
      { id: 'k', type: 'tls-config', name: 'key' },
    ]);
    expect(byRest(nodes, 'g')?.nodes).toEqual([`${tabId}.a`]);
    expect(byRest(nodes, 'a')).toMatchObject({ g: `${tabId}.g`, links: [`${tabId}.b`, 'far'] });
    expect(byRest(nodes, 'b')?.links).toEqual([]);
    expect(byRest(nodes, 'c')?.scope).toEqual([`${tabId}.a`]);
    expect(byRest(nodes, 's')).toMatchObject({ in: [{ wires: [{ id: `${tabId}.i` }] }], out: [] });
    expect(byRest(nodes, 'i')?.z).toBe(`${tabId}.s`);
    expect(byRest(nodes, 'u')?.type).toBe(`subflow:${tabId}.s`);
    expect(byRest(nodes, 'h')).toMatchObject({ tls: `${tabId}.k`, name: 'k' });
    expect(byRest(nodes, 'k')).toEqual({ id: `${tabId}.k`, type: 'tls-config', name: 'key', z: tabId });
  });

  test('takes apart groups and subflows that contain themselves', () => {
    const nodes = read([
      { id: 'g', type: 'group', g: 'h', nodes: ['h'] },
      { id: 'h', type: 'group', g: 'g', nodes: ['g'] },
      { id: 'a', type: 'debug', g: 'missing', wires: [] },
      { id: 's', type: 'subflow', in: [], out: [] },
      { id: 'i', type: 'subflow:s', z: 's', wires: [] },
      { id: 'u', type: 'subflow:s', wires: [] },
    ]);
    for (const id of ['g', 'h', 'a']) expect(byRest(nodes, id)).not.toHaveProperty('g');
    expect(byRest(nodes, 'i')?.d).toBe(true);
    expect(byRest(nodes, 'u')).not.toHaveProperty('d');
  });

  test('takes property names that mean something to JavaScript as names', () => {
    const source = '[{"id":"__proto__","type":"constructor","__proto__":{"x":1},"wires":[["__proto__","toString"]]}]';
    const { nodes } = readFlow({ tabId, source });
    expect(nodes[1]).toMatchObject({ id: `${tabId}.__proto__`, type: 'constructor', wires: [[`${tabId}.__proto__`]] });
    expect(Object.getPrototypeOf(nodes[1])).toBe(Object.prototype);
  });

  test.each(['{}', 'null', '[1]', '[null]', '[{}]', '[[]]', '['])('refuses %s', (source) => {
    expect(() => readFlow({ tabId, source })).toThrow('Given flow is invalid');
  });
});
