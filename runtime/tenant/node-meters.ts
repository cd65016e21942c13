/** What each node did since the process started: the kit counts its own nodes, the messaging hooks all others. */
import type { Scheduler } from '@dojot/node-kit';
import type { LiveNode } from 'node-red';
import type { NodeCounters } from '../protocol/messages.ts';

export interface NodeMeters {
  received(node: LiveNode): void;
  sent(node: LiveNode): void;
  failed(node: LiveNode): void;
  /** Counters that changed since the last call, by node id. */
  changes(): Record<string, NodeCounters>;
}

/** Nodes with longer ids, which flow JSON may hold, are not reported: the channel takes no longer ones. */
const longestId = 200;

/** `kitNodes` is asked at each report. */
export function createNodeMeters(kitNodes: () => ReturnType<Scheduler['kitNodes']>): NodeMeters {
  /** By node id. A node that a deploy replaced counts on. */
  const others = new Map<string, { received: number; sent: number; errors: number }>();
  /** What was reported last, by node id. */
  const reported = new Map<string, NodeCounters>();

  function meter({ id }: LiveNode) {
    const known = others.get(id);
    if (known) return known;
    const fresh = { received: 0, sent: 0, errors: 0 };
    others.set(id, fresh);
    return fresh;
  }

  return {
    received(node) {
      meter(node).received += 1;
    },
    sent(node) {
      meter(node).sent += 1;
    },
    failed(node) {
      meter(node).errors += 1;
    },
    changes() {
      const current = new Map<string, NodeCounters>(others);
      for (const { node, counters } of kitNodes()) current.set(node.id, counters);
      const changed: Record<string, NodeCounters> = {};
      for (const [id, { received, sent, errors }] of current) {
        const last = reported.get(id);
        if (id.length > longestId) continue;
        if (last?.received === received && last.sent === sent && last.errors === errors) continue;
        changed[id] = { received, sent, errors };
        reported.set(id, changed[id]);
      }
      return changed;
    },
  };
}
