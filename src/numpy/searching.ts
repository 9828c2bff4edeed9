/**
 * Places in sorted data, counts, and where elements are not 0.
 *
 * @module
 */
import { isInteger } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, sizeOf } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import {
  arange,
  full,
  ones,
  type ShapeLike,
  toShape,
  zeros,
} from "./creation.ts";
import { clip, floorDivide, mod, where } from "./elementwise.ts";
import { scatter } from "./lax.ts";
import { cumsum } from "./reductions.ts";
import type { Tensor } from "./tensor.ts";
import { needList, needOptions } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/** Options of {@link searchsorted}. */
export interface SearchOptions {
  /** Before (`"left"`, default) or behind equal elements. */
  readonly side?: "left" | "right";
}

/**
 * The i32 places in the sorted vector `a` where the elements of `v` belong.
 *
 * @throws {ShapeError} If `a` is no vector.
 */
export function searchsorted(
  a: TensorLike,
  v: TensorLike,
  { side = "left" }: SearchOptions = {},
): Tensor {
  const sorted = asTensor(a), values = asTensor(v);
  if (sorted.ndim !== 1) {
    throw new ShapeError(
      `Cannot search in ${formatAval(sorted.value.aval)}: expected a sorted ` +
        "vector",
    );
  }
  const column = values.reshape([...values.shape, 1]);
  const before = side === "left"
    ? sorted.less(column)
    : sorted.lessEqual(column);
  return before.sum(-1);
}

/** Options of {@link digitize}. */
export interface DigitizeOptions {
  /** Whether a bin holds its right edge instead of its left. */
  readonly right?: boolean;
}

/** The i32 bin of each element, for edges that rise: 0 is below the first. */
export function digitize(
  x: TensorLike,
  bins: TensorLike,
  { right = false }: DigitizeOptions = {},
): Tensor {
  return searchsorted(bins, x, { side: right ? "left" : "right" });
}

/** Where elements of `x` are among those of `values`. */
export function isin(x: TensorLike, values: TensorLike): Tensor {
  const t = asTensor(x);
  return t.reshape([...t.shape, 1]).equal(asTensor(values).flatten()).any(-1);
}

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** Number of counts: what is larger is left out. */
  readonly length: number;
  /** What each element counts; 1 (and i32 counts) by default. */
  readonly weights?: TensorLike | null;
}

/**
 * How often each of the integers `0 .. length-1` occurs. Negative ones count as
 * 0, as in JAX.
 *
 * @throws {ShapeError} If the elements are no integers.
 */
export function bincount(
  x: TensorLike,
  options: BincountOptions,
): Tensor {
  const { length, weights = null } = needOptions("count", options, "length");
  const t = asTensor(x).flatten();
  if (!isInteger(t.dtype)) {
    throw new ShapeError(
      `Cannot count ${formatAval(t.value.aval)}: expected integers: use ` +
        "histogram for floats",
    );
  }
  const each = weights === null
    ? ones(t.size, "i32")
    : asTensor(weights).flatten();
  return scatter(zeros(length, each.dtype), clip(t, 0), each, { mode: "add" });
}

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /** Number of bins (10), or their edges. */
  readonly bins?: number | TensorLike;
  /** From the first to the last edge; all elements by default. */
  readonly range?: readonly [TensorLike, TensorLike] | null;
  /** What each element counts; 1 by default. */
  readonly weights?: TensorLike | null;
  /** Whether counts are divided so that they integrate to 1. */
  readonly density?: boolean;
}

/** The edges of the bins of {@link histogram}. */
export function histogramBinEdges(
  x: TensorLike,
  { bins = 10, range = null }: Pick<HistogramOptions, "bins" | "range"> = {},
): Tensor {
  if (typeof bins !== "number") return asTensor(bins).astype("f32");
  const t = asTensor(x).astype("f32");
  const [low, high] = range === null
    ? [t.min(), t.max()]
    : range.map((r) => asTensor(r).astype("f32"));
  // A range of one point is widened.
  const narrow = low.equal(high);
  const first = where(narrow, low.sub(0.5), low);
  const last = where(narrow, high.add(0.5), high);
  const part = arange(bins + 1).div(bins);
  const even = first.mul(asTensor(1).sub(part)).add(last.mul(part));
  return where(arange(bins + 1).equal(bins), last, even);
}

