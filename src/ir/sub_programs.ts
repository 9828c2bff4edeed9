/**
 * The Programs inside a node, with what they are for it.
 *
 * @module
 */
import type { Primitive, PrimitiveParams } from "./primitives.ts";
import type { Node, Program } from "./program.ts";

type Subs<P extends Primitive> = (
  params: PrimitiveParams[P],
) => readonly (readonly [label: string, program: Program])[];

const SUBS: { readonly [P in Primitive]?: Subs<P> } = {
  scan: ({ body }) => [["body", body]],
  while: ({ condition, body }) => [["condition", condition], ["body", body]],
  cond: ({ branches }) => branches.map((branch, i) => [`branch ${i}`, branch]),
  customVjp: ({ primal, forward, backward }) => [
    ["primal", primal],
    ["forward", forward],
    ["backward", backward],
  ],
};

/** All Programs inside a node. */
export function subPrograms(
  { primitive, params }: Pick<Node, "primitive" | "params">,
): readonly (readonly [label: string, program: Program])[] {
  const subs = SUBS[primitive] as Subs<Primitive> | undefined;
  return subs?.(params) ?? [];
}

/** Those that run when the node does. */
export function runPrograms(
  node: Pick<Node, "primitive" | "params">,
): readonly Program[] {
  return subPrograms(node)
    .filter(([label]) => label !== "forward" && label !== "backward")
    .map(([, program]) => program);
}
