/** Finds who answers a request: by path segments, never by text prefixes (contract auth-gateway-pki §2.2, improve). */
import type { Route, RouteGroup } from '../kit/http/route.ts';

export interface Found {
  readonly group: RouteGroup;
  /** Whether the group is reached without a token. */
  readonly open: boolean;
  /** Absent: the path is unknown, or known with the verbs of `allowed` only. */
  readonly route?: Route;
  readonly params: Readonly<Record<string, string>>;
  /** Verbs of the path, upper case, with HEAD and OPTIONS; empty when the path is unknown. */
  readonly allowed: readonly string[];
}

export interface RouteTable {
  /** Undefined when no group owns the path. `method` in upper case; HEAD is answered by GET. */
  find(method: string, segments: readonly string[]): Found | undefined;
}

interface Template {
  readonly route: Route;
  readonly segments: readonly { readonly literal?: string; readonly param?: string }[];
  readonly literals: number;
}

interface Owner {
  readonly group: RouteGroup;
  readonly open: boolean;
  readonly prefixes: readonly (readonly string[])[];
  /** The most literal first, so that `/device/{id}/latest` wins over `/device/{id}/{attr}`. */
  readonly templates: readonly Template[];
}

export function routeTable(groups: readonly RouteGroup[], publicGroups: readonly RouteGroup[]): RouteTable {
  const owners = [
    ...publicGroups.map((group) => ownerOf(group, true)),
    ...groups.map((group) => ownerOf(group, false)),
  ];
  return {
    find(method, segments) {
      const candidates = owners
        .map((owner) => ({ owner, depth: ownedDepth(owner, segments) }))
        .filter(({ depth }) => depth > 0)
        .sort((one, other) => other.depth - one.depth);
      const verb = method === 'HEAD' ? 'GET' : method;
      const answers = candidates.map(({ owner }) => lookUp(owner, verb, segments));
      return (
        answers.find(({ route }) => route !== undefined) ??
        answers.find(({ allowed }) => allowed.length > 0) ??
        answers[0]
      );
    },
  };
}

function ownerOf(group: RouteGroup, open: boolean): Owner {
  return {
    group,
    open,
    prefixes: group.prefixes.map((prefix) => prefix.split('/').filter((segment) => segment !== '')),
    templates: group.routes.map(compile).sort((one, other) => other.literals - one.literals),
  };
}

function compile(route: Route): Template {
  const segments = route.endpoint.path
    .split('/')
    .slice(1)
    .map((segment) =>
      segment.startsWith('{') && segment.endsWith('}') ? { param: segment.slice(1, -1) } : { literal: segment },
    );
  return { route, segments, literals: segments.filter(({ literal }) => literal !== undefined).length };
}

/** Number of segments of the longest prefix that the path begins with. */
function ownedDepth(owner: Owner, segments: readonly string[]): number {
  const depths = owner.prefixes
    .filter((prefix) => prefix.every((segment, index) => segments[index] === segment))
    .map((prefix) => prefix.length);
  return Math.max(0, ...depths);
}

function lookUp(owner: Owner, verb: string, sent: readonly string[]): Found {
  const { group, open } = owner;
  const lenient = group.trailingSlash === 'accepted' && sent.length > 1 && sent.at(-1) === '';
  const segments = lenient ? sent.slice(0, -1) : sent;
  const verbs = new Set<string>();
  for (const { route, segments: template } of owner.templates) {
    const params = match(template, segments);
    if (!params) continue;
    const routeVerb = route.endpoint.method.toUpperCase();
    if (routeVerb === verb) return { group, open, route, params, allowed: [] };
    verbs.add(routeVerb);
  }
  if (verbs.has('GET')) verbs.add('HEAD');
  if (verbs.size > 0) verbs.add('OPTIONS');
  return { group, open, params: {}, allowed: [...verbs] };
}

/** Parameters are never empty and never hold control characters: no id does, and stores disagree about them. */
function match(template: Template['segments'], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: [string, string][] = [];
  for (const [index, { literal, param }] of template.entries()) {
    const segment = segments[index] ?? '';
    if (param === undefined) {
      if (literal !== segment) return undefined;
    } else {
      if (segment === '' || hasControlCharacter(segment)) return undefined;
      params.push([param, segment]);
    }
  }
  return Object.fromEntries(params);
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
