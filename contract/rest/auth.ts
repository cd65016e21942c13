/** REST operations of log-in (contract auth-gateway-pki §1.3, §2.7). */
import { z } from 'zod';

/** Keys that are absent are answered by name, so both are optional here. */
export const logInBody = z.object({ username: z.string().optional(), passwd: z.string().optional() });

const errorBody = z.object({ message: z.string(), status: z.int().optional() });
const answer = (description: string, body: z.ZodType = errorBody) => ({ description, body });

const auth = { tag: 'auth' } as const;
const revoke = {
  ...auth,
  path: '/auth/revoke',
  summary: 'Tokens cannot be revoked by clients.',
  responses: { 403: answer('Always.') },
} as const;

export const authEndpoints = {
  logIn: {
    ...auth,
    method: 'post',
    path: '/auth',
    summary: 'Log in; the token goes into `Authorization: Bearer <jwt>` of every request.',
    body: z.object({ username: z.string(), passwd: z.string() }),
    responses: {
      200: answer('The token.', z.object({ jwt: z.string() })),
      400: answer('Not JSON, or a key is missing.'),
      401: answer('Unknown or inactive user.'),
      403: answer('Wrong password.'),
      429: answer('Too many failed attempts; `Retry-After` says how many seconds to wait.'),
      503: answer('Too many log-ins at the same time.'),
    },
  },
  revoke: [
    { ...revoke, method: 'get' },
    { ...revoke, method: 'post' },
    { ...revoke, method: 'put' },
    { ...revoke, method: 'delete' },
  ],
} as const;
