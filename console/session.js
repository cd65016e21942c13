/** The browser's side of `/session`. */
import { text } from './texts.js';

/** The session, or undefined when nobody is logged in. */
export async function currentSession() {
  const answer = await fetch('/session');
  return answer.status === 200 ? answer.json() : undefined;
}

/** Sends a request to `/session`; throws an `Error` whose message is a sentence, with `seconds` to wait when there are any. */
export async function askSession(method, body) {
  const answer = await fetch('/session', {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => undefined);
  if (!answer) throw new Error(text('unreachable'));
  if (answer.ok) return answer;
  const seconds = Number(answer.headers.get('retry-after') ?? 0);
  if (answer.status === 429) throw Object.assign(new Error(text('tooMany', { seconds })), { seconds });
  throw new Error(answer.status === 401 ? text('wrongLogIn') : text('failed', { status: answer.status }));
}
