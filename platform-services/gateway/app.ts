/** What every request passes, in this order. */
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { isPlatformError, type PlatformError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { gatewayErrors, renderGatewayError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { CheckRequest } from './request-checks.ts';
import { requestId } from './request-id.ts';
import { editorHeaders, strictHeaders } from './security-headers.ts';
import { send } from './send.ts';

export interface AppParts {
  readonly pages: RequestHandler;
  readonly editor: RequestHandler;
  readonly api: RequestHandler;
  readonly check: CheckRequest;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function gatewayApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.use(requestId);
  app.use(counting(parts.metrics));
  app.use(compression());
  app.use(checked(parts.check));
  app.use('/editor', editorHeaders, parts.editor);
  app.use(strictHeaders);
  app.use(parts.pages);
  app.use(parts.api);
  app.use(failures(parts.log));
  return app;
}

function counting(metrics: Metrics): RequestHandler {
  const help = 'Requests answered by the gateway, by class of status';
  const series = [1, 2, 3, 4, 5].map((hundreds) =>
    metrics.counter('dojot_gateway_requests_total', help, { status: `${hundreds}xx` }),
  );
  return (_request, response, next) => {
    response.once('finish', () => series[Math.floor(response.statusCode / 100) - 1]?.add());
    next();
  };
}

function checked(check: CheckRequest): RequestHandler {
  return (request, _response, next) => {
    check(request);
    next();
  };
}

/** What the checks refuse, what the pages' file server refuses (a malformed path), and what nobody foresaw. */
function failures(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = failureOf(refusalOfExpress(error) ?? error, request, log);
    strictHeaders(request, response, (failure) =>
      failure ? next(failure) : send(request, response, renderGatewayError(known)),
    );
  };
}

/** The pages' file server throws errors of its own. */
function refusalOfExpress(error: unknown): PlatformError | undefined {
  if (isPlatformError(error)) return undefined;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (typeof status !== 'number' || status >= 500) return undefined;
  return status === 404 ? gatewayErrors.NOT_FOUND() : gatewayErrors.INVALID_PATH();
}
