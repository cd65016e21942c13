/** The folders of the flow nodes that every tenant has. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const names = [
  ...['event-device-in', 'event-template-in', 'multi-device-out', 'multi-actuate'],
  ...['switch', 'change', 'template'],
];

/** Found the way Node finds them, so that it does not matter where npm has put them. Throws when one is not installed. */
export function nodePackages(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return names.map((name) => dirname(resolve(`@dojot/node-${name}/package.json`)));
}
