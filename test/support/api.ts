/** A client of the REST API as an integrator would write one. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T;
}

export interface Api {
  readonly token: string;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  createTemplate(label: string, attrs: readonly Record<string, unknown>[]): Promise<number>;
  createDevice(label: string, templates: readonly number[], extra?: Record<string, unknown>): Promise<string>;
  createFlow(name: string, flow: readonly Record<string, unknown>[]): Promise<string>;
  /** Rows of one attribute, oldest first; none when the device has not said it yet. */
  history(deviceId: string, attribute: string): Promise<HistoryRow[]>;
}

export interface HistoryRow {
  readonly attr: string;
  readonly value: unknown;
  readonly device_id: string;
  readonly ts: string;
  readonly metadata: Record<string, unknown>;
}

export async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : undefined;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** Logs in and returns a client that carries the token. */
export async function logIn(url: string, username = 'admin', passwd = 'admin'): Promise<Api> {
  const answer = await request(`${url}/auth`, 'POST', { username, passwd });
  if (answer.status !== 200) throw new Error(`log-in failed: ${answer.status} ${answer.text}`);
  return apiWith(url, answer.json<{ jwt: string }>().jwt);
}

export function apiWith(url: string, token: string): Api {
  const call: Api['call'] = (method, path, body, headers = {}) =>
    request(`${url}${path}`, method, body, { authorization: `Bearer ${token}`, ...headers });
  const expectOk = async (answer: Promise<Answer>): Promise<Answer> => {
    const got = await answer;
    if (got.status !== 200) throw new Error(`expected 200, got ${got.status}: ${got.text}`);
    return got;
  };
  return {
    token,
    call,
    async createTemplate(label, attrs) {
      const answer = await expectOk(call('POST', '/template', { label, attrs }));
      return answer.json<{ template: { id: number } }>().template.id;
    },
    async createDevice(label, templates, extra = {}) {
      const answer = await expectOk(call('POST', '/device?verbose=true', { label, templates, ...extra }));
      const [device] = answer.json<{ devices: { id: string }[] }>().devices;
      if (!device) throw new Error('no device in the answer');
      return device.id;
    },
    async createFlow(name, flow) {
      const answer = await expectOk(call('POST', '/flows/v1/flow', { name, flow }));
      return answer.json<{ flow: { id: string } }>().flow.id;
    },
    async history(deviceId, attribute) {
      const answer = await call('GET', `/history/device/${deviceId}/history?attr=${attribute}&firstN=0`);
      if (answer.status === 404) return [];
      if (answer.status !== 200) throw new Error(`history: ${answer.status} ${answer.text}`);
      return answer.json<HistoryRow[]>();
    },
  };
}
