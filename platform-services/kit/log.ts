/** Structured log: one line per event, never a secret, never a payload. */
import { pino } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines name this part. */
  part(name: string): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';

/** `write` takes one finished line without its end; default is standard output. */
export function createLog(level: LogLevel, format: LogFormat, write = toStdout): Log {
  const sink = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(format === 'json' ? line.trimEnd() : asText(line)) },
  );
  const of = (part: string): Log => ({
    debug: (message, fields) => sink.debug({ part, ...withErrors(fields) }, message),
    info: (message, fields) => sink.info({ part, ...withErrors(fields) }, message),
    warn: (message, fields) => sink.warn({ part, ...withErrors(fields) }, message),
    error: (message, fields) => sink.error({ part, ...withErrors(fields) }, message),
    part: of,
  });
  return of('dojot');
}

/** A log that says nothing; for tests and tools. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  part: () => silentLog,
};

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

function withErrors(fields: LogFields | undefined): LogFields {
  if (!fields) return {};
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? errorText(value) : value]),
  );
}

/** The stack, and those of what caused it. */
function errorText({ stack, message, cause }: Error): string {
  const own = stack ?? message;
  if (cause === undefined) return own;
  return `${own}\ncaused by: ${cause instanceof Error ? errorText(cause) : String(cause)}`;
}

/** `<ISO time> -- <part> -- <LEVEL>: <message> {extra}` (contract auth-gateway-pki §4.5). */
function asText(line: string): string {
  const { time, part, level, msg, ...extra } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.keys(extra).length > 0 ? ` ${JSON.stringify(extra)}` : '';
  return `${time} -- ${part} -- ${String(level).toUpperCase()}: ${oneLine(String(msg))}${rest}`;
}

/** A message may hold what a device or a flow said, which must not look like lines of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
