/** The history over HTTP (contract data-realtime-history §3.4). */
import { historyEndpoints } from '../../contract/rest/history.ts';
import { isPlatformError } from '../kit/errors.ts';
import type { ApiRequest, Handler, Pieces, RouteGroup } from '../kit/http/route.ts';
import { preferred } from './accept.ts';
import { toContext } from './context.ts';
import { toCsv } from './csv.ts';
import { historyErrors, renderHistoryError } from './errors.ts';
import { listOf, toJson } from './json.ts';
import type { NotificationReader } from './notifications.ts';
import { gathered } from './pieces.ts';
import type { HistoryReader } from './reader.ts';

type MediaType = 'application/json' | 'text/csv';

/** Makes the text of an answer, or throws why there is none. */
type Form = (request: ApiRequest, type: MediaType) => Promise<Pieces>;

export interface Readers {
  readonly history: HistoryReader;
  readonly notifications: NotificationReader;
}

export function historyRoutes({ history, notifications }: Readers): RouteGroup {
  return {
    prefixes: ['history'],
    routes: [
      { endpoint: historyEndpoints.device, handler: answering(rowsOf(history)) },
      { endpoint: historyEndpoints.notifications, handler: answering(notificationsOf(notifications)) },
      { endpoint: historyEndpoints.context, handler: answering(contextOf(history), ['application/json']) },
    ],
    bodyLimit: 64 * 1024,
    renderError: (error, accept) => renderHistoryError(error, errorType(accept)),
    notFound: () => historyErrors.UNKNOWN_PATH(),
    methodNotAllowed: () => historyErrors.METHOD_NOT_ALLOWED(),
    trailingSlash: 'accepted',
  };
}

function rowsOf(reader: HistoryReader): Form {
  return async ({ identity, params, query }, type) => {
    const reading = await reader.read(identity.tenant, params.id ?? '', query);
    return type === 'text/csv' ? toCsv([...reading.series.values()]) : toJson(reading);
  };
}

function notificationsOf(reader: NotificationReader): Form {
  return async ({ identity, query }, type) => {
    const pages = reader.read(identity.tenant, query);
    return type === 'text/csv' ? toCsv([pages]) : wrapped('{"notifications":', listOf(pages), '}');
  };
}

function contextOf(reader: HistoryReader): Form {
  return async ({ identity, params, query }) => {
    const { type = '', id: deviceId = '', attr: attribute = '' } = params;
    const pages = await reader.readReverse(identity.tenant, deviceId, attribute, query);
    return toContext({ type, deviceId, attribute }, pages);
  };
}

async function* wrapped(before: string, text: AsyncIterable<string>, after: string): AsyncGenerator<string> {
  yield before;
  yield* text;
  yield after;
}

/** Order of checks: what the client can read, the device, the parameters. JSON wins wherever it is accepted at all. */
function answering(form: Form, types: readonly MediaType[] = ['application/json', 'text/csv']): Handler {
  return async (request) => {
    const accept = request.headers.accept?.toString();
    try {
      const type = types.find((offered) => preferred(accept, [offered]) !== undefined);
      if (!type) throw historyErrors.NOT_ACCEPTABLE();
      const body: Pieces = gathered(await form(request, type));
      return { status: 200, body, headers: { 'Content-Type': `${type}; charset=utf-8`, Vary: 'Accept' } };
    } catch (error) {
      if (!isPlatformError(error) || error.status >= 500) throw error;
      return renderHistoryError(error, errorType(accept));
    }
  };
}

function errorType(accept: string | undefined): 'json' | 'xml' | 'none' {
  const type = preferred(accept, ['application/json', 'application/xml', 'text/xml']);
  if (type === undefined) return 'none';
  return type === 'application/json' ? 'json' : 'xml';
}
