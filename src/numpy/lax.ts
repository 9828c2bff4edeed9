/**
 * The primitives closer to the machine that `jax.lax` users know.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis, type Shape } from "../base/shape.ts";
import { treeMap } from "../base/tree.ts";
import type { ScatterMode } from "../ir/primitives.ts";
import { bind, type Value } from "../transform/trace.ts";
import { asTensor } from "./convert.ts";
import { type ShapeLike, toShape } from "./creation.ts";
import { Tensor } from "./tensor.ts";
import { dotGeneral as generalDot } from "./values/dot.ts";
import { needList, needOptions } from "./values/given.ts";
import { type TensorLike, toOperand, toValue } from "./values/host.ts";
import * as moves from "./values/movement.ts";
import { asValue, compute, computeMixed } from "./values/operand.ts";
import * as reductions from "./values/reduce.ts";
import { unary, where } from "./values/scalar.ts";
import { sortTogether, sortWithPlaces } from "./values/sort.ts";

export { cond, switch, whileLoop, type WhileOptions } from "./flow.ts";
export { axisIndex, axisSize, pmax, pmean, pmin, psum } from "./named_axes.ts";
export { foriLoop } from "./fori_loop.ts";
export { scan, type ScanOptions } from "./scan.ts";
export {
  associativeScan,
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  type RunningOptions,
} from "./scans.ts";
export {
  conv,
  convGeneralDilated,
  type ConvOptions,
  type DimensionNumbers,
  type Padding,
  type PaddingPairs,
  reduceWindow,
  type ReduceWindowOptions,
} from "./windows.ts";

/** The same tensors (in a tree), as constants to differentiation. */
export function stopGradient<T>(tree: T): T {
  return treeMap(
    (x: TensorLike) => new Tensor(bind("stopGradient", [toValue(x)], {})[0]),
    tree,
  ) as T;
}

function startsOf(starts: TensorLike | readonly TensorLike[]): Value {
  return asTensor(starts as TensorLike).astype("i32").value;
}

/**
 * The part of `sizes` at `starts`, one index per axis, which may be traced.
 * Starts are moved so that the part lies inside.
 */
export function dynamicSlice(
  x: TensorLike,
  starts: TensorLike | readonly TensorLike[],
  sizes: ShapeLike,
): Tensor {
  const inputs = [toValue(x), startsOf(starts)];
  const shape = toShape(sizes);
  return new Tensor(
    bind("dynamicSlice", inputs, { sizes: shape, batchDims: 0 })[0],
  );
}

/** `size` elements of one axis from `start`, which may be traced. */
export function dynamicSliceInDim(
  x: TensorLike,
  start: TensorLike,
  size: number,
  axis = 0,
): Tensor {
  const tensor = asTensor(x);
  const at = normalizeAxis(axis, tensor.ndim, "slice");
  const starts = tensor.shape.map((_, i) => i === at ? start : 0);
  const sizes = tensor.shape.map((n, i) => i === at ? size : n);
  return dynamicSlice(tensor, starts, sizes);
}

/** The part at an index of an axis, which may be traced. */
export function dynamicIndexInDim(
  x: TensorLike,
  index: TensorLike,
  axis = 0,
  { keepdims = true }: reductions.ReduceOptions = {},
): Tensor {
  const part = dynamicSliceInDim(x, index, 1, axis);
  return keepdims ? part : part.squeeze(axis);
}

/** `x` with `update` written at `starts`; see {@link dynamicSlice}. */
export function dynamicUpdateSlice(
  x: TensorLike,
  update: TensorLike,
  starts: TensorLike | readonly TensorLike[],
): Tensor {
  const target = toValue(x);
  const part = asValue(toOperand(update), target.aval.dtype);
  const inputs = [target, part, startsOf(starts)];
  return new Tensor(bind("dynamicUpdateSlice", inputs, { batchDims: 0 })[0]);
}

