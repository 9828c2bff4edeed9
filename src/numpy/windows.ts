/**
 * Convolutions and reductions over windows, as in `jax.lax`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { range, type Shape } from "../base/shape.ts";
import type { ValueId } from "../ir/program.ts";
import { spread } from "../ir/windows.ts";
import type { Ops } from "../transform/ops.ts";
import { asTensor } from "./convert.ts";
import type { ShapeLike } from "./creation.ts";
import { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import { compute, computeMixed } from "./values/operand.ts";

/** Elements added before and after an axis; negative takes some away. */
export type PaddingPairs = readonly (readonly [lo: number, hi: number])[];

/**
 * Padding as pairs, or by name: `"VALID"` is none, `"SAME"` gives one window
 * per stride, `"SAME_LOWER"` as well with the odd element at the start.
 */
export type Padding = "SAME" | "SAME_LOWER" | "VALID" | PaddingPairs;

/**
 * The letters of the axes of input, weights and output: `N` samples, `C`
 * features, `O` outputs and `I` inputs of the weights; all others are spatial.
 */
export type DimensionNumbers = readonly [
  input: string,
  weights: string,
  output: string,
];

/** Options of {@link convGeneralDilated}. */
export interface ConvOptions {
  /** `k` puts `k - 1` zeros between the elements of the input; per axis. */
  readonly lhsDilation?: ShapeLike;
  /** `k` leaves out `k - 1` elements between those of a window; per axis. */
  readonly rhsDilation?: ShapeLike;
  /** Order of axes; `["NCHW", "OIHW", "NCHW"]` and its like by default. */
  readonly dimensionNumbers?: DimensionNumbers;
  /** Groups of features, each with outputs of its own; 1 by default. */
  readonly featureGroupCount?: number;
  /** Groups of samples, each with outputs of its own; 1 by default. */
  readonly batchGroupCount?: number;
}

function each(
  what: string,
  values: ShapeLike | undefined,
  rank: number,
  usual: number,
): Shape {
  if (values === undefined) return range(rank).map(() => usual);
  const list = typeof values === "number"
    ? range(rank).map(() => values)
    : values;
  if (list.length !== rank) {
    throw new ShapeError(
      `Cannot use ${what} [${list}]: ${list.length} were given, expected ` +
        `${rank}, one per axis`,
    );
  }
  return list;
}

/** Padding as pairs, for axes of the given sizes. */
function padsOf(
  padding: Padding,
  sizes: Shape,
  extents: Shape,
  strides: Shape,
): PaddingPairs {
  if (typeof padding !== "string") {
    if (padding.length === sizes.length) return padding;
    throw new ShapeError(
      `Cannot pad ${sizes.length} axes: ${padding.length} pairs were given, ` +
        "expected one per axis",
    );
  }
  return sizes.map((n, i) => {
    if (padding === "VALID") return [0, 0];
    const places = Math.ceil(n / strides[i]);
    const all = Math.max(0, (places - 1) * strides[i] + extents[i] - n);
    const less = Math.floor(all / 2);
    return padding === "SAME" ? [less, all - less] : [all - less, less];
  });
}

/** The axes of `from` in the order of `to`, by their letters. */
function orderOf(what: string, from: string, to: string): number[] {
  const order = [...to].map((letter) => from.indexOf(letter));
  if (
    order.includes(-1) || from.length !== to.length ||
    new Set(from).size !== from.length
  ) {
    throw new ShapeError(
      `Cannot order the axes of the ${what}: "${from}" was given, expected ` +
        `each letter of "${to}" once`,
    );
  }
  return order;
}

/**
 * Correlation of `lhs` `[N, C, ..spatial]` with the weights `rhs`
 * `[O, C / groups, ..window]`: a tensor `[N, O, ..]`. Weights are not flipped.
 *
 * @example
 * ```ts
 * import { lax, ones } from "@vodes/vodes/numpy";
 * const x = ones([1, 3, 8, 8]), w = ones([4, 3, 3, 3]);
 * console.log(lax.convGeneralDilated(x, w, [2, 2], "SAME").shape); // [1, 4, 4, 4]
 * ```
 * @see `jax.lax.conv_general_dilated`
 */
