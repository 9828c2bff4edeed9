/**
 * `lax.scan` on trees of tensors.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { ShapeError, TreeError } from "../base/errors.ts";
import { type Aval, formatAval } from "../base/shape.ts";
import type { Program } from "../ir/program.ts";
import { trace, type Value } from "../transform/trace.ts";
import { flattenTree, type FlatTree, sameTree } from "./pytree.ts";
import { nameOf } from "./values/flow.ts";
import { bindScan } from "./values/scan.ts";
import { asValue } from "./values/operand.ts";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Number of runs, needed when `xs` holds no tensor. */
  readonly length?: number;
  /** From the last slice to the first. */
  readonly reverse?: boolean;
  /** How often the body comes in each turn of the loop; 1 by default. */
  readonly unroll?: number;
}

/**
 * Runs `fn(carry, x) -> [carry, y]` over the slices of `xs` along their first
 * axis; the ys are stacked. The function is traced once, so that a loop costs
 * as much to compile as its body. Carry, `xs` and `y` are trees of tensors; JS
 * numbers in the initial carry take the dtype that the body gives them.
 *
 * @example
 * ```ts
 * import { arange, lax, type Tensor } from "@vodes/vodes/numpy";
 * const [sum, sums] = lax.scan(
 *   (total: Tensor, x: Tensor) => [total.add(x), total.add(x)],
 *   0,
 *   arange(5),
 * );
 * console.log(sum, sums); // 10, [0, 1, 3, 6, 10]
 * ```
 *
 * @throws {TreeError} If the carry changes its structure.
 * @throws {ShapeError} If a carry changes its shape or dtype.
 */
export function scan<C, X, Y>(
  fn: (carry: C, x: X) => readonly [C, Y],
  init: C | number,
  xs: X,
  { length, reverse = false, unroll }: ScanOptions = {},
): [C, Y] {
  const name = nameOf("scan", "the body", fn, "body");
  const start = flattenTree(init, "tensors");
  const slices = flattenTree(xs, "static");
  const count = lengthOf(name, slices, length);
  const sliceAvals = slices.values.map(({ aval }): Aval => ({
    dtype: aval.dtype,
    shape: aval.shape.slice(1),
  }));
  const carries = start.values.length;

  let initial = start.values;
  for (;;) {
    let carryOut: FlatTree | undefined;
    let ys: FlatTree | undefined;
    const avals = [...initial.map((v) => v.aval), ...sliceAvals];
    const traced = trace(`${name}" of "scan`, avals, (args) => {
      const [carry, y] = fn(
        start.rebuild(args.slice(0, carries)) as C,
        slices.rebuild(args.slice(carries)) as X,
      );
      carryOut = flattenTree(carry, "tensors");
      ys = flattenTree(y, "static");
      return [...carryOut.values, ...ys.values];
    });
    const { program, captured } = traced;
    if (!sameTree(start, carryOut!)) throw changedTree(name, start, carryOut!);
    const results = program.outputs.map((id) => program.avals[id]);
    const dtypes = results.slice(0, carries).map((a) => a.dtype);
    const next = adoptDtypes(initial, start.weak, dtypes);
    if (next !== null) {
      initial = next;
      continue;
    }
    needSameCarries(name, start, initial, results);
    const values = bindScan([...captured, ...initial, ...slices.values], {
      body: capturedFirst(program, captured.length),
      length: count,
      constants: captured.length,
      carries,
      reverse,
    }, unroll);
    return [
      start.rebuild(values.slice(0, carries)) as C,
      ys!.rebuild(values.slice(carries)) as Y,
    ];
  }
}

/** A traced Program has captured values last, a scan's body first. */
function capturedFirst(program: Program, captured: number): Program {
  const { inputs } = program;
  const split = inputs.length - captured;
  return {
    ...program,
    inputs: [...inputs.slice(split), ...inputs.slice(0, split)],
  };
}

function lengthOf(
  name: string,
  slices: FlatTree,
  length: number | undefined,
): number {
  const given = slices.values.map((v) => v.aval.shape[0]);
  const count = length ?? given[0];
  const wrong = given.findIndex((n) => n !== count);
  if (count === undefined || wrong >= 0) {
    throw new ShapeError(
      count === undefined
        ? `Cannot scan "${name}": xs holds no tensor, expected one, or a length`
        : `Cannot scan "${name}": xs${slices.paths[wrong]} is ` +
          `${
            formatAval(slices.values[wrong].aval)
          }, expected ${count} slices ` +
          "on axis 0",
    );
  }
  return count;
}

/** JS numbers of the initial carry take the dtype that the body gives them. */
export function adoptDtypes(
  values: readonly Value[],
  weak: readonly boolean[],
  dtypes: readonly DType[],
): Value[] | null {
  const changes = values.map((v, i) => weak[i] && v.aval.dtype !== dtypes[i]);
  if (!changes.includes(true)) return null;
  return values.map((v, i) => changes[i] ? asValue(v, dtypes[i]) : v);
}

function changedTree(name: string, from: FlatTree, to: FlatTree): TreeError {
  const path = from.paths.find((p, i) => p !== to.paths[i]) ?? "";
  return new TreeError(
    `Cannot scan "${name}": the carry goes in with tensors at ` +
      `[${from.paths}] and comes out with [${to.paths}], expected the same ` +
      "structure: return [carry, y] with a carry like the initial one",
    path,
  );
}

function needSameCarries(
  name: string,
  start: FlatTree,
  initial: readonly Value[],
  results: readonly Aval[],
): void {
  initial.forEach(({ aval }, i) => {
    const given = formatAval(aval), made = formatAval(results[i]);
    if (given === made) return;
    throw new ShapeError(
      `Cannot scan "${name}": carry${start.paths[i]} goes in as ${given} and ` +
        `comes out as ${made}, expected the same: convert one of them`,
    );
  });
}
