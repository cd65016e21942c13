/** The console's pages: plain files, read from one folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import type { Sessions } from '../kit/directory.ts';
import { sessionOf } from './session.ts';

/** `/` is the log-in page or, with a session, the home page; `/api` tries the API; `/console/…` are their files. */
export function consolePages(folder: string, sessions: Sessions): RequestHandler {
  const router = Router({ strict: true, caseSensitive: true });
  router.get('/', async (request, response) => {
    const session = await sessionOf(request.headers, sessions);
    response.set('Cache-Control', 'no-store');
    response.sendFile(session ? 'home.html' : 'login.html', { root: folder, cacheControl: false });
  });
  router.get(['/api', '/api/'], (_request, response) => {
    response.sendFile('api.html', { root: folder, maxAge: 0 });
  });
  router.get('/favicon.ico', (_request, response) => response.redirect(301, '/console/logo.svg'));
  router.use('/console', express.static(folder, { index: false, redirect: false, dotfiles: 'ignore', maxAge: 0 }));
  return router;
}

/** The page shown while a tenant's editor starts. */
export function readWaitingPage(folder: string): Promise<string> {
  return readFile(join(folder, 'editor-starting.html'), 'utf8');
}
