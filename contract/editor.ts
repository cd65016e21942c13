/** What the gateway and a tenant's process agree on about the flow editor. */
import { z } from 'zod';

/** Path of a tenant's editor as browsers see it; nothing on the way strips it. */
export const editorRoot = (tenant: string): string => `/editor/${tenant}`;

/** The tenant whose editor a request's target is in; undefined for other targets. */
export function editorTenant(target: string | undefined): string | undefined {
  return /^\/editor\/([^/?]+)/.exec(target ?? '')?.[1];
}

/** Header of a request to a tenant's process: the user as JSON. Only the gateway sets it. */
export const userHeader = 'x-dojot-user';

/** `permissions` in Node-RED's terms: `*`, `read`, `flows.write` … */
export const editorUser = z.object({
  username: z.string().min(1).max(200),
  permissions: z.union([z.string(), z.array(z.string())]),
});
export type EditorUser = z.infer<typeof editorUser>;
