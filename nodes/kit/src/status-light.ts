import type { RuntimeNode } from './platform.ts';

export interface StatusLight {
  /** The light after a hop: red with the error, or off. */
  show(error: unknown): void;
  stop(): void;
}

const shortestIntervalMs = 1000;
const longestText = 60;

/**
 * The light under a node in the editor: a red ring with the last error, off again after a success. It changes at once and
 * then at most once a second, because every change goes to every open editor.
 */
export function createStatusLight(node: RuntimeNode): StatusLight {
  let shown = '';
  let wanted = '';
  let resting: NodeJS.Timeout | undefined;

  function update(): void {
    if (resting !== undefined || wanted === shown) return;
    shown = wanted;
    node.status(shown === '' ? {} : { fill: 'red', shape: 'ring', text: shown });
    resting = setTimeout(() => {
      resting = undefined;
      update();
    }, shortestIntervalMs).unref();
  }

  return {
    show(error) {
      wanted = error === undefined ? '' : shortText(error);
      if (wanted !== shown) update();
    },
    stop() {
      clearTimeout(resting);
      resting = undefined;
    },
  };
}

/** What an error says, short enough for a light. */
export function shortText(error: unknown): string {
  const text = errorText(error) || 'error';
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
