/**
 * Shapes, slices and joins under the names of `jax.lax`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import {
  formatAval,
  normalizeAxis,
  range,
  type Shape,
  sizeOf,
} from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { split as cut } from "../movement.ts";
import { Tensor } from "../tensor.ts";
import { type TensorLike, toOperand } from "../values/host.ts";
import { asValue, compute } from "../values/operand.ts";

export { full, fullLike } from "../creation.ts";
export { dot, matmul as batchMatmul } from "../linalg.ts";
export { concatenate, reshape, squeeze, transpose } from "../movement.ts";
export { broadcastShapes } from "../shapes.ts";

/** New leading axes of the given sizes, along which `x` repeats. */
export function broadcast(x: TensorLike, sizes: Shape): Tensor {
  const t = asTensor(x);
  return new Tensor(compute([t.value], (o, [id]) =>
    o.broadcast(
      id,
      [...sizes, ...t.shape],
      range(t.ndim).map((i) => i + sizes.length),
    )));
}

/** Leading axes of size 1, up to `rank` axes. */
export function broadcastToRank(x: TensorLike, rank: number): Tensor {
  const t = asTensor(x);
  const missing = Math.max(0, rank - t.ndim);
  return t.reshape([...range(missing).map(() => 1), ...t.shape]);
}

/** Axes `start` up to but without `stop` as one. */
export function collapse(
  x: TensorLike,
  start: number,
  stop?: number,
): Tensor {
  const t = asTensor(x);
  const from = normalizeAxis(start, t.ndim, "collapse");
  const to = stop === undefined ? t.ndim : stop < 0 ? stop + t.ndim : stop;
  if (!(to > from && to <= t.ndim)) {
    throw new ShapeError(
      `Cannot collapse axes ${start} to ${stop} of ` +
        `${formatAval(t.value.aval)}: expected a second number above the first`,
    );
  }
  const size = sizeOf(t.shape.slice(from, to));
  return t.reshape([...t.shape.slice(0, from), size, ...t.shape.slice(to)]);
}

/** Elements `start` to `limit` of every axis, `strides` (1) apart. */
export function slice(
  x: TensorLike,
  start: readonly number[],
  limit: readonly number[],
  strides?: readonly number[],
): Tensor {
  const t = asTensor(x);
  const stride = strides ?? range(t.ndim).map(() => 1);
  return new Tensor(
    compute(
      [t.value],
      (o, [id]) => o.bind("slice", [id], { start, limit, stride }),
    ),
  );
}

/** Elements `start` to `limit` of one axis, `stride` (1) apart. */
export function sliceInDim(
  x: TensorLike,
  start: number | null,
  limit: number | null,
  { stride = 1, axis = 0 }: {
    /** From one element to the next. */
    readonly stride?: number;
    /** Which axis; 0 by default. */
    readonly axis?: number;
  } = {},
): Tensor {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "slice");
  return t.slice(...range(at).map(() => null), [start, limit, stride]);
}

/** The part at an index of an axis. */
export function indexInDim(
  x: TensorLike,
  index: number,
  axis = 0,
  { keepdims = true }: {
    /** Keep the axis with size 1; true by default, as in JAX. */
    readonly keepdims?: boolean;
  } = {},
): Tensor {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "index");
  const part = t.slice(...range(at).map(() => null), index);
  if (!keepdims) return part;
  return part.reshape(t.shape.map((n, i) => i === at ? 1 : n));
}

/** Cut into parts of the given sizes along an axis. */
export function split(
  x: TensorLike,
  sizes: readonly number[],
  axis = 0,
): Tensor[] {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "split");
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== t.shape[at]) {
    throw new ShapeError(
      `Cannot split ${formatAval(t.value.aval)} along axis ${at} into sizes ` +
        `[${sizes}]: their sum is ${total}, expected ${t.shape[at]}`,
    );
  }
  let end = 0;
  return cut(t, sizes.slice(0, -1).map((n) => end += n), at);
}

/** Elements added around and between those of an axis. */
export type PadConfig = readonly [low: number, high: number, interior: number];

/**
 * Surrounds `x` with a value, and puts it between the elements: per axis how
 * often before, after and between. Negative numbers before and after take away.
 */
export function pad(
  x: TensorLike,
  value: TensorLike,
  config: readonly PadConfig[],
): Tensor {
  const t = asTensor(x);
  if (config.length !== t.ndim) {
    throw new ShapeError(
      `Cannot pad ${formatAval(t.value.aval)}: ${config.length} entries were ` +
        `given, expected [low, high, interior] for each of ${t.ndim} axes`,
    );
  }
  const fill = asValue(toOperand(value), t.dtype);
  const more = (n: number) => Math.max(0, n), less = (n: number) => more(-n);
  return new Tensor(compute([t.value, fill], (o, [id, f]) => {
    const wide = o.bind("pad", [id, f], {
      lo: config.map(([low]) => more(low)),
      hi: config.map(([, high]) => more(high)),
      inner: config.map(([, , interior]) => interior),
    });
    if (config.every(([low, high]) => low >= 0 && high >= 0)) return wide;
    return o.bind("slice", [wide], {
      start: config.map(([low]) => less(low)),
      limit: o.shape(wide).map((n, axis) => n - less(config[axis][1])),
      stride: config.map(() => 1),
    });
  }));
}
