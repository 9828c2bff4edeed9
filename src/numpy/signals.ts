/**
 * Polynomials, interpolation, and sums over neighbours of vectors.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { zerosLike } from "./creation.ts";
import { clip, mod, where } from "./elementwise.ts";
import { take } from "./indexing.ts";
import { concatenate, flip, split } from "./movement.ts";
import { cumsum } from "./reductions.ts";
import { searchsorted } from "./searching.ts";
import { diff } from "./statistics.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import { conv } from "./windows.ts";

/** Options of {@link convolve} and {@link correlate}. */
export interface ConvolveOptions {
  /**
   * All overlaps (`"full"`), as many as the longer vector has elements
   * (`"same"`), or only whole ones (`"valid"`).
   */
  readonly mode?: "full" | "same" | "valid";
}

/**
 * Convolution of two vectors, in f32: of all overlaps by default.
 *
 * @throws {ShapeError} If one of them is no vector, or empty.
 */
export function convolve(
  a: TensorLike,
  v: TensorLike,
  { mode = "full" }: ConvolveOptions = {},
): Tensor {
  const [x, y] = vectors("convolve", a, v);
  const [long, short] = x.size >= y.size ? [x, y] : [y, x];
  return slide(long, flip(short), mode);
}

/**
 * Correlation of two vectors, in f32: of whole overlaps by default.
 *
 * @throws {ShapeError} If one of them is no vector, or empty.
 */
export function correlate(
  a: TensorLike,
  v: TensorLike,
  { mode = "valid" }: ConvolveOptions = {},
): Tensor {
  const [x, y] = vectors("correlate", a, v);
  if (x.size >= y.size) return slide(x, y, mode);
  // The longer one stays and the shorter one slides: from the other side.
  return flip(slide(y, x, mode));
}

function vectors(what: string, a: TensorLike, v: TensorLike): Tensor[] {
  const both = [a, v].map((x) => asTensor(x).astype("f32"));
  if (both.some((t) => t.ndim !== 1 || t.size === 0)) {
    const [x, y] = both.map((t) => formatAval(t.value.aval));
    throw new ShapeError(
      `Cannot ${what} ${x} and ${y}: expected two vectors that are not empty`,
    );
  }
  return both;
}

/** Sums of products of a vector and a shorter one that slides over it. */
function slide(
  long: Tensor,
  short: Tensor,
  mode: "full" | "same" | "valid",
): Tensor {
  const n = short.size;
  const edge = mode === "valid" ? 0 : n - 1;
  const sums = conv(
    long.reshape(1, 1, -1),
    short.reshape(1, 1, -1),
    [1],
    [[edge, edge]],
  ).flatten();
  if (mode !== "same") return sums;
  const start = Math.floor((n - 1) / 2);
  return sums.slice([start, start + long.size]);
}

/** The polynomial with coefficients `p`, the highest power first, at `x`. */
export function polyval(p: TensorLike, x: TensorLike): Tensor {
  const coefficients = asTensor(p), at = asTensor(x);
  if (coefficients.ndim !== 1) {
    throw new ShapeError(
      `Cannot evaluate a polynomial with ` +
        `${formatAval(coefficients.value.aval)}: expected a vector of ` +
        "coefficients",
    );
  }
  let value = zerosLike(at);
  for (let i = 0; i < coefficients.size; i++) {
    value = value.mul(at).add(coefficients.at(i));
  }
  return value;
}

/** Options of {@link interp}. */
export interface InterpOptions {
  /** What stands left of the first place; its value by default. */
  readonly left?: TensorLike | null;
  /** What stands right of the last place; its value by default. */
  readonly right?: TensorLike | null;
}

/**
 * The values at `x` of the lines between points: places `xp`, which rise, and
 * values `fp`.
 *
 * @throws {ShapeError} If the points are no vectors of one size.
 */
export function interp(
  x: TensorLike,
  xp: TensorLike,
  fp: TensorLike,
  { left = null, right = null }: InterpOptions = {},
): Tensor {
  const at = asTensor(x).astype("f32");
  const [places, values] = [xp, fp].map((t) => asTensor(t).astype("f32"));
  const n = places.size;
  if (places.ndim !== 1 || values.ndim !== 1 || values.size !== n || n < 1) {
    throw new ShapeError(
      `Cannot interpolate between places ${
        formatAval(places.value.aval)
      } and ` +
        `values ${
          formatAval(values.value.aval)
        }: expected two vectors of one ` +
        "size",
    );
  }
  const next = clip(searchsorted(places, at, { side: "right" }), 1, n - 1);
  const [x0, x1] = [next.sub(1), next].map((i) => take(places, i));
  const [y0, y1] = [next.sub(1), next].map((i) => take(values, i));
  const width = x1.sub(x0);
  const part = at.sub(x0).div(where(width.equal(0), 1, width));
  const between = y0.add(y1.sub(y0).mul(part));
  const first = where(at.less(places.at(0)), left ?? values.at(0), between);
  return where(at.greater(places.at(-1)), right ?? values.at(-1), first);
}

/** Options of {@link unwrap}. */
export interface UnwrapOptions {
  /** The axis; the last by default. */
  readonly axis?: number;
  /** What a jump is a multiple of; 2 pi by default. */
  readonly period?: number;
}

/** Angles without jumps of more than half a period between neighbours. */
export function unwrap(
  x: TensorLike,
  { axis = -1, period = 2 * Math.PI }: UnwrapOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  const at = normalizeAxis(axis, t.ndim, "unwrap");
  const half = period / 2;
  const steps = diff(t, 1, at);
  const wrapped = mod(steps.add(half), period).sub(half);
  const kept = wrapped.equal(-half).logicalAnd(steps.greater(0));
  const near = where(kept, half, wrapped);
  const change = where(steps.abs().less(half), 0, near.sub(steps));
  const [first, later] = split(t, [1], at);
  return concatenate([first, later.add(cumsum(change, at))], at);
}

/** Options of {@link gradient}. */
export interface GradientOptions {
  /** Distance of neighbours; 1 by default. */
  readonly spacing?: number;
  /** The axis; the last by default. */
  readonly axis?: number;
}

/**
 * Slopes along an axis: half the differences of both neighbours, and at the
 * ends the difference of the only one.
 *
 * @throws {ShapeError} If the axis has less than two elements.
 */
export function gradient(
  x: TensorLike,
  { spacing = 1, axis = -1 }: GradientOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  const at = normalizeAxis(axis, t.ndim, "take slopes");
  const size = t.shape[at];
  if (size < 2) {
    throw new ShapeError(
      `Cannot take slopes of ${
        formatAval(t.value.aval)
      } along axis ${at}: it ` +
        `has size ${size}, expected 2 at least`,
    );
  }
  const steps = diff(t, 1, at);
  const [first, later] = split(steps, [1], at);
  const [earlier, last] = split(steps, [size - 2], at);
  const middle = later.add(earlier).mul(0.5);
  return concatenate([first, middle, last], at).div(spacing);
}
