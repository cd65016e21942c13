/** Answers questions about the past of one device. */

import { formatDate } from '../../contract/date.ts';
import type { HistoryRow } from '../../contract/rest/history.ts';
import type { Clock } from '../kit/clock.ts';
import type { DeviceDirectory, KnownDevice } from '../kit/directory.ts';
import type { FirstPage, HistoryStore, Row, SeriesQuery } from '../kit/history/history-store.ts';
import { historyErrors } from './errors.ts';
import { readParameters, readRange } from './parameters.ts';
import { reversed } from './reversed.ts';

export interface ReaderNeeds {
  readonly historyStore: HistoryStore;
  readonly devices: DeviceDirectory;
  readonly clock: Clock;
  readonly expirationMs: number;
}

/** Rows in pages. They are read while they are asked for, each time anew, because there may be more than fit into memory. */
export type Pages<T extends object = HistoryRow> = () => AsyncIterable<readonly T[]> | Iterable<readonly T[]>;

export interface HistoryReading {
  /** One attribute, not written as a list. */
  readonly single: boolean;
  /** By label, in the order of the answer. */
  readonly series: ReadonlyMap<string, Pages>;
}

export interface HistoryReader {
  /** Throws `DEVICE_NOT_FOUND`, `ATTR_NOT_FOUND`, `INVALID_INTEGER`, `INVALID_DATE`. */
  read(tenant: string, deviceId: string, query: URLSearchParams): Promise<HistoryReading>;
  /** The rows of one attribute in the reverse of the order asked for; some pages are empty. Throws as `read` does. */
  readReverse(tenant: string, deviceId: string, attribute: string, query: URLSearchParams): Promise<Pages>;
}

/** An answer of at most so many rows is begun in one go: each attribute after the other would make many short ones slow. */
const rowsAtOnce = 1000;

export function historyReader({ historyStore, devices, clock, expirationMs }: ReaderNeeds): HistoryReader {
  async function* pagesOf(query: SeriesQuery): AsyncGenerator<readonly HistoryRow[]> {
    for await (const rows of historyStore.pages(query)) yield wireRows(query, rows);
  }

  function pagesFrom(query: SeriesQuery, first: FirstPage | undefined): Pages {
    if (!first?.isWhole) return () => pagesOf(query);
    const rows = wireRows(query, first.rows);
    return () => [rows];
  }

  async function* reversePages(query: SeriesQuery): AsyncGenerator<readonly HistoryRow[]> {
    for await (const rows of reversed(historyStore, query)) yield wireRows(query, rows);
  }

  /** Undefined for a removed device: its history stays readable until it expires, attribute by attribute. */
  async function known(tenant: string, deviceId: string): Promise<KnownDevice | undefined> {
    const device = await devices.find(tenant, deviceId);
    if (!device && !(await historyStore.hasRows(tenant, deviceId))) throw historyErrors.DEVICE_NOT_FOUND();
    return device;
  }

  /** What has expired is gone at once, whenever the sweep comes by. */
  function unexpired(query: SeriesQuery): SeriesQuery {
    return { ...query, from: Math.max(query.from ?? Number.NEGATIVE_INFINITY, clock.now() - expirationMs) };
  }

  async function refuseEmpty(query: SeriesQuery): Promise<void> {
    if ((await historyStore.query({ ...query, limit: 1 })).length === 0) throw historyErrors.ATTR_NOT_FOUND();
  }

  return {
    async read(tenant, deviceId, parameters) {
      const device = await known(tenant, deviceId);
      const { attributes, single, range } = readParameters(parameters);
      const queries = (attributes ?? allLabels(device)).map((attribute) => {
        return unexpired({ ...range, tenant, deviceId, attribute });
      });
      if (single) for (const query of queries) await refuseEmpty(query);
      const isShort = queries.length * (range.limit ?? Number.POSITIVE_INFINITY) <= rowsAtOnce;
      const first = isShort ? await historyStore.firstPages(queries) : [];
      return { single, series: new Map(queries.map((query, at) => [query.attribute, pagesFrom(query, first[at])])) };
    },

    async readReverse(tenant, deviceId, attribute, parameters) {
      await known(tenant, deviceId);
      const query = unexpired({ ...readRange(parameters), tenant, deviceId, attribute });
      await refuseEmpty(query);
      return () => reversePages(query);
    },
  };
}

/** Every attribute of every template, static ones too; what was stored but is in no template is not shown. */
function allLabels(device: KnownDevice | undefined): string[] {
  if (!device) throw historyErrors.DEVICE_NOT_FOUND();
  return [...new Set(device.attributes.map(({ label }) => label))];
}

function wireRows({ deviceId }: SeriesQuery, rows: readonly Row[]): HistoryRow[] {
  return rows.map(({ attribute, value, time, metadata = {} }) => {
    return { attr: attribute, value, device_id: deviceId, ts: formatDate(time), metadata };
  });
}
