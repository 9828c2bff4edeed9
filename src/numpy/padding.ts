/**
 * Padding, in the ways of numpy.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, range } from "../base/shape.ts";
import { isPlainObject } from "../base/tree.ts";
import { asTensor } from "./convert.ts";
import { take } from "./indexing.ts";
import { Tensor } from "./tensor.ts";
import { type TensorLike, toOperand } from "./values/host.ts";
import type { PadWidth } from "./values/movement.ts";
import * as v from "./values/movement.ts";

/** What is around: a value, or elements of the tensor itself. */
export type PadMode = "constant" | "edge" | "reflect" | "symmetric" | "wrap";

/** Options of {@link pad}. */
export interface PadOptions {
  /**
   * `"constant"` (default), the `"edge"` repeated, the tensor mirrored without
   * its edge (`"reflect"`) or with it (`"symmetric"`), or from the other end
   * (`"wrap"`).
   */
  readonly mode?: PadMode;
  /** What `"constant"` surrounds with; 0 by default. */
  readonly constantValues?: TensorLike;
}

/** The place in an axis of size n that stands at place i, also outside. */
const SOURCE: Record<
  Exclude<PadMode, "constant">,
  (i: number, n: number) => number
> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  reflect: (i, n) => fold(i, Math.max(1, 2 * n - 2), n, 0),
  symmetric: (i, n) => fold(i, 2 * n, n, 1),
  wrap: (i, n) => ((i % n) + n) % n,
};

/** A place of a pattern that goes there and back in `period` steps. */
function fold(i: number, period: number, n: number, edge: number): number {
  const at = ((i % period) + period) % period;
  return at < n ? at : period - edge - at;
}

/**
 * Surrounds with a value (0), or as `mode` says. `widths` is a number for all
 * axes, a pair for all axes, or one pair per axis.
 *
 * @example
 * ```ts
 * import { pad, tensor } from "@vodes/vodes/numpy";
 * const x = tensor([1, 2, 3]);
 * console.log(pad(x, 1)); // 0, 1, 2, 3, 0
 * console.log(pad(x, [2, 0], { mode: "reflect" })); // 3, 2, 1, 2, 3
 * ```
 *
 * @throws {ShapeError} If the widths do not fit, or there is nothing to repeat.
 */
export function pad(
  x: TensorLike,
  widths: number | PadWidth | readonly PadWidth[],
  options: TensorLike | PadOptions = {},
): Tensor {
  const tensor = asTensor(x);
  const pairs = pairsOf(tensor, widths);
  const { mode = "constant", constantValues = 0 } = isOptions(options)
    ? options
    : { constantValues: options };
  if (mode === "constant") {
    return new Tensor(v.pad(tensor.value, pairs, toOperand(constantValues)));
  }
  const source = SOURCE[mode];
  if (source === undefined) {
    throw new ShapeError(
      `Cannot pad ${
        formatAval(tensor.value.aval)
      }: mode "${mode}" was given, ` +
        `expected one of constant, ${Object.keys(SOURCE).join(", ")}`,
    );
  }
  return pairs.reduce((t, [before, after], axis) => {
    const size = t.shape[axis];
    if (before === 0 && after === 0) return t;
    if (before < 0 || after < 0 || size === 0) {
      throw new ShapeError(
        `Cannot pad ${formatAval(tensor.value.aval)} with mode "${mode}": ` +
          `axis ${axis} of size ${size} has widths ${before} and ${after}, ` +
          "expected none below 0, and elements to repeat",
      );
    }
    const places = range(before + size + after)
      .map((i) => source(i - before, size));
    return take(t, Int32Array.from(places), axis);
  }, tensor);
}

function isOptions(x: TensorLike | PadOptions): x is PadOptions {
  return isPlainObject(x) && !("toTensor" in x);
}

function pairsOf(
  tensor: Tensor,
  widths: number | PadWidth | readonly PadWidth[],
): readonly PadWidth[] {
  const rank = tensor.ndim;
  const same = (pair: PadWidth) => range(rank).map(() => pair);
  const pairs = typeof widths === "number"
    ? same([widths, widths])
    : isPair(widths)
    ? same(widths)
    : widths;
  if (pairs.length !== rank) {
    throw new ShapeError(
      `Cannot pad ${formatAval(tensor.value.aval)}: ${pairs.length} pairs of ` +
        `widths were given, expected one per axis: ${rank}`,
    );
  }
  return pairs;
}

function isPair(x: PadWidth | readonly PadWidth[]): x is PadWidth {
  return typeof x[0] === "number";
}
