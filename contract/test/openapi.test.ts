import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openApi } from '../openapi.ts';

const endpoint = {
  method: 'post',
  path: '/device/{id}/actuate',
  tag: 'devices',
  summary: 'Tell a device something',
  query: z.object({ verbose: z.string().optional().describe('longer answers'), n: z.string() }),
  body: z.object({ attrs: z.record(z.string(), z.unknown()), label: z.string().default('none') }),
  responses: { 200: { description: 'ok', body: z.object({ status: z.string() }) }, 404: { description: 'unknown' } },
};

describe('the description of the API', () => {
  const document = JSON.parse(JSON.stringify(openApi([endpoint, { ...endpoint, method: 'get', open: true }])));
  const { post, get } = document.paths['/device/{id}/actuate'];

  test('names path and query parameters and which of them are needed', () => {
    expect(post.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'verbose', in: 'query', required: false, schema: { type: 'string', description: 'longer answers' } },
      { name: 'n', in: 'query', required: true, schema: { type: 'string' } },
    ]);
  });

  test('shows bodies as clients may send them: what has a default may be left out', () => {
    expect(post.requestBody.content['application/json'].schema).toMatchObject({ type: 'object', required: ['attrs'] });
  });

  test('lists the answers by status', () => {
    expect(Object.keys(post.responses)).toEqual(['200', '401', '404', '413', '503']);
    expect(Object.keys(get.responses)).toEqual(['200', '404', '413']);
    expect(post.responses['200'].content['application/json'].schema.properties.status.type).toBe('string');
    expect(post.responses['404'].content).toBeUndefined();
  });

  test('asks for a token everywhere but where none is needed', () => {
    expect(document.security).not.toEqual([]);
    expect(post.security).toBeUndefined();
    expect(get.security).toEqual([]);
  });
});
