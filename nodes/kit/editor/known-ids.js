/** Ms for which an answer of the server counts. */
const answerLife = 10_000;

/**
 * Which ids the server has, for validators, that must answer at once: an id counts as known until the server says that it
 * is not. Then the nodes that hold it are validated again. So ids written by hand or imported are as good as chosen ones.
 *
 * @param path REST collection of the things that have the ids
 */
export function knownIds(path) {
  /** By id. */
  const answers = new Map();

  async function ask(id, answer) {
    const response = await fetch(`${path}/${encodeURIComponent(id)}`, { headers: { accept: 'application/json' } });
    // Any other answer is about the server or the session, not about the id.
    const isKnown = response.ok || (response.status !== 404 && answer.isKnown);
    if (isKnown === answer.isKnown) return;
    answer.isKnown = isKnown;
    for (const node of answer.nodes) {
      RED.editor.validateNode(node);
      node.dirty = true;
    }
    RED.view.redraw();
  }

  return {
    /** @param node the node that is being validated */
    has(id, node) {
      const last = answers.get(id);
      if (last && Date.now() - last.at < answerLife) {
        last.nodes.add(node);
        return last.isKnown;
      }
      const next = { at: Date.now(), isKnown: last?.isKnown ?? true, nodes: new Set([node]) };
      answers.set(id, next);
      ask(id, next).catch((error) => console.warn(`${path}/${id} could not be looked up`, error));
      return next.isKnown;
    },
  };
}
