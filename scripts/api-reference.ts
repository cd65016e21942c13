/** Makes docs/api.md from the API's own description, as the running platform gives it out. */
import { z } from 'zod';
import { removeFolder, startPlatform } from '../test/support/platform.ts';

const parameter = z.object({ name: z.string(), in: z.string(), required: z.boolean().optional() });
const operation = z.object({
  tags: z.array(z.string()),
  summary: z.string(),
  parameters: z.array(parameter),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string() })),
  security: z.array(z.unknown()).optional(),
});
const description = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });
type Operation = z.infer<typeof operation> & { readonly method: string; readonly path: string };

/** Starts the built platform on a folder of its own, asks it for `/openapi.json`, and writes that for people. */
export async function apiReference(): Promise<string> {
  const platform = await startPlatform();
  try {
    const { paths } = description.parse(await (await fetch(`${platform.url}/openapi.json`)).json());
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ ...one, method, path })),
    );
    const tags = [...new Set(operations.flatMap((one) => one.tags))].sort();
    const sections = tags.map((tag) =>
      section(
        tag,
        operations.filter((one) => one.tags.includes(tag)),
      ),
    );
    return [
      '# API reference',
      '',
      'Generated from `/openapi.json` (`npm run docs`). `http://127.0.0.1:8000/api` has the same with a form to try it.',
      'Log in with `POST /auth`; send the token as `Authorization: Bearer <jwt>`.',
      '',
      ...sections,
    ].join('\n');
  } finally {
    await platform.stop();
    removeFolder(platform.dataDir);
  }
}

function section(tag: string, operations: readonly Operation[]): string {
  return [`## ${tag}`, '', ...operations.map(paragraph)].join('\n');
}

function paragraph(one: Operation): string {
  const query = one.parameters.filter((each) => each.in === 'query').map((each) => `\`${each.name}\``);
  const body = Object.values(one.requestBody?.content ?? {}).at(0)?.schema;
  const answers = Object.entries(one.responses).map(([status, { description: text }]) => `- ${status}: ${text}`);
  return [
    `### ${one.method.toUpperCase()} ${one.path}`,
    '',
    `${one.summary}.${one.security?.length === 0 ? ' Needs no token.' : ''}`.replace('..', '.'),
    '',
    ...(query.length > 0 ? [`Query: ${query.join(', ')}`, ''] : []),
    ...(body === undefined ? [] : ['Body:', '', '```json', JSON.stringify(body, null, 2), '```', '']),
    ...answers,
    '',
  ].join('\n');
}
