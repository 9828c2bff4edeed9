/**
 * Which values of a Program a gradient has to pass through.
 *
 * @module
 */
import type { Program, ValueId } from "../ir/program.ts";
import { isDifferentiable } from "../ir/shape_rules.ts";

/**
 * Values that depend differentiably on the inputs marked in `wrt`.
 */
export function activeValues(
  program: Program,
  wrt: readonly boolean[],
): Set<ValueId> {
  const active = new Set<ValueId>();
  program.inputs.forEach((id, i) => wrt[i] && active.add(id));
  for (const node of program.nodes) {
    if (node.primitive === "stopGradient") continue;
    if (!node.inputs.some((i) => active.has(i))) continue;
    for (const id of node.outputs) {
      if (isDifferentiable(program.avals[id])) active.add(id);
    }
  }
  return active;
}