export function convGeneralDilated(
  lhs: TensorLike,
  rhs: TensorLike,
  windowStrides: ShapeLike,
  padding: Padding,
  options: ConvOptions = {},
): Tensor {
  const [x, w] = [asTensor(lhs), asTensor(rhs)];
  const rank = Math.max(0, x.ndim - 2);
  const numbers = options.dimensionNumbers;
  // Spatial axes keep the order in which the input names them.
  const spatial = [...numbers?.[0] ?? ""].filter((a) => !"NC".includes(a))
    .join("");
  const orders = numbers && [
    orderOf("input", numbers[0], `NC${spatial}`),
    orderOf("weights", numbers[1], `OI${spatial}`),
    orderOf("output", `NC${spatial}`, numbers[2]),
  ];
  const sizes = (t: Tensor, side: number) =>
    (orders?.[side] ?? range(t.ndim)).slice(2).map((axis) => t.shape[axis]);
  const ordered = (o: Ops, id: ValueId, side: number) =>
    orders ? o.transpose(id, orders[side]) : id;
  const strides = each("strides", windowStrides, rank, 1);
  const inner = each("lhsDilation", options.lhsDilation, rank, 1)
    .map((n) => n - 1);
  const dilation = each("rhsDilation", options.rhsDilation, rank, 1);
  const pads = padsOf(
    padding,
    sizes(x, 0).map((n, i) => spread(n, inner[i])),
    sizes(w, 1).map((k, i) => spread(k, dilation[i] - 1)),
    strides,
  );
  const inputs = [x.value, w.value];
  return new Tensor(computeMixed(inputs, ["f32", "f32"], (o, [p, q]) => {
    const y = o.bind("conv", [
      ordered(o, p, 0),
      ordered(o, q, 1),
    ], {
      strides,
      dilation,
      inner,
      lo: pads.map(([lo]) => lo),
      hi: pads.map(([, hi]) => hi),
      groups: options.featureGroupCount ?? 1,
      batchGroups: options.batchGroupCount ?? 1,
      outsFirst: false,
    });
    return ordered(o, y, 2);
  }));
}

/**
 * {@link convGeneralDilated} without its options.
 *
 * @see `jax.lax.conv`
 */
export function conv(
  lhs: TensorLike,
  rhs: TensorLike,
  windowStrides: ShapeLike,
  padding: Padding,
): Tensor {
  return convGeneralDilated(lhs, rhs, windowStrides, padding);
}

/** Options of {@link reduceWindow}. */
export interface ReduceWindowOptions {
  /** `k` puts `k - 1` neutral elements between those of the operand. */
  readonly baseDilation?: ShapeLike;
  /** `k` leaves out `k - 1` elements between those of a window; per axis. */
  readonly windowDilation?: ShapeLike;
}

/** What a reduction of nothing gives. */
const NEUTRAL = { sum: 0, max: -Infinity, min: Infinity } as const;

/**
 * Sum, largest or smallest element of each window; the window has a size per
 * axis of `x`. Padding counts as 0 in sums and not at all in extremes. The
 * gradient of an extreme goes to its first place in the window.
 *
 * @example
 * ```ts
 * import { arange, lax } from "@vodes/vodes/numpy";
 * const x = lax.reduceWindow(arange(6), "max", [2], [2], "VALID");
 * console.log(x.toArray()); // [1, 3, 5]
 * ```
 * @see `jax.lax.reduce_window`
 */
export function reduceWindow(
  x: TensorLike,
  op: "sum" | "max" | "min",
  windowDimensions: ShapeLike,
  windowStrides: ShapeLike,
  padding: Padding,
  { baseDilation, windowDilation }: ReduceWindowOptions = {},
): Tensor {
  const tensor = asTensor(x).astype("f32");
  const rank = tensor.ndim;
  const window = each("windowDimensions", windowDimensions, rank, 1);
  const strides = each("windowStrides", windowStrides, rank, 1);
  const inner = each("baseDilation", baseDilation, rank, 1).map((n) => n - 1);
  const dilation = each("windowDilation", windowDilation, rank, 1);
  const pads = padsOf(
    padding,
    tensor.shape.map((n, i) => spread(n, inner[i])),
    window.map((k, i) => spread(k, dilation[i] - 1)),
    strides,
  );
  const [lo, hi] = [pads.map(([n]) => n), pads.map(([, n]) => n)];
  const plain = window.findIndex((k, i) =>
    k !== 1 || strides[i] !== 1 || inner[i] !== 0 || lo[i] !== 0 || hi[i] !== 0
  );
  if (plain < 0) return tensor;
  const last = <T>(list: readonly T[]) => list.slice(plain);
  const zeros = range(rank).map(() => 0);
  return new Tensor(compute([tensor.value], (o, [id]) => {
    // Extremes take no elements in between, so these are put there before.
    const apart = op === "sum" || inner.every((n) => n === 0)
      ? id
      : o.bind("pad", [
        id,
        o.full({ dtype: "f32", shape: [] }, NEUTRAL[op]),
      ], { lo: zeros, hi: zeros, inner });
    return o.bind("reduceWindow", [apart], {
      op,
      window: last(window),
      strides: last(strides),
      dilation: last(dilation),
      lo: last(lo),
      hi: last(hi),
      inner: last(op === "sum" ? inner : zeros),
    });
  }));
}
