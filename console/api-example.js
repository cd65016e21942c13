/** A value that a JSON Schema would accept, as a start for typing. */
const byType = { string: () => '', number: () => 0, integer: () => 0, boolean: () => true, null: () => null };

export function exampleOf(schema = {}) {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return exampleOf(choice);
  if (schema.type === 'array') return schema.items ? [exampleOf(schema.items)] : [];
  if (schema.type === 'object') {
    const required = new Set(schema.required ?? []);
    const shown = Object.entries(schema.properties ?? {}).filter(([name]) => required.size === 0 || required.has(name));
    return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property)]));
  }
  return byType[schema.type]?.() ?? {};
}
