import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { newFlowBody } from '../../../contract/rest/flows.ts';
import { checkDeploy } from '../deploy-check.ts';
import { readFlow } from '../dojot-reader.ts';
import { flowTypes } from './support/flows.ts';

const folder = new URL('../../../flows/', import.meta.url);
const examples = readdirSync(folder).filter((file) => file.endsWith('.json'));

test.each(examples)('%s is a flow whose wires and types are sound', (file) => {
  const { flow } = newFlowBody.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
  const { nodes } = readFlow({ tabId: 'tab', source: JSON.stringify(flow) });
  expect(nodes).toHaveLength(flow.length);
  expect(nodes.flatMap(({ d }) => (d ? [d] : []))).toEqual([]);
  checkDeploy(nodes, flowTypes, new Map());
});
