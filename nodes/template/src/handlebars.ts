import Handlebars from 'handlebars';

/**
 * Compiles a handlebars template once. Throws on a syntax error; an unknown helper is an error of the rendering. Only own
 * properties of the data are reachable.
 */
export function compileHandlebars(template: string): (view: Readonly<Record<string, unknown>>) => string {
  const engine = Handlebars.create();
  engine.registerHelper('stringify', (value: unknown) => JSON.stringify(value));
  engine.registerHelper('parseAndSelect', parseAndSelect);
  // `log` would let a flow write to the log of the process.
  engine.unregisterHelper('log');
  const render = engine.compile(engine.parse(template));
  return (view) => render(view, ownPropertiesOnly);
}

/** Said explicitly, it is not written to the log at every attempt. */
const ownPropertiesOnly = { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false };

/** The JSON of one key of a JSON text, and one more `}`, which existing templates count on (contract §9.11). */
function parseAndSelect(text: unknown, key: unknown): string {
  const parsed: unknown = JSON.parse(String(text));
  const name = String(key);
  const selected: unknown =
    typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, name)
      ? Reflect.get(parsed, name)
      : undefined;
  return `${JSON.stringify(selected)}}`;
}
