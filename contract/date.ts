/** Dates as people and clients write them (contract data-realtime-history §3.3, §3.4). */

/** The parts of a date and what follows it. */
interface Day {
  readonly year: number;
  /** 1 = January. */
  readonly month: number;
  readonly day: number;
  readonly rest: string;
}

/** ISO 8601 extended, with `/` or `.` and without leading zeroes too; basic, which is eight digits and no more. */
const separated = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/;
const basic = /^(\d{4})(\d\d)(\d\d)(?!\d)/;
/** The month first, unless it cannot be one; and a month alone, which begins on its first day. */
const numbersThenYear = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)/;
const monthAlone = /^(\d{4})[-/](\d{1,2})$/;
/** RFC 5322 §3.3, and with the month first. */
const dayThenMonth = /^(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})(?!\d)/i;
const monthThenDay = /^(?:[a-z]{3,9},?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?!\d)/i;

/** With `T` or blanks before it, with colons or without, to the second or less. */
const timeForm = /^(?:T|,?\s+)(\d{1,2}(?=:|\s?[ap]m)|\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?/i;
const halfForm = /^\s?([ap])m(?![a-z])/i;
const offsetForm = /^([+\- ])(\d{1,2}?)(?::?(\d\d))?$/;

const months = 'january february march april may june july august september october november december'.split(' ');
/** Offsets in hours (RFC 5322 §4.3). */
const zones: Readonly<Record<string, number>> = {
  ...{ Z: 0, UT: 0, UTC: 0, GMT: 0 },
  ...{ EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
};

/**
 * Epoch ms of a date or date-time; no zone = UTC. A blank in the place of the offset's sign is the `+` that a URL has
 * swallowed. Undefined when it is no date: numbers alone are none.
 */
export function parseDate(text: string): number | undefined {
  const day = dayOf(text.trim());
  const midnight = day && midnightOf(day);
  if (!day || midnight === undefined) return undefined;
  if (day.rest === '') return midnight;
  const [time, hour = '', minute = '0', second = '0', fraction = ''] = timeForm.exec(day.rest) ?? [];
  if (time === undefined) return undefined;
  const [half = '', letter] = halfForm.exec(day.rest.slice(time.length)) ?? [];
  if (letter !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return undefined;
  const h = letter === undefined ? Number(hour) : (Number(hour) % 12) + (letter.toLowerCase() === 'p' ? 12 : 0);
  const [mi, s] = [Number(minute), Number(second)];
  // 24:00 is the midnight at the end of a day, 23:59:60 a leap second.
  if (h > 24 || mi > 59 || s > 60 || (h === 24 && mi + s > 0)) return undefined;
  const offset = offsetMs(day.rest.slice(time.length + half.length));
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return offset === undefined ? undefined : midnight + ((h * 60 + mi) * 60 + s) * 1000 + ms - offset;
}

function dayOf(text: string): Day | undefined {
  const digits = basic.exec(text);
  if (digits) return dayFrom(text, digits[0], digits[1], Number(digits[2]), digits[3]);
  const parts = separated.exec(text);
  if (parts) return dayFrom(text, parts[0], parts[1], Number(parts[3]), parts[4]);
  const numbers = numbersThenYear.exec(text);
  if (numbers) {
    const [first, second] = [Number(numbers[1]), Number(numbers[3])];
    const [month, date] = first > 12 ? [second, first] : [first, second];
    return dayFrom(text, numbers[0], numbers[4], month, `${date}`);
  }
  const month = monthAlone.exec(text);
  if (month) return dayFrom(text, month[0], month[1], Number(month[2]), '1');
  const european = dayThenMonth.exec(text);
  if (european) return dayFrom(text, european[0], european[3], monthOf(european[2]), european[1]);
  const american = monthThenDay.exec(text);
  if (american) return dayFrom(text, american[0], american[3], monthOf(american[1]), american[2]);
  return undefined;
}

function dayFrom(text: string, used: string, year: string | undefined, month: number, day: string | undefined): Day {
  return { year: Number(year), month, day: Number(day), rest: text.slice(used.length) };
}

/** By its first three letters or more of them; 0 when it is none. */
function monthOf(name = ''): number {
  return months.findIndex((month) => month.startsWith(name.toLowerCase())) + 1;
}

function midnightOf({ year, month, day }: Day): number | undefined {
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  // 30 February rolls over into March; a date that is none must not be read as another one.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

function offsetMs(text: string): number | undefined {
  const name = text.trim().toUpperCase();
  if (name === '') return 0;
  const named = zones[name];
  if (named !== undefined) return named * 3_600_000;
  const [, sign, hours, minutes = '0'] = offsetForm.exec(text) ?? offsetForm.exec(text.trimStart()) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** UTC with six fraction digits and `Z`; the fraction is left out when it is zero (§3.4). */
export function formatDate(time: number): string {
  const text = new Date(time).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : `${text.slice(0, -1)}000Z`;
}
