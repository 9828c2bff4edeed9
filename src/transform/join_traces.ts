/**
 * Programs that run in one another's place: the branches of a choice, the
 * condition and the body of a loop. Traced one by one, each captured values of
 * its own; they get the same inputs.
 *
 * @module
 */
import { Builder, inline, type Program, type ValueId } from "../ir/program.ts";
import { Ops } from "./ops.ts";
import type { Traced, Value } from "./trace.ts";

/** Programs that take captured values, then the arguments. */
export interface Joined {
  /** The Programs, in the order of what was traced. */
  readonly programs: readonly Program[];
  /** All captured values. */
  readonly captured: readonly Value[];
}

/** What becomes of a Program's outputs. */
export type Finish = (
  o: Ops,
  outputs: readonly ValueId[],
  args: readonly ValueId[],
) => readonly ValueId[];

/**
 * Gives traced Programs of the same arguments the same inputs.
 *
 * @param finish Per Program, what it yields instead of its outputs.
 */
export function joinTraces(
  traced: readonly Traced[],
  finish: readonly Finish[],
): Joined {
  const captured = [...new Set(traced.flatMap((t) => t.captured))];
  const programs = traced.map(({ program, captured: own }, k) => {
    const b = new Builder();
    const given = new Map(captured.map((v) => [v, b.input(v.aval)]));
    const args = program.inputs
      .slice(0, program.inputs.length - own.length)
      .map((id) => b.input(program.avals[id]));
    const outs = inline(b, program, [
      ...args,
      ...own.map((v) => given.get(v)!),
    ]);
    return b.build(finish[k](new Ops(b), outs, args));
  });
  return { programs, captured };
}
