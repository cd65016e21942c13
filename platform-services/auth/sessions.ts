/** Sessions of browsers: a token that is renewed while it is used, up to an absolute limit, until its holder logs out. */
import type { Clock } from '../kit/clock.ts';
import type { Session, Sessions } from '../kit/directory.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { tokenErrors } from './errors.ts';
import type { Authenticate } from './log-in.ts';
import type { RandomBytes } from './password.ts';
import type { TokenSession, Tokens, VerifiedToken } from './tokens.ts';
import type { User } from './users.ts';

/** More than making a token takes. */
const renewalMs = 60_000;

interface Needs {
  readonly authenticate: Authenticate;
  readonly tokens: Tokens;
  readonly ended: EndedSessions;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Longest life of a session, however much it is used, ms. */
  readonly longest: number;
}

export function browserSessions({ authenticate, tokens, ended, clock, random, longest }: Needs): Sessions {
  const issue = async (user: User, session: TokenSession) =>
    read(await tokens.sign(user, { session, notAfter: session.started + longest }));

  async function read(token: string): Promise<Session> {
    const { user, session, issued, expires } = await verified(token);
    const identity = { tenant: user.tenant, username: user.username, userId: user.number };
    return { token, id: session.id, identity, issued, expires, ends: session.started + longest };
  }

  /** Only what a log-in of a browser has made is a session. */
  async function verified(token: string): Promise<VerifiedToken & { readonly session: TokenSession }> {
    const { session, ...rest } = await tokens.verify(token);
    if (!session) throw tokenErrors.NO_SESSION();
    return { ...rest, session };
  }

  return {
    async open(username, password, clientAddress) {
      const user = await authenticate(username, password, clientAddress);
      // Tokens count in seconds.
      const started = Math.floor(clock.now() / 1000) * 1000;
      return issue(user, { id: random(16).toString('hex'), started });
    },
    read,
    async renew({ token }) {
      const { user, session } = await verified(token);
      return issue(user, session);
    },
    // A token that is renewed at this moment expires a little later than one made now.
    end: ({ id }) => ended.add(id, clock.now() + tokens.lifetime + renewalMs),
  };
}
