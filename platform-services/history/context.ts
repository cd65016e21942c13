/** One attribute in the form of FIWARE's Short Time Historic (contract data-realtime-history §3.4, deprecated). */
import type { HistoryRow } from '../../contract/rest/history.ts';
import type { Pages } from './reader.ts';

export interface ContextAttribute {
  /** Whatever the client calls it; it only comes back. */
  readonly type: string;
  readonly deviceId: string;
  readonly attribute: string;
}

/** `isReversed`: the rows come in the order in which they are told; else the last comes first. */
export async function* toContext(
  { type, deviceId, attribute }: ContextAttribute,
  { pages, isReversed }: { readonly pages: Pages; readonly isReversed: boolean },
): AsyncGenerator<string> {
  yield `{"contextResponses":[{"contextElement":{"attributes":[{"name":${JSON.stringify(attribute)},"values":[`;
  let before = '';
  for await (const values of isReversed ? valuesOf(type, pages) : turned(type, pages)) {
    yield values === '' ? '' : before + values;
    if (values !== '') before = ',';
  }
  const entity = { id: deviceId, isPattern: false, type };
  yield `]}],${JSON.stringify(entity).slice(1)},"statusCode":{"code":"200","reasonPhrase":"OK"}}]}`;
}

async function* valuesOf(type: string, pages: Pages): AsyncGenerator<string> {
  for await (const rows of pages()) yield textOf(type, rows);
}

/** As texts, which take little room. */
async function* turned(type: string, pages: Pages): AsyncGenerator<string> {
  const texts: string[] = [];
  for await (const rows of pages()) {
    texts.push(textOf(type, rows.toReversed()));
    yield '';
  }
  yield* texts.reverse();
}

function textOf(type: string, rows: readonly HistoryRow[]): string {
  const values = rows.map(({ value, ts }) => ({ attrType: type, attrValue: value, recvTime: ts }));
  return JSON.stringify(values).slice(1, -1);
}
