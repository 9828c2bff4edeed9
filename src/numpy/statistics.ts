/**
 * Averages, spreads, differences and running products.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { clip } from "./elementwise.ts";
import { dot } from "./linalg.ts";
import { broadcastTo, expandDims, split } from "./movement.ts";
import * as scans from "./scans.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import type { Axes, ReduceOptions } from "./values/reduce.ts";

/** Largest element along axes, under its other name. */
export function amax(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).max(axis, options);
}

/** Smallest element along axes, under its other name. */
export function amin(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).min(axis, options);
}

/** Largest less smallest element along axes; all by default. */
export function ptp(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  const t = asTensor(x);
  return t.max(axis, options).sub(t.min(axis, options));
}

/** Options of {@link average}. */
export interface AverageOptions extends ReduceOptions {
  /** Of the shape of `x`, or one per element of the axis; equal by default. */
  readonly weights?: TensorLike | null;
}

/**
 * Mean over axes, with weights.
 *
 * @throws {ShapeError} If the weights do not fit.
 */
export function average(
  x: TensorLike,
  axis: Axes = null,
  { weights = null, keepdims = false }: AverageOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  if (weights === null) return t.mean(axis, { keepdims });
  const w = asTensor(weights).astype("f32");
  const full = w.ndim === t.ndim && w.shape.every((n, i) => n === t.shape[i]);
  if (!full && (w.ndim !== 1 || typeof axis !== "number")) {
    throw misfit(t, w);
  }
  let factors = w;
  if (!full) {
    const at = normalizeAxis(axis as number, t.ndim, "average");
    if (w.size !== t.shape[at]) throw misfit(t, w);
    factors = broadcastTo(
      w.reshape(t.shape.map((_, i) => i === at ? w.size : 1)),
      t.shape,
    );
  }
  return t.mul(factors).sum(axis, { keepdims })
    .div(factors.sum(axis, { keepdims }));
}

function misfit(t: Tensor, w: Tensor): ShapeError {
  return new ShapeError(
    `Cannot average ${formatAval(t.value.aval)} with weights ` +
      `${formatAval(w.value.aval)}: expected weights of the same shape, or a ` +
      "vector and the axis it goes along",
  );
}

/** Running product along an axis, or over all elements in row-major order. */
export function cumprod(x: TensorLike, axis?: number | null): Tensor {
  const t = asTensor(x);
  return axis === undefined || axis === null
    ? scans.cumprod(t.flatten())
    : scans.cumprod(t, { axis });
}

/** Differences of neighbours along an axis (the last), `n` times over. */
export function diff(x: TensorLike, n = 1, axis = -1): Tensor {
  let t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "take differences");
  if (!Number.isInteger(n) || n < 0) {
    throw new ShapeError(
      `Cannot take differences ${n} times of ${formatAval(t.value.aval)}, ` +
        "expected an integer from 0 up",
    );
  }
  for (let i = 0; i < n; i++) {
    const size = t.shape[at];
    const [, later] = split(t, [Math.min(1, size)], at);
    const [earlier] = split(t, [Math.max(0, size - 1)], at);
    t = t.dtype === "bool" ? later.notEqual(earlier) : later.sub(earlier);
  }
  return t;
}

/** Differences of neighbours of all elements in row-major order. */
export function ediff1d(x: TensorLike): Tensor {
  return diff(asTensor(x).flatten());
}

/** Options of {@link cov}. */
export interface CovOptions {
  /** Whether each row is a variable (default), or else each column. */
  readonly rowvar?: boolean;
  /** Taken off the number of observations in the divisor; 1 by default. */
  readonly ddof?: number;
}

/** Covariance matrix of the variables in a matrix, or of one in a vector. */
export function cov(
  x: TensorLike,
  { rowvar = true, ddof = 1 }: CovOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  if (t.ndim > 2 || t.ndim === 0) {
    throw new ShapeError(
      `Cannot take the covariance of ${formatAval(t.value.aval)}: expected a ` +
        "vector or a matrix",
    );
  }
  if (t.ndim === 1) return t.var(null, { ddof });
  const rows = rowvar ? t : t.T;
  const centered = rows.sub(rows.mean(1, { keepdims: true }));
  return dot(centered, centered.T).div(rows.shape[1] - ddof);
}

/** Correlation coefficients of the variables in a matrix. */
export function corrcoef(
  x: TensorLike,
  { rowvar = true }: Pick<CovOptions, "rowvar"> = {},
): Tensor {
  const t = asTensor(x);
  const c = cov(t, { rowvar });
  if (t.ndim === 1) return c.div(c);
  const rows = rowvar ? t : t.T;
  const spread = rows.std(1, { ddof: 1 });
  const scale = expandDims(spread, 1).mul(expandDims(spread, 0));
  return clip(c.div(scale), -1, 1);
}

/** Options of {@link trapezoid}. */
export interface TrapezoidOptions {
  /** Distance of neighbours; 1 by default. */
  readonly dx?: number;
  /** Places of the elements, instead of a distance. */
  readonly x?: TensorLike | null;
  /** The axis; the last by default. */
  readonly axis?: number;
}

/** Integral along an axis by the trapezoidal rule. */
export function trapezoid(
  y: TensorLike,
  { dx = 1, x = null, axis = -1 }: TrapezoidOptions = {},
): Tensor {
  const t = asTensor(y).astype("f32");
  const at = normalizeAxis(axis, t.ndim, "integrate");
  const size = t.shape[at];
  const [, later] = split(t, [1], at);
  const [earlier] = split(t, [size - 1], at);
  const middle = later.add(earlier).mul(0.5);
  if (x === null) return middle.mul(dx).sum(at);
  const widths = diff(asTensor(x).astype("f32"));
  const along = widths.ndim === 1
    ? widths.reshape(t.shape.map((_, i) => i === at ? size - 1 : 1))
    : widths;
  return middle.mul(along).sum(at);
}

export { cumprod as cumulativeProd };
