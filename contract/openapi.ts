/** The API's description for programs (OpenAPI 3.1), made from the endpoints' own schemas. */
import { z } from 'zod';

/** By status. */
type Answers = Readonly<Record<number, { readonly description: string; readonly body?: z.ZodType }>>;

/** One operation, as route groups describe theirs. */
export interface DocumentedEndpoint {
  readonly method: string;
  /** `/device/{id}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly responses: Answers;
  /** Needs no token. */
  readonly open?: boolean;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The document as an object; `JSON.stringify` makes it `/openapi.json`. */
export function openApi(endpoints: readonly DocumentedEndpoint[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const endpoint of endpoints) {
    const operations = paths[endpoint.path] ?? {};
    operations[endpoint.method] = operationOf(endpoint);
    paths[endpoint.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'dojot',
      version: '0.9.0',
      description: 'Log in with `POST /auth`; send the token as `Authorization: Bearer <jwt>`.',
    },
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: 'dojot-session' },
      },
    },
    paths,
  };
}

function operationOf(endpoint: DocumentedEndpoint): JsonObject {
  return {
    tags: [endpoint.tag],
    summary: endpoint.summary,
    parameters: [...pathParameters(endpoint.path), ...queryParameters(endpoint.query)],
    ...(endpoint.body ? { requestBody: { required: true, content: jsonContent(endpoint.body, 'input') } } : {}),
    responses: Object.fromEntries(
      Object.entries({ ...commonAnswers(endpoint), ...endpoint.responses }).map(([status, { description, body }]) => [
        status,
        { description, ...(body ? { content: jsonContent(body, 'output') } : {}) },
      ]),
    ),
    ...(endpoint.open ? { security: [] } : {}),
  };
}

/** What is answered before an endpoint is asked, or for want of what all stand on. */
function commonAnswers({ open, body }: DocumentedEndpoint): Answers {
  return {
    ...(body && { 413: { description: 'The body is too large.' } }),
    ...(!open && {
      401: { description: 'No valid token.' },
      503: { description: 'What the platform stores cannot be read or written now.' },
    }),
  };
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): JsonObject[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
}

function jsonContent(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  return { 'application/json': { schema: schemaOf(schema, io) } };
}

/** `input` is what clients may send, before defaults and transformations; what JSON Schema cannot say becomes "anything". */
function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return jsonSchema;
}
