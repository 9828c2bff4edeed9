/** Prints what is left of a Program written in a few lines: for tests. */
import type { DType } from "../../src/base/dtype.ts";
import { formatProgram } from "../../src/ir/print.ts";
import { Builder, type ValueId } from "../../src/ir/program.ts";
import { verify } from "../../src/ir/verify.ts";
import { Ops } from "../../src/transform/ops.ts";
import { simplify } from "../../src/transform/simplify.ts";

/** Short names for writing a Program. */
export class Draft extends Ops {
  readonly #builder: Builder;

  /** Writes into `builder`. */
  constructor(builder: Builder) {
    super(builder);
    this.#builder = builder;
  }

  /** An input, f32 unless said otherwise. */
  in(shape: readonly number[], dtype: DType = "f32"): ValueId {
    return this.#builder.input({ dtype, shape });
  }

  /** A repeated number shaped as `x`. */
  of(value: number, x: ValueId): ValueId {
    return this.full(this.aval(x), value);
  }
}

/**
 * The lines of the simplified Program between its inputs and its outputs, then
 * the outputs.
 */
export function simplified(
  write: (o: Draft) => ValueId | readonly ValueId[],
): string[] {
  const b = new Builder();
  const outputs = write(new Draft(b));
  const program = b.build(typeof outputs === "number" ? [outputs] : outputs);
  const text = formatProgram(verify(simplify(verify(program)))).split("\n");
  return text.slice(1).map((line) => line.trim().replace(/ }$/, ""));
}
