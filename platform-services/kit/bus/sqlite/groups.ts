/** All consumer groups of the bus. */
import type { BatchHandler, Position, Subscription, SubscriptionOptions } from '../bus.ts';
import { createGroup, type Group, type GroupNeeds, type Member } from './group.ts';
import type { TopicRecord } from './protocol.ts';
import type { Topic } from './topics.ts';

export interface Groups {
  subscribe(options: SubscriptionOptions, handler: BatchHandler): Promise<Subscription>;
  /** A topic is about to be stored for the first time: groups that follow it missed nothing and begin at its beginning. */
  beginWith(topic: TopicRecord): void;
  topicAppeared(topic: Topic): void;
  /** Names of groups that have a subscription. */
  active(): string[];
  /** Stops every subscription. */
  stop(): Promise<void>;
}

export function createGroups(needs: GroupNeeds): Groups {
  const { offsets, topics } = needs;
  const groups = new Map<string, Group>();
  const subscriptions = new Set<Subscription>();
  const active = () => [...groups].filter(([, group]) => !group.empty).map(([name]) => name);

  function move(group: string, { topic, partition, offset }: Position): void {
    if (!topics.get(topic)?.tails[partition]) throw new RangeError(`there is no partition ${partition} of "${topic}"`);
    offsets.move(group, topic, partition, offset);
  }

  return {
    async subscribe(options, handler) {
      const group = groups.get(options.group) ?? createGroup(options.group, needs);
      groups.set(options.group, group);
      const member: Member = { options, handler, active: false };
      offsets.touch(options.group);
      group.join(member);
      let stopped: Promise<void> | undefined;
      const subscription: Subscription = {
        async commit(positions) {
          for (const position of positions) move(options.group, position);
        },
        stop() {
          subscriptions.delete(subscription);
          stopped ??= group.leave(member);
          return stopped;
        },
      };
      subscriptions.add(subscription);
      // Where the group begins must survive a crash of the process; a failure is tried again, and not the caller's.
      await offsets.flush();
      if (!stopped) group.activate(member);
      return subscription;
    },
    beginWith(topic) {
      for (const [name, group] of groups) {
        if (group.follows(topic.name) && !offsets.get(name, topic.name)) offsets.begin(name, topic.name, topic.ends);
      }
    },
    topicAppeared(topic) {
      for (const group of groups.values()) group.topicAppeared(topic);
    },
    active,
    async stop() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}
