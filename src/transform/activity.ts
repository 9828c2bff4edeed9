/**
 * Which values of a Program a gradient has to pass through.
 *
 * @module
 */
import type { Program } from "../ir/program.ts";
import { isDifferentiable } from "../ir/shape_rules.ts";

/**
 * Marks (with true) the values that depend differentiably on the inputs marked
 * in `wrt`.
 */
export function activeValues(
  program: Program,
  wrt: readonly boolean[],
): boolean[] {
  const active = new Array<boolean>(program.avals.length).fill(false);
  program.inputs.forEach((id, i) => active[id] = wrt[i]);
  for (const node of program.nodes) {
    if (node.primitive === "stopGradient") continue;
    if (!node.inputs.some((id) => active[id])) continue;
    for (const id of node.outputs) {
      active[id] = isDifferentiable(program.avals[id]);
    }
  }
  return active;
}
