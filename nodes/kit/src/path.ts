/**
 * The way of a message from its trigger to a node, as far as it takes to see that it goes round in a circle. One node of
 * the way is remembered, the one at the last depth that was a power of two (Brent's algorithm): coming to it again proves a
 * circle, and in a circle it is met within three laps. So a step costs the same however long the way is, and a wide fan-out
 * is never taken for a circle. Where circles cross, there are ways that always pass by what is remembered: their length
 * gives them away.
 */

/** No flow is as long as this without a circle. */
const longest = 1000;

/**
 * `straight`: no node twice, as far as is known. `round`: it has come to a node again. `afterwards`: what catch nodes make
 * of the error that ended a runaway.
 */
type Course = 'straight' | 'round' | 'afterwards';

export class Path {
  /** Nodes on the way, this one included. */
  readonly depth: number;
  /** Id of the node that is remembered. */
  readonly mark: string;
  readonly course: Course;
  /** The way ends at this node, with this error. */
  refusal: Error | undefined;
  /** When the node got the message, ms; known of ways in a circle. */
  since: number | undefined;

  constructor(depth: number, mark: string, course: Course) {
    this.depth = depth;
    this.mark = mark;
    this.course = course;
  }
}

/** The way on to a node; `from` is undefined at a trigger, and where the way so far is not known. */
export function onward(from: Path | undefined, nodeId: string): Path {
  if (from === undefined) return new Path(1, nodeId, 'straight');
  const depth = from.depth + 1;
  return new Path(depth, (depth & (depth - 1)) === 0 ? nodeId : from.mark, courseTo(from, depth, nodeId));
}

function courseTo({ refusal, course, mark }: Path, depth: number, nodeId: string): Course {
  if (refusal !== undefined) return 'afterwards';
  return course === 'straight' && (nodeId === mark || depth > longest) ? 'round' : course;
}
