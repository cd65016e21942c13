/** Keeps a deploy and the events apart: nothing begins while the flows are changed, and what runs may finish first. */
import type { Intake } from './intake.ts';
import type { TenantLog } from './tenant-log.ts';

interface Needs {
  readonly intake: Pick<Intake, 'pause' | 'resume' | 'active'>;
  readonly log: TenantLog;
  /** Longest wait for what is inside the flows, ms. */
  readonly drainMs: number;
}

export interface DeployGate {
  /** Resolves when nothing is inside the flows, or the time is up. From then on the flows may be changed. */
  drain(): Promise<void>;
  /** The changed flows run (`flows:started`). */
  open(): void;
  /** An event ended: perhaps it was the last one. */
  moved(): void;
}

/** If the flows do not report a start within this time, ms, events go on: a deploy must not stop a tenant for ever. */
const longestStart = 10_000;

export function createDeployGate({ intake, log, drainMs }: Needs): DeployGate {
  let drained: (() => void) | undefined;
  let reopen: NodeJS.Timeout | undefined;

  function open(): void {
    clearTimeout(reopen);
    reopen = undefined;
    intake.resume();
  }

  return {
    async drain() {
      intake.pause();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          log.say('warn', `A deploy goes on with ${intake.active()} events still inside the flows`);
          drained?.();
        }, drainMs);
        drained = () => {
          clearTimeout(timer);
          drained = undefined;
          resolve();
        };
        if (intake.active() === 0) drained();
      });
      clearTimeout(reopen);
      reopen = setTimeout(() => {
        log.say('warn', 'The flows did not report that they started; events go on');
        open();
      }, longestStart);
    },
    open,
    moved() {
      if (drained && intake.active() === 0) drained();
    },
  };
}
