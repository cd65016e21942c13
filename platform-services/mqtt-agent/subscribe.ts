/** SUBSCRIBE: a device hears its own config topic and nothing else; each filter is answered on its own (§1.2). */
import type { Client, Subscription } from 'aedes';
import { originalOf } from './broker.ts';
import { isHeard } from './config-filters.ts';
import type { Connections } from './connection.ts';
import { isAtOrBelow } from './identity.ts';

/** Filters of one connection: only two of them are ever matched, and the others must not fill the memory. */
const mostFilters = 100;

export type AuthorizeSubscribe = (
  client: Client,
  subscription: Subscription,
  done: (error: Error | null, subscription?: Subscription | null) => void,
) => void;

/** A filter that is refused gets 0x80 in the SUBACK; the connection stays. */
export function subscribeHandler(connections: Connections, onRefused: (client: Client) => void): AuthorizeSubscribe {
  return (client, subscription, done) => {
    const connection = connections.get(client);
    const topic = originalOf(subscription.topic);
    if (connection && isAtOrBelow(topic, connection.identity.configTopic)) {
      const { filters, identity } = connection;
      if (filters.has(topic) || filters.size < mostFilters || isHeard(topic, identity)) {
        filters.add(topic);
        return done(null, subscription);
      }
    }
    onRefused(client);
    done(null, null);
  };
}
