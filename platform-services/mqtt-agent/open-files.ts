/** How many connections the operating system lets this process have: each is an open file. */
import { z } from 'zod';

/** Of the report Node.js makes of itself; there are no limits of users on Windows. */
const report = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.literal('unlimited')]) }) }).optional(),
});

/** Most files kept for everything else: HTTP, the databases, the tenant processes. */
const mostKept = 4096;

/** The limit on open files of this process. Takes some ms. */
export function openFilesLimit(): number {
  const made = report.parse(process.report.getReport());
  const limit = made.userLimits?.open_files.soft ?? 'unlimited';
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
}

/** Of `wanted` connections those that leave a quarter of the `limit` to the rest of the process. */
export function connectionsWithin(limit: number, wanted: number): number {
  if (limit === Number.POSITIVE_INFINITY) return wanted;
  return Math.min(wanted, limit - Math.min(Math.ceil(limit / 4), mostKept));
}
