/**
 * The bus port: an append-only log of topics, each cut into partitions by message key. Order is kept per key, delivery is
 * at-least-once. Adapters: `sqlite/` (embedded); every adapter passes `test/conformance.ts`.
 */

/** Headers are short texts; names as in `contract/headers.ts`. */
export type MessageHeaders = Readonly<Record<string, string>>;

export interface OutgoingMessage {
  /** Chooses the partition; messages of one key stay in order. Normally `tenant:deviceId`. */
  readonly key: string;
  /** UTF-8 text, normally JSON. */
  readonly value: string;
  readonly headers?: MessageHeaders;
}

export interface Message {
  readonly topic: string;
  readonly partition: number;
  /** Grows within a partition; gaps are normal. */
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: MessageHeaders;
  /** When the bus took it, epoch ms. */
  readonly timestamp: number;
}

/** Consecutive messages of one partition, ascending by offset, never empty. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
}

/** Where a reader stands: `offset` is the next one it wants. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type BatchHandler = (batch: Batch) => Promise<void>;

/** Which topics: every `<tenant>.<subject>` of these subjects, of all tenants (also future ones) or of those named. */
export interface TopicFilter {
  readonly subjects: readonly string[];
  readonly tenants?: readonly string[];
}

export interface SubscriptionOptions {
  /** Members of one group share the partitions; each group gets every message. */
  readonly group: string;
  readonly topics: TopicFilter;
  /**
   * Where a partition begins for a group that has no offset there yet; `latest` is the end when `subscribe` was called, so
   * a topic that appears later is read from its beginning. The beginning is kept: a restart does not move it.
   */
  readonly from: 'earliest' | 'latest';
  /**
   * `after-batch` (default): the group's offset moves when the handler has resolved.
   * `manual`: it moves only by `Subscription.commit`; a resolved handler merely asks for more of that partition.
   */
  readonly commit?: 'after-batch' | 'manual';
  /**
   * Positions the consumer itself has kept (exactly-once readers); they win over the group's. Undefined = the group's. Asked
   * each time a partition comes to this member. A position behind the log's end means another log: it is read from its start.
   */
  readonly startAt?: (topic: string, partition: number) => number | undefined;
  /** Most messages in one batch; default 1000. */
  readonly maxBatch?: number;
}

export interface Subscription {
  /** Moves the group's offsets (`manual`). Durable soon, not at once: losing it in a crash only means redelivery. */
  commit(positions: readonly Position[]): Promise<void>;
  /** No handler is called after it resolves; it waits for those that run, so a handler must not wait for it. */
  stop(): Promise<void>;
}

export interface Lag extends Position {
  readonly group: string;
  /** Messages of the partition the group has not committed. */
  readonly messages: number;
}

export interface Bus {
  /** Of this log and no other: in another one the same positions are other messages. */
  readonly logId: string;
  /**
   * Resolves when every message is durable (survives SIGKILL and power loss); rejects with `BUS_UNAVAILABLE` when it
   * could not be stored, and then none of this call's messages is stored; of a call of more than 1,000 messages or 1 MiB
   * the first ones may be. Order of calls is order in the log, per key. A tenant that publishes more than can be stored is
   * refused; another one's messages are taken and do not wait for those of the first.
   */
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Handlers of different partitions run concurrently, of one partition one at a time. A handler that rejects is called
   * again with the same batch after a growing pause (100 ms … 30 s). Resolves when the subscription is active, before the
   * first call of the handler.
   */
  subscribe(options: SubscriptionOptions, handler: BatchHandler): Promise<Subscription>;
  /**
   * Hands over what the log holds from `since` (epoch ms) to its end at the time of the call; touches no group. With `most`
   * no more messages than that: of each topic its newest, in equal shares.
   */
  replay(topics: TopicFilter, since: number, handler: BatchHandler, most?: number): Promise<void>;
  /** Forgets a group's offsets on these topics, so that its next subscription begins at `from`; stop the present one first. */
  forget(group: string, topics: TopicFilter): Promise<void>;
  lag(group: string): Promise<readonly Lag[]>;
  /** Rejects when the bus cannot store. */
  ping(): Promise<void>;
  /** Stops the subscriptions (their handlers may publish to the end), stores what was published, closes. */
  stop(): Promise<void>;
}
