/** What must be known of a whole flow before one of its elements can be read. */
import { editorIdOf, idTaker, textId, uniqueIds } from './dojot-identity.ts';
import { type FlowElement, isOn, isStructural } from './flow-content.ts';

export interface Reading {
  readonly tabId: string;
  readonly elements: readonly FlowElement[];
  /** By index; undefined for the tabs after the first, which stay in the source only. */
  readonly editorIds: readonly (string | undefined)[];
  /** Editor id by the id that other elements use; of several elements with one id the first is meant. */
  readonly renames: ReadonlyMap<string, string>;
  /** Id in the source by editor id. */
  readonly restIds: ReadonlyMap<string, string>;
  /** Ids, as other elements use them. */
  readonly subflows: ReadonlySet<string>;
  readonly configs: ReadonlySet<string>;
  /** Tabs after the first that are switched off: what lies on them is, too. */
  readonly tabsOff: ReadonlySet<string | undefined>;
}

/** `known`: editor ids by id in the source, of nodes that had been there before. */
export function beginReading(
  tabId: string,
  elements: readonly FlowElement[],
  known: ReadonlyMap<string, string>,
): Reading {
  const ids = uniqueIds(elements);
  const take = idTaker(ids.flatMap((id) => known.get(id) ?? []));
  const tabIndex = elements.findIndex(({ type }) => type === 'tab');
  const editorIds = elements.map(({ type }, index) => {
    if (type === 'tab') return index === tabIndex ? tabId : undefined;
    const id = ids[index] ?? '';
    return known.get(id) ?? take(editorIdOf(tabId, id));
  });
  const isTabOff = ({ type, disabled }: FlowElement, index: number) =>
    type === 'tab' && index !== tabIndex && isOn(disabled);
  return {
    tabId,
    elements,
    editorIds,
    renames: renamesOf(elements, editorIds),
    restIds: new Map([[tabId, idTaker(ids)(tabId)], ...pairs(editorIds, ids)]),
    subflows: new Set(elements.filter(({ type }) => type === 'subflow').map(({ id }) => String(id))),
    configs: configsOf(elements),
    tabsOff: new Set(elements.filter(isTabOff).flatMap(({ id }) => textId(id) ?? [])),
  };
}

function renamesOf(elements: readonly FlowElement[], editorIds: readonly (string | undefined)[]): Map<string, string> {
  const renames = new Map<string, string>();
  elements.forEach(({ id }, index) => {
    const used = textId(id);
    const editorId = editorIds[index];
    if (used !== undefined && editorId !== undefined && !renames.has(used)) renames.set(used, editorId);
  });
  return renames;
}

/** The values of two lists of one length, side by side, where the first has one. */
export function pairs<V>(keys: readonly (string | undefined)[], values: readonly V[]): [string, V][] {
  return values.flatMap((value, index) => {
    const key = keys[index];
    return key === undefined ? [] : [[key, value] satisfies [string, V]];
  });
}

/** Elements without place and wires that another element names in a property: Node-RED's configuration nodes. */
function configsOf(elements: readonly FlowElement[]): Set<string> {
  const candidates = new Set(elements.filter(isBare).map(({ id }) => textId(id)));
  const named = elements.flatMap(({ id: _id, z: _z, type: _type, name: _name, label: _label, ...rest }) =>
    Object.values(rest).filter((value) => typeof value === 'string'),
  );
  return new Set(named.filter((value) => candidates.has(value)));
}

const isBare = ({ type, x, y, wires }: FlowElement) =>
  x === undefined && y === undefined && !Array.isArray(wires) && !isStructural(type);
