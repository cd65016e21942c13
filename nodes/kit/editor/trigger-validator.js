import { knownIds } from './known-ids.js';

const triggeringEvents = ['create', 'update', 'remove', 'configure', 'publish'];

/**
 * Validator of the id of a node that begins runs: says what keeps it from ever beginning one.
 *
 * @param path REST collection of what the id is of
 * @param texts key of the sentences in the node's catalogue
 */
export function triggerValidator(path, texts) {
  const ids = knownIds(path);
  // Node-RED shows the sentences of validators that take two arguments.
  return function (value, _options) {
    const id = String(value ?? '').trim();
    if (id === '') return this._(`${texts}.none`);
    if (!triggeringEvents.some((event) => this[`event_${event}`])) return this._(`${texts}.events`);
    return ids.has(id, this) || this._(`${texts}.absent`, { id });
  };
}
