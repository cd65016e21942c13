/** The tenant's place in the bus: there while it has flows, forgotten while it has none. */
import { subjects } from '../../contract/topics.ts';
import type { Bus, Position, Subscription, TopicFilter } from '../../platform-services/kit/bus/bus.ts';
import type { Log } from '../../platform-services/kit/log.ts';
import type { Feed } from './feed.ts';

/** The consumer group of all flows. */
const flowsGroup = 'flows';

interface Needs {
  readonly tenant: string;
  readonly bus: Pick<Bus, 'subscribe' | 'forget'>;
  readonly log: Log;
  readonly feed: () => Feed;
}

export interface IntakeSubscription {
  /**
   * Whether messages are wanted; resolves when it is so. A tenant that continues does so where it stopped, one that had no
   * flows begins with what comes from now on: giving up also gives up the position, so that nothing is replayed.
   */
  want(isWanted: boolean): Promise<void>;
  /** Never rejects: a position that was not stored only means that its messages come again. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Keeps the position. */
  stop(): Promise<void>;
}

export function createIntakeSubscription({ tenant, bus, log, feed }: Needs): IntakeSubscription {
  const topics: TopicFilter = { subjects: [subjects.deviceData, subjects.deviceEvents], tenants: [tenant] };
  let subscription: Subscription | undefined;
  let wanted: boolean | undefined;
  let isForgotten = false;
  /** Changes come one after the other. */
  let last: Promise<void> = Promise.resolve();

  async function change(): Promise<void> {
    if (wanted && !subscription) {
      feed().open();
      subscription = await bus.subscribe({ group: flowsGroup, topics, from: 'latest', commit: 'manual' }, (batch) =>
        feed().take(batch),
      );
      isForgotten = false;
    } else if (wanted === false && !isForgotten) {
      feed().dismiss();
      await leave();
      await bus.forget(flowsGroup, topics);
      isForgotten = true;
    }
  }

  async function leave(): Promise<void> {
    const ending = subscription;
    subscription = undefined;
    await ending?.stop();
  }

  function next(step: () => Promise<void>): Promise<void> {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    want(isWanted) {
      wanted = isWanted;
      return next(change);
    },
    async commit(positions) {
      try {
        await subscription?.commit(positions);
      } catch (error) {
        log.warn('the position of the flows could not be stored; messages may come again', { error });
      }
    },
    stop() {
      wanted = undefined;
      return next(leave);
    },
  };
}
