/** JavaScript's `a < b` for any two values: two texts compare as text, everything else as numbers. */
export function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  const [left, right] = [primitive(a), primitive(b)];
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  return Number(left) < Number(right);
}

/** JavaScript's `a <= b`. */
export function isAtMost(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a <= b;
  const [left, right] = [primitive(a), primitive(b)];
  if (typeof left === 'string' && typeof right === 'string') return left <= right;
  return Number(left) <= Number(right);
}

/** JavaScript's `a == b`, which Node-RED's switch is defined by. */
export function isLooselyEqual(a: unknown, b: unknown): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: users rely on 5 == "5" in Node-RED flows
  return a == b;
}

export function isBetween(value: unknown, low: unknown, high: unknown): boolean {
  return isAtMost(low, value) && isAtMost(value, high);
}

function primitive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const own: unknown = value.valueOf();
  return typeof own === 'object' ? String(value) : own;
}
