import type { KitNode, NodeBridge, RuntimeNode } from './platform.ts';

/** A registered kit node with its wires resolved. */
export interface Station {
  readonly kit: KitNode;
  /** Where each output leads: straight to another station, or the id of a node of Node-RED. */
  links: readonly (readonly Link[])[];
  /** What `links` was made from; another list means a deploy changed the wires. */
  wires: RuntimeNode['wires'] | undefined;
  epoch: number;
}

export type Link = Station | string;

export interface Wiring {
  register(kit: KitNode): () => void;
  station(kit: KitNode): Station;
  /** The station of a node, when it is a kit node. */
  find(node: RuntimeNode): Station | undefined;
  links(station: Station): readonly (readonly Link[])[];
  invalidate(): void;
  kitNodes(): Iterable<KitNode>;
}

/**
 * Who is wired to whom. Wires between kit nodes are resolved once and again after anything changed: a node registered or
 * removed, another list of wires on the node, `invalidate`. Dangling wires and disabled nodes lead nowhere.
 */
export function createWiring(bridge: Pick<NodeBridge, 'resolve'>): Wiring {
  const byNodeId = new Map<string, Station>();
  let epoch = 0;

  function resolve(station: Station): void {
    const { node } = station.kit;
    station.links = node.wires.map((targets) => targets.flatMap((id) => linkTo(node, id)));
    station.wires = node.wires;
    station.epoch = epoch;
  }

  function linkTo(from: RuntimeNode, id: string): Link[] {
    const target = bridge.resolve(from, id);
    if (target === undefined) return [];
    return [find(target) ?? id];
  }

  function find(node: RuntimeNode): Station | undefined {
    const station = byNodeId.get(node.id);
    return station?.kit.node === node ? station : undefined;
  }

  return {
    find,
    register(kit) {
      const station: Station = { kit, links: [], wires: undefined, epoch: -1 };
      byNodeId.set(kit.node.id, station);
      epoch++;
      return () => {
        if (byNodeId.get(kit.node.id) === station) byNodeId.delete(kit.node.id);
        epoch++;
      };
    },
    station: (kit) => find(kit.node) ?? { kit, links: [], wires: undefined, epoch: -1 },
    links(station) {
      if (station.epoch !== epoch || station.wires !== station.kit.node.wires) resolve(station);
      return station.links;
    },
    invalidate() {
      epoch++;
    },
    *kitNodes() {
      for (const { kit } of byNodeId.values()) yield kit;
    },
  };
}
