/**
 * Leaves out the inputs that a Program does not need: they are not brought to
 * a device, and may be anywhere.
 *
 * @module
 */
import type { Program } from "../ir/program.ts";

/** A Program with the inputs it needs. */
export interface Needs {
  /** The same, with fewer inputs. */
  readonly program: Program;
  /** Which of the inputs these are, in order. */
  readonly inputs: readonly number[];
  /** For each output that takes over an input's memory, which one. */
  readonly donate: ReadonlyMap<number, number>;
}

/** Keeps the inputs that are read, handed out, or give their memory. */
export function usedInputs(
  program: Program,
  donate: ReadonlyMap<number, number>,
): Needs {
  const read = new Set([
    ...program.outputs,
    ...program.nodes.flatMap((node) => node.inputs),
  ]);
  const given = new Set(donate.values());
  const inputs = [...program.inputs.keys()].filter((i) =>
    given.has(i) || read.has(program.inputs[i])
  );
  return {
    program: { ...program, inputs: inputs.map((i) => program.inputs[i]) },
    inputs,
    donate: new Map(
      [...donate].map(([output, i]) => [output, inputs.indexOf(i)]),
    ),
  };
}