/** `[counts, edges]`: how many elements lie between neighbouring edges. */
export function histogram(
  x: TensorLike,
  { bins = 10, range = null, weights = null, density = false }:
    HistogramOptions = {},
): [counts: Tensor, edges: Tensor] {
  const t = asTensor(x).astype("f32").flatten();
  const edges = histogramBinEdges(t, { bins, range });
  const count = edges.size - 1;
  // The last bin holds its right edge as well.
  const bin = searchsorted(edges, t, { side: "right" }).sub(1);
  const last = t.equal(edges.at(-1));
  const inside = bin.greaterEqual(0).logicalAnd(bin.less(count));
  const place = where(last, count - 1, where(inside, bin, count));
  const each = weights === null
    ? ones(t.size)
    : asTensor(weights).astype("f32").flatten();
  const counts = scatter(zeros(count), place, each, { mode: "add" });
  if (!density) return [counts, edges];
  const widths = edges.slice([1, null]).sub(edges.slice([null, -1]));
  return [counts.div(widths).div(counts.sum()), edges];
}

/** Options of {@link nonzero} and its kin. */
export interface NonzeroOptions {
  /** How many places there are: more are left out. */
  readonly size: number;
  /** Stands in the places that are too many; 0 by default. */
  readonly fillValue?: TensorLike;
}

/** i32 places of the elements that are not 0, in row-major order. */
export function flatnonzero(
  x: TensorLike,
  options: NonzeroOptions,
): Tensor {
  const { size, fillValue = 0 } = needOptions("find", options, "size");
  const [length] = toShape(size);
  const found = asTensor(x).flatten().astype("bool");
  const rank = cumsum(found.astype("i32")).sub(1);
  const place = where(found, rank, length);
  const filled = full(length, fillValue, "i32");
  return scatter(filled, place, arange(found.size));
}

/** i32 indices of the elements that are not 0, one vector per axis. */
export function nonzero(
  x: TensorLike,
  options: NonzeroOptions,
): Tensor[] {
  const { size, fillValue = 0 } = needOptions("find", options, "size");
  const t = asTensor(x);
  const flat = flatnonzero(t, { size, fillValue: -1 });
  const missing = flat.less(0);
  return unravelIndex(flat, t.shape)
    .map((index) => where(missing, fillValue, index).astype("i32"));
}

/** i32 indices of the elements that are not 0: one row per element. */
export function argwhere(x: TensorLike, options: NonzeroOptions): Tensor {
  const t = asTensor(x);
  const columns = nonzero(t, options);
  const out = zeros([options.size, t.ndim], "i32");
  return columns.reduce(
    (rows, column, i) => scatter(rows, i, column, { axis: 1 }),
    out,
  );
}

/** Indices per axis of places in row-major order. */
export function unravelIndex(
  indices: TensorLike,
  shape: ShapeLike,
): Tensor[] {
  const sizes = toShape(shape);
  const places = asTensor(indices).astype("i32");
  return sizes.map((n, i) =>
    mod(floorDivide(places, sizeOf(sizes.slice(i + 1))), n)
  );
}

/** Places in row-major order of indices per axis, which are clamped. */
export function ravelMultiIndex(
  indices: readonly TensorLike[],
  shape: ShapeLike,
): Tensor {
  const sizes = toShape(shape);
  if (needList("ravel indices", indices).length !== sizes.length) {
    throw new ShapeError(
      `Cannot ravel ${indices.length} indices for shape [${sizes}]: expected ` +
        "one per axis",
    );
  }
  return indices.map((index, i) =>
    clip(asTensor(index).astype("i32"), 0, sizes[i] - 1)
      .mul(sizeOf(sizes.slice(i + 1)))
  ).reduce((a, b) => a.add(b), asTensor(0));
}
