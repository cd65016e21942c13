/**
 * Newline-delimited JSON over a duplex stream: what is sent within one turn of the event loop leaves in one write, which
 * is what makes the channel cheap (a write per message costs more than the message).
 */
import type { Duplex } from 'node:stream';

export interface Lines {
  /** Queues one message; it leaves at the end of this turn of the event loop. */
  send(message: unknown): void;
  /** Writes what is queued now; true when the other side keeps up. */
  flush(): boolean;
  /** Bytes written that the other side has not taken yet. */
  backlog(): number;
  /** Stops and resumes reading: back-pressure for the other side. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface LinesHandlers {
  /** One parsed line, anything JSON can hold, and its length in characters. */
  readonly line: (value: unknown, length: number) => void;
  /** The other side sent what is no JSON line or too long a one; nothing more is read. */
  readonly garbage: (reason: string) => void;
  /** The stream ended or broke; called once. */
  readonly closed: () => void;
  /** What was just read took this long to handle, ms. */
  readonly took?: (ms: number) => void;
}

export interface LineLimits {
  /** Characters of the longest line accepted. */
  readonly longest: number;
  /**
   * Commas and opening brackets a long line may have. A line is parsed in one go, which is quick for plain text, but takes
   * seconds and gigabytes for millions of empty lists. Unlimited by default.
   */
  readonly mostParts?: number;
}

/** Shorter lines are not counted, characters. */
const longLine = 1024 * 1024;

export function openLines(stream: Duplex, limits: LineLimits, handlers: LinesHandlers): Lines {
  let queue: string[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  const read = lineReader(limits, handlers);

  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const began = performance.now();
    const problem = read(chunk);
    handlers.took?.(performance.now() - began);
    if (problem === undefined) return;
    stream.removeAllListeners('data');
    stream.pause();
    handlers.garbage(problem);
  });
  // A broken pipe is the same news as an ended one: 'close' follows and tells it.
  stream.on('error', () => stream.destroy());
  stream.once('end', () => stream.destroy());
  stream.once('close', () => {
    if (scheduled) clearImmediate(scheduled);
    handlers.closed();
  });

  function flush(): boolean {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    if (queue.length === 0 || stream.destroyed) return !stream.writableNeedDrain;
    const text = `${queue.join('\n')}\n`;
    queue = [];
    return stream.write(text);
  }

  return {
    send(message) {
      queue.push(JSON.stringify(message));
      scheduled ??= setImmediate(flush);
    },
    flush,
    backlog: () => stream.writableLength,
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close: () => stream.destroy(),
  };
}

/** Takes chunks, hands over lines; returns what is wrong with the input, if anything. */
function lineReader(
  { longest, mostParts }: LineLimits,
  { line }: LinesHandlers,
): (chunk: string) => string | undefined {
  let parts: string[] = [];
  let length = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, end));
      if (length + end - from > longest) return `a line longer than ${longest} characters`;
      const text = parts.length === 1 ? (parts[0] ?? '') : parts.join('');
      parts = [];
      length = 0;
      from = end + 1;
      if (mostParts !== undefined && text.length > longLine && hasMoreParts(text, mostParts)) {
        return `a line of more than ${mostParts} parts`;
      }
      const value = parse(text);
      if (value === undefined) return 'a line that is no JSON';
      line(value.json, text.length);
    }
    if (from < chunk.length) parts.push(chunk.slice(from));
    length += chunk.length - from;
    return length > longest ? `a line longer than ${longest} characters` : undefined;
  };
}

/** Counts commas and opening brackets, those within strings included. */
function hasMoreParts(text: string, most: number): boolean {
  let parts = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === comma || code === bracket || code === brace) && ++parts > most) return true;
  }
  return false;
}

const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b];

function parse(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