/** Options of {@link scatter}. */
export interface ScatterOptions {
  /** Axis that `indices` refer to; 0 by default. */
  readonly axis?: number;
  /** `"set"` (default), or how to combine: `"add"`, `"min"`, `"max"`. */
  readonly mode?: ScatterMode;
}

/**
 * `x` with `updates` written to `indices` of an axis; an index outside is
 * dropped. JAX's `x.at[indices].set(updates)` is `scatter(x, indices,
 * updates)`, and `.add` is `{ mode: "add" }`.
 *
 * @example
 * ```ts
 * import { lax, zeros } from "@vodes/vodes/numpy";
 * const x = lax.scatter(zeros(3), [0, 0, 2], [1, 2, 3], { mode: "add" });
 * console.log(x.toArray()); // [3, 0, 3]
 * ```
 */
export function scatter(
  x: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  { axis = 0, mode = "set" }: ScatterOptions = {},
): Tensor {
  const target = toValue(x);
  const { dtype, shape } = target.aval;
  const at = normalizeAxis(axis, shape.length, "scatter");
  const places = asValue(toOperand(indices), "i32");
  const part = moves.broadcastTo(asValue(toOperand(updates), dtype), [
    ...shape.slice(0, at),
    ...places.aval.shape,
    ...shape.slice(at + 1),
  ]);
  const params = { axis: at, batchDims: 0, mode };
  return new Tensor(bind("scatter", [target, places, part], params)[0]);
}

/** A new axis of size 1 at each given place of the result. */
export function expandDims(
  x: TensorLike,
  axis: number | readonly number[],
): Tensor {
  return new Tensor(moves.expandDims(toValue(x), axis));
}

/** `1 / sqrt(x)`. */
export function rsqrt(x: TensorLike): Tensor {
  return new Tensor(unary("rsqrt", toOperand(x)));
}

/** The error function. */
export function erf(x: TensorLike): Tensor {
  return new Tensor(unary("erf", toOperand(x)));
}

/** The inverse of the error function. */
export function erfInv(x: TensorLike): Tensor {
  return new Tensor(unary("erfinv", toOperand(x)));
}

/** `a` where `condition` is true, else `b`. */
export function select(
  condition: TensorLike,
  a: TensorLike,
  b: TensorLike,
): Tensor {
  return new Tensor(
    where(toOperand(condition), toOperand(a), toOperand(b)),
  );
}

/** `0 .. size-1`. */
export function iota(dtype: DType, size: number): Tensor {
  return broadcastedIota(dtype, [size], 0);
}

/** Indices along an axis of a tensor of the given shape. */
export function broadcastedIota(
  dtype: DType,
  shape: ShapeLike,
  axis: number,
): Tensor {
  const sizes = toShape(shape);
  const at = normalizeAxis(axis, sizes.length, "iota");
  return new Tensor(compute([], (o) => o.iota(dtype, sizes, at)));
}

/** Operand axis `i` becomes axis `axes[i]` of `shape`; the others repeat. */
export function broadcastInDim(
  x: TensorLike,
  shape: ShapeLike,
  axes: readonly number[],
): Tensor {
  const value = toValue(x);
  const sizes = toShape(shape);
  if (axes.length !== value.aval.shape.length) {
    throw new ShapeError(
      `Cannot broadcast ${formatAval(value.aval)}: axes [${axes}] were ` +
        `given, expected one per axis`,
    );
  }
  const own: Shape = value.aval.shape;
  return new Tensor(compute([value], (o, [id]) => {
    // Axes of size 1 that grow are dropped first: they are new axes then.
    const kept = axes.flatMap((a, i) => own[i] === sizes[a] ? [i] : []);
    const dropped = o.reshape(id, kept.map((i) => own[i]));
    return o.broadcast(dropped, sizes, kept.map((i) => axes[i]));
  }));
}

/** Pairs of axes of two operands. */
export type AxisPairs = readonly [readonly number[], readonly number[]];

/** Options of {@link dotGeneral}. */
export interface DotOptions {
  /** Axes summed over. */
  readonly contract: AxisPairs;
  /** Axes that go together; none by default. */
  readonly batch?: AxisPairs;
}

