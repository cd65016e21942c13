/** One attribute in the form of FIWARE's Short Time Historic (contract data-realtime-history §3.4, deprecated). */
import type { HistoryRow } from '../../contract/rest/history.ts';
import type { Pages } from './reader.ts';

export interface ContextAttribute {
  /** Whatever the client calls it; it only comes back. */
  readonly type: string;
  readonly deviceId: string;
  readonly attribute: string;
}

/** The rows in the order of `pages`. */
export async function* toContext(
  { type, deviceId, attribute }: ContextAttribute,
  pages: Pages,
): AsyncGenerator<string> {
  yield `{"contextResponses":[{"contextElement":{"attributes":[{"name":${JSON.stringify(attribute)},"values":[`;
  let before = '';
  for await (const rows of pages()) {
    yield rows.length === 0 ? '' : before + textOf(type, rows);
    if (rows.length > 0) before = ',';
  }
  const entity = { id: deviceId, isPattern: false, type };
  yield `]}],${JSON.stringify(entity).slice(1)},"statusCode":{"code":"200","reasonPhrase":"OK"}}]}`;
}

function textOf(type: string, rows: readonly HistoryRow[]): string {
  const values = rows.map(({ value, ts }) => ({ attrType: type, attrValue: value, recvTime: ts }));
  return JSON.stringify(values).slice(1, -1);
}
