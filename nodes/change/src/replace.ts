/** Gives the value after the replacement; the value itself when it does not hold what is sought. */
export type Replacer = (current: unknown, replacement: unknown) => unknown;

/**
 * Search and replace as Node-RED's change node does it: inside texts every occurrence, a number or boolean as a whole.
 *
 * @param type `str`, `num`, `bool` or `re`; empty takes the type of the value sought
 */
export function replacer(sought: unknown, type: string): Replacer {
  const kind = type === '' ? kindOf(sought) : type;
  const pattern = new RegExp(kind === 're' ? String(sought) : literal(String(sought)), 'g');
  return (current, replacement) => {
    if (typeof current === 'string') return replaceInText(current, pattern, kind, String(sought), replacement);
    if (typeof current === 'number' && kind === 'num') return current === Number(sought) ? replacement : current;
    if (typeof current === 'boolean' && kind === 'bool')
      return String(current) === String(sought) ? replacement : current;
    return current;
  };
}

function replaceInText(current: string, pattern: RegExp, kind: string, sought: string, replacement: unknown): unknown {
  // A text that is the whole of what is sought takes the type of the replacement.
  if (kind !== 're' && current === sought) return replacement;
  return current.replace(pattern, String(replacement));
}

function kindOf(sought: unknown): string {
  if (typeof sought === 'number') return 'num';
  return typeof sought === 'boolean' ? 'bool' : 'str';
}

function literal(text: string): string {
  return text.replace(/[-[\]{}()*+?.,\\^$|#\s]/g, '\\$&');
}