/**
 * Sum of products over `contract`; the result has the batch axes, the free
 * axes of the first operand, those of the second.
 */
export function dotGeneral(
  a: TensorLike,
  b: TensorLike,
  options: DotOptions,
): Tensor {
  const { contract, batch = [[], []] } = needOptions(
    "multiply",
    options,
    "contract",
  );
  return new Tensor(generalDot(toValue(a), toValue(b), contract, batch));
}

/** Running sum along an axis. */
export function cumsum(
  x: TensorLike,
  axis = 0,
  { reverse = false }: {
    /** From the last element to the first. */
    readonly reverse?: boolean;
  } = {},
): Tensor {
  return new Tensor(reductions.cumsum(toValue(x), axis, reverse));
}

/** Options of {@link sort}. */
export interface SortOptions {
  /** Along which axis; the last by default. */
  readonly dimension?: number;
  /** How many of the operands are keys; 1 by default. */
  readonly numKeys?: number;
}

/**
 * Sorts along an axis, ascending. Of several operands, all of one shape, all
 * come in the order of the first `numKeys`; what is equal in all keys keeps its
 * order. As in JAX -0 equals 0, and NaN comes last.
 *
 * @example
 * ```ts
 * import { lax } from "@vodes/vodes/numpy";
 * const [keys, values] = lax.sort([[2, 1, 2, 1], [0, 1, 2, 3]]);
 * console.log(keys.toArray(), values.toArray()); // [1, 1, 2, 2] [1, 3, 0, 2]
 * ```
 *
 * @throws {ShapeError} If shapes differ, or there are fewer operands than keys.
 */
export function sort(x: Tensor, options?: SortOptions): Tensor;
/** The same of several operands. */
export function sort(
  xs: readonly TensorLike[],
  options?: SortOptions,
): Tensor[];
/** The implementation. */
export function sort(
  x: Tensor | readonly TensorLike[],
  { dimension = -1, numKeys = 1 }: SortOptions = {},
): Tensor | Tensor[] {
  const operands = x instanceof Tensor ? [x] : needList("sort", x);
  const values = operands.map((v) => asTensor(v).value);
  const sorted = sortTogether(values, dimension, numKeys)
    .map((v) => new Tensor(v));
  return x instanceof Tensor ? sorted[0] : sorted;
}

/** Keys in ascending order along an axis, and `values` in the order of keys. */
export function sortKeyVal(
  keys: TensorLike,
  values: TensorLike,
  { dimension }: Pick<SortOptions, "dimension"> = {},
): [keys: Tensor, values: Tensor] {
  const [k, v] = sort([keys, values], { dimension });
  return [k, v];
}

/**
 * The `k` largest elements along the last axis, the largest first, and their
 * i32 places; of equal elements the first comes first.
 *
 * @throws {ShapeError} If there are fewer than `k`.
 */
export function topK(
  x: TensorLike,
  k: number,
): [values: Tensor, indices: Tensor] {
  const value = asTensor(x).value;
  const n = value.aval.shape.at(-1);
  if (n === undefined || !(k >= 0 && k <= n)) {
    throw new ShapeError(
      `Cannot take the top ${k} of ${formatAval(value.aval)}, expected an ` +
        "axis of at least as many",
    );
  }
  const [values, places] = sortWithPlaces(value, -1, true, k);
  return [new Tensor(values), new Tensor(places)];
}

/** Order of elements reversed along axes. */
export function reverse(x: TensorLike, axes: readonly number[]): Tensor {
  return new Tensor(moves.flip(toValue(x), axes));
}

/** The same bits as another dtype; bools have no bits of their own. */
export function bitcast(x: TensorLike, dtype: DType): Tensor {
  const value = toValue(x);
  return new Tensor(
    computeMixed(
      [value],
      [value.aval.dtype],
      (o, [id]) => o.bind("bitcast", [id], { dtype }),
    ),
  );
}
