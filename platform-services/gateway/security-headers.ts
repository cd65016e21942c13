/** Security headers: strict ones for our own pages and the API, and a policy under which Node-RED's editor works. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

const shared = {
  // A reverse proxy that speaks TLS decides this; we answer plain HTTP.
  strictTransportSecurity: false,
  // `no-referrer` would make browsers send `Origin: null` with forms of our own pages.
  referrerPolicy: { policy: 'same-origin' },
} as const;

export const strictHeaders: RequestHandler = helmet({
  ...shared,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
});

/** The editor builds code at run time (templates, Monaco's workers) and carries inline styles and handlers. */
export const editorHeaders: RequestHandler = helmet({
  ...shared,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'", "'unsafe-inline'", "'unsafe-eval'", 'blob:'],
      workerSrc: ["'self'", 'blob:'],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'self'"],
    },
  },
});
