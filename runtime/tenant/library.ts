/** Node-RED's library (flows and functions people keep for later): one shelf per kind, its entries by path. */
import { z } from 'zod';
import type { SupervisorLink } from './supervisor-link.ts';

const entry = z.object({ meta: z.record(z.string(), z.unknown()), body: z.unknown() });
const shelf = z.record(z.string(), entry);
type Shelf = z.infer<typeof shelf>;

class NotFound extends Error {
  readonly code = 'not_found';
}

export function createLibrary(supervisor: Pick<SupervisorLink, 'call'>) {
  const load = async (type: string): Promise<Shelf> =>
    shelf.parse((await supervisor.call({ name: 'loadState', state: `library/${type}` })) ?? {});

  return {
    /** The body of an entry, or what a folder holds: names of folders, and entries as `{fn, …meta}`. */
    async getLibraryEntry(type: string, path: string): Promise<unknown> {
      const entries = await load(type);
      const name = normal(path);
      const found = entries[name];
      if (found) return found.body;
      const list = listing(entries, name);
      if (list.length === 0 && name !== '') throw new NotFound(`There is no "${name}" in the library.`);
      return list;
    },

    async saveLibraryEntry(type: string, path: string, meta: Record<string, unknown>, body: unknown): Promise<void> {
      const entries = await load(type);
      await supervisor.call({
        name: 'saveState',
        state: `library/${type}`,
        content: { ...entries, [normal(path)]: { meta, body } },
      });
    },
  };
}

function listing(entries: Shelf, folder: string): unknown[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const folders = new Set<string>();
  const files: unknown[] = [];
  for (const [path, { meta }] of Object.entries(entries)) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...deeper] = path.slice(prefix.length).split('/');
    if (deeper.length > 0) folders.add(name);
    else files.push({ ...meta, fn: name });
  }
  return [...folders, ...files];
}

/** Without slashes at the ends or next to each other. */
const normal = (path: string) => path.split('/').filter(Boolean).join('/');
