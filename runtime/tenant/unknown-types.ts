/**
 * One type that nobody provides would keep all flows of the tenant from starting. Such a type gets a stand-in that exists
 * in the runtime only: the branch ends there with a warning, while the editor, which has no form for it, shows the node as
 * unknown and keeps it (contract flows-and-nodes §7 "unknown type").
 */
import type { Events, FlowNodeJson, LiveNode, NodeConstructor } from 'node-red';

interface Registry {
  createNode(node: LiveNode, config: Readonly<Record<string, unknown>>): void;
  registerType(nodeSet: string, type: string, construct: NodeConstructor): void;
}

export interface UnknownTypes {
  /** Types that a package provides. */
  provided(): string[];
  /** Makes a list of nodes safe to start: every type in it is known to the runtime afterwards. */
  standIn(nodes: readonly FlowNodeJson[]): readonly FlowNodeJson[];
  /** The nodes as they were before `standIn`. */
  original(nodes: readonly FlowNodeJson[]): readonly FlowNodeJson[];
}

/** Node-RED builds these itself. */
const structural: ReadonlySet<string> = new Set(['tab', 'subflow', 'group', 'junction']);

/** Marks a type that cannot be registered under its own name. */
const aliasPrefix = 'unknown type ';

/** Made before Node-RED loads any node: it listens to what is registered. */
export function createUnknownTypes(registry: Registry, events: Events): UnknownTypes {
  const registered = new Set<string>();
  const stoodIn = new Set<string>();
  events.on('type-registered', (type) => registered.add(type));

  function register(type: string): void {
    if (registered.has(type)) return;
    stoodIn.add(type);
    registry.registerType('', type, function (config) {
      registry.createNode(this, config);
      const name = realType(type);
      this.status({ fill: 'yellow', shape: 'ring', text: 'unknown type' });
      this.on('input', (_message, _send, done) => {
        this.warn(`The type "${name}" is not installed: the branch ends here`);
        done();
      });
    });
  }

  const isProvided = (type: string) => registered.has(type) && !stoodIn.has(type);

  return {
    provided: () => Array.from(registered).filter(isProvided),
    standIn(nodes) {
      const subflows = new Set(nodes.filter(({ type }) => type === 'subflow').map(({ id }) => `subflow:${id}`));
      return nodes.map((node) => {
        if (structural.has(node.type) || isProvided(node.type) || subflows.has(node.type)) return node;
        const type = needsAlias(node.type) ? `${aliasPrefix}${node.type}` : node.type;
        register(type);
        return type === node.type ? node : { ...node, type };
      });
    },
    original: (nodes) => nodes.map((node) => (stoodIn.has(node.type) ? { ...node, type: realType(node.type) } : node)),
  };
}

/**
 * Node-RED looks `subflow:…` up among the subflows, and finds names of `Object.prototype` without registration. A type
 * that looks like an alias gets one, too, so that every alias can be taken back.
 */
function needsAlias(type: string): boolean {
  return type.startsWith('subflow:') || type.startsWith(aliasPrefix) || type in {};
}

const realType = (type: string) => (type.startsWith(aliasPrefix) ? type.slice(aliasPrefix.length) : type);
