/**
 * The copy each wire gets (contract flows-and-nodes §7 "copies"): what `JSON.parse(JSON.stringify(value))` gives, several
 * times faster for plain data. `undefined` vanishes, NaN becomes null, dates become text, binary becomes
 * `{"type":"Buffer","data":[…]}`. Throws on cycles, as JSON does.
 */
export function jsonCopy<T>(value: T): T;
export function jsonCopy(value: unknown): unknown {
  return copy(value);
}

function copy(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      return value === null ? null : copyObject(value);
    case 'bigint':
      throw new TypeError('A big integer has no form in JSON');
    default:
      return undefined;
  }
}

function copyObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(copyElement);
  if (!isPlain(value)) return viaText(value);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const part = copy(value[key]);
    if (part === undefined) continue;
    if (key === '__proto__') defineOwn(result, key, part);
    else result[key] = part;
  }
  return result;
}

function copyElement(value: unknown): unknown {
  return copy(value) ?? null;
}

/** An assignment would change the prototype instead of adding a property. */
function defineOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function viaText(value: object): unknown {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
}

/** True when a JSON copy loses nothing: no binary, dates, class instances, `undefined` or numbers that JSON has not. */
export function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isJson);
  return isPlain(value) && Object.values(value).every(isJson);
}
