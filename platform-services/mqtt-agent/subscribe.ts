/** SUBSCRIBE: a device hears its own config topic and nothing else; each filter is answered on its own (§1.2). */
import type { Client, Subscription } from 'aedes';
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
    if (connection && isAtOrBelow(subscription.topic, connection.identity.configTopic)) {
      const { filters, identity } = connection;
      if (filters.has(subscription.topic) || filters.size < mostFilters || isHeard(subscription.topic, identity)) {
        filters.add(subscription.topic);
        return done(null, subscription);
      }
    }
    onRefused(client);
    done(null, null);
  };
}
