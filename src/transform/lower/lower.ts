/**
 * Lowering: a Program becomes a Plan, with every kernel call and every address
 * decided. What happens on the way: movement becomes views (movement.ts),
 * works are fused (fuse.ts), outputs find their places (landing.ts), calls are
 * written (map.ts, kernels.ts, lower_block.ts) and temporaries placed
 * (memory.ts).
 *
 * @module
 */
import { formatAval, sameShape, sizeOf } from "../../base/shape.ts";
import type { Plan } from "../../device/plan.ts";
import type { Program } from "../../ir/program.ts";
import { Block } from "./block.ts";
import { cellRef, makeCell } from "./cells.ts";
import { Draft, NO_LOOP } from "./draft.ts";
import { finish } from "./finish.ts";
import type { Target } from "./landing.ts";
import { lowerBlock } from "./lower_block.ts";

/** Options of {@link lower}. */
export interface LowerOptions {
  /** Outputs that take over the memory of an input: output -> input. */
  readonly donate: ReadonlyMap<number, number>;
  /** Whether right operands of products are packed; true if not given. */
  readonly packs?: boolean;
}

/**
 * Turns a Program into a Plan.
 *
 * @throws {TraceError} If a named axis is not bound.
 */
export function lower(program: Program, options: LowerOptions): Plan {
  const { donate, packs = true } = options;
  checkDonation(program, donate);
  const draft = new Draft(packs);
  const block = new Block(draft, NO_LOOP, null);
  const given = program.inputs.map((id, i) => {
    const { dtype, shape } = program.avals[id];
    const home = { kind: "base", base: 1 + i } as const;
    const buffer = draft.buffer(sizeOf(shape), NO_LOOP, home);
    return makeCell(dtype, shape, null, NO_LOOP, buffer);
  });
  const targets = program.outputs.map((id, j): Target => {
    const input = donate.get(j);
    if (input !== undefined) {
      return { buffer: given[input].buffer!, given: given[input] };
    }
    const base = 1 + program.inputs.length + j;
    const size = sizeOf(program.avals[id].shape);
    const buffer = draft.buffer(size, NO_LOOP, { kind: "base", base });
    return { buffer, given: null };
  });
  const inputs = given.map((cell) => cellRef(cell, cell.full));
  lowerBlock(block, program, inputs, targets);
  return finish(program, donate, draft, block.steps);
}

function checkDonation(
  program: Program,
  donate: ReadonlyMap<number, number>,
): void {
  const taken = new Set<number>();
  for (const [output, input] of donate) {
    const to = program.avals[program.outputs[output]];
    const from = program.avals[program.inputs[input]];
    if (
      to === undefined || from === undefined || to.dtype !== from.dtype ||
      !sameShape(to.shape, from.shape) || taken.has(input)
    ) {
      const text = (aval: typeof to | undefined) =>
        aval === undefined ? "which does not exist" : formatAval(aval);
      throw new Error(
        `Cannot donate input ${input} (${text(from)}) to output ${output} ` +
          `(${text(to)}): expected equal dtypes and shapes, each input once`,
      );
    }
    taken.add(input);
  }
}
