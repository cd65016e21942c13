/** Deploys sent to a process and not confirmed yet. */
import type { Problem, ToTenant } from '../protocol/messages.ts';

export interface Deploys {
  /** Resolves when the process runs these flows; rejects with the reason when it does not. */
  send(flows: Extract<ToTenant, { kind: 'deploy' }>['flows'], to: (message: ToTenant) => void): Promise<void>;
  areOpen(): boolean;
  confirmed(id: number, problem: Problem | undefined): void;
  /** The process is gone: the next one starts with the stored flows. */
  dropAll(): void;
}

/** Longest wait, ms: a start of the process, a drain and a start of the flows. */
const longestDeployMs = 20_000;

export function createDeploys(): Deploys {
  const open = new Map<number, (problem: string | undefined) => void>();
  let lastId = 0;

  return {
    send(flows, to) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(`not confirmed within ${longestDeployMs} ms`), longestDeployMs);
        const settle = (problem: string | undefined) => {
          clearTimeout(timer);
          open.delete(id);
          if (problem === undefined) resolve();
          else reject(new Error(problem));
        };
        open.set(id, settle);
        to({ kind: 'deploy', id, flows });
      });
    },
    areOpen: () => open.size > 0,
    confirmed: (id, problem) => open.get(id)?.(problem?.message),
    dropAll() {
      for (const settle of Array.from(open.values())) settle(undefined);
    },
  };
}
