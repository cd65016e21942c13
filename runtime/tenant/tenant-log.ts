/** Log lines of the tenant, on their way to the supervisor: bounded in number per source and in length. */
import type { LogLine } from 'node-red';
import type { FromTenant } from '../protocol/messages.ts';
import type { SupervisorLink } from './supervisor-link.ts';

export type LogLevel = Extract<FromTenant, { kind: 'log' }>['level'];
export type LogFields = Readonly<Record<string, string | number>>;

export interface TenantLog {
  /** Lines of one `source` (by default the text's beginning) are limited; how many were left out is said later. */
  say(level: LogLevel, text: string, fields?: LogFields, source?: string): void;
  /** A line of Node-RED's own log. */
  nodeRed(line: LogLine): void;
}

const windowMs = 10_000;
const mostPerWindow = 10;
const longestText = 2000;
const longestSource = 40;
/** Node-RED warns of it at every start; that the platform keeps the credentials encrypted is what it cannot know. */
const expected = 'Using unencrypted credentials';

/** `now`: ms. `flowOf`: REST flow id by tab id. */
export function createTenantLog(
  supervisor: Pick<SupervisorLink, 'tell'>,
  now: () => number,
  flowOf: (tabId: string) => string | undefined,
): TenantLog {
  /** Lines in this window, by source. */
  const counts = new Map<string, number>();
  let windowEnds = 0;

  function startWindow(): void {
    windowEnds = now() + windowMs;
    const left = Array.from(counts).filter(([, count]) => count > mostPerWindow);
    counts.clear();
    for (const [source, count] of left) {
      tell('warn', `${count - mostPerWindow} more lines like this were left out`, { source });
    }
  }

  function tell(level: LogLevel, text: string, fields: LogFields): void {
    supervisor.tell({ kind: 'log', level, text: text.slice(0, longestText), fields });
  }

  function say(level: LogLevel, text: string, fields: LogFields = {}, source = text): void {
    if (now() >= windowEnds) startWindow();
    const key = source.slice(0, longestSource);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= mostPerWindow) tell(level, text, fields);
  }

  return {
    say,
    nodeRed({ level, msg, id, type, z, name }) {
      if (msg === expected) return;
      const flow = z === undefined ? undefined : flowOf(z);
      const fields = Object.fromEntries(
        Object.entries({ node: id, type, name, flow })
          .filter(([, value]) => typeof value === 'string' && value !== '')
          .map(([key, value]) => [key, String(value).slice(0, 200)]),
      );
      // What Node-RED says about itself while it starts is noise to the platform.
      say(id === undefined && level >= 40 ? 'debug' : levelOf(level), textOf(msg), fields, id);
    },
  };
}

function levelOf(level: number): LogLevel {
  if (level <= 20) return 'error';
  if (level <= 30) return 'warn';
  return level <= 40 ? 'info' : 'debug';
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  if (typeof message === 'object' && message !== null && 'message' in message) return String(message.message);
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}
