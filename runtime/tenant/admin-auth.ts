/**
 * Who may use the editor: whom the gateway names. Only the gateway reaches this process's socket; it checks the session,
 * drops this header from what browsers send and sets its own.
 */
import { editorUser, userHeader } from '../../contract/editor.ts';

export const adminAuth = {
  type: 'credentials',
  users: async () => null,
  authenticate: async () => null,
  default: async () => null,
  tokenHeader: userHeader,
  tokens: async (header: string) => editorUser.safeParse(parseJson(header)).data ?? null,
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
