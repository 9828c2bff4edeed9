/**
 * Tensors of values that follow a rule, beyond those of `creation.ts`.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, range } from "../base/shape.ts";
import { asTensor, tensor } from "./convert.ts";
import {
  arange,
  array,
  type LinspaceOptions,
  ones,
  type ShapeLike,
  toShape,
  zeros,
  zerosLike,
} from "./creation.ts";
import { cumprod } from "./statistics.ts";
import { broadcastTo, concatenate, flip } from "./movement.ts";
import type { Tensor } from "./tensor.ts";
import { needNumbers } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/** Zeros: there is no memory without values here. */
export function empty(shape: ShapeLike, dtype: DType = "f32"): Tensor {
  return zeros(shape, dtype);
}

/** Zeros shaped like `x`. */
export function emptyLike(x: TensorLike, dtype?: DType): Tensor {
  return zerosLike(x, dtype);
}

/** A tensor from data or from a tensor; see `array`. */
export function asarray(data: TensorLike, dtype?: DType): Tensor {
  return array(data, dtype);
}

/** The same tensor: tensors never change, so that none needs a copy. */
export function copy(x: TensorLike): Tensor {
  return asTensor(x);
}

/** Options of {@link logspace}. */
export interface LogspaceOptions extends LinspaceOptions {
  /** What is raised to powers; 10 by default. */
  readonly base?: number;
}

/** `num` (50) f32 numbers from `base^start` to `base^stop`, evenly in powers. */
export function logspace(
  start: number,
  stop: number,
  num = 50,
  { endpoint = true, base = 10 }: LogspaceOptions = {},
): Tensor {
  needNumbers("make a range", { start, stop, base });
  const steps = endpoint ? num - 1 : num;
  return spaced(num, (i) => {
    const part = steps === 0 ? 0 : i / steps;
    return base ** (start + part * (stop - start));
  });
}

/**
 * `num` (50) f32 numbers from `start` to `stop`, each a multiple of the one
 * before.
 *
 * @throws {ShapeError} If one of them is 0, or their signs differ.
 */
export function geomspace(
  start: number,
  stop: number,
  num = 50,
  { endpoint = true }: LinspaceOptions = {},
): Tensor {
  if (!(start * stop > 0)) {
    throw new ShapeError(
      `Cannot make a geometric range from ${start} to ${stop}: expected two ` +
        "numbers of one sign, none of them 0",
    );
  }
  const steps = endpoint ? num - 1 : num;
  return spaced(num, (i) => {
    if (endpoint && i === steps && i > 0) return stop;
    return steps === 0 ? start : start * (stop / start) ** (i / steps);
  });
}

function spaced(num: number, at: (i: number) => number): Tensor {
  return tensor(Float32Array.from(range(toShape(num)[0]), at));
}

/** i32 indices along each axis of a grid: `[rank, ..shape]`. */
export function indices(shape: ShapeLike): Tensor {
  const sizes = toShape(shape);
  const lines = sizes.map((n, i) =>
    broadcastTo(arange(n).reshape(sizes.map((_, j) => i === j ? n : 1)), sizes)
      .reshape([1, ...sizes])
  );
  return lines.length === 0 ? zeros([0], "i32") : concatenate(lines);
}

/** `fn` of the i32 indices along each axis of a grid. */
export function fromfunction(
  fn: (...indices: Tensor[]) => Tensor,
  shape: ShapeLike,
): Tensor {
  const grid = indices(shape);
  return fn(...range(toShape(shape).length).map((i) => grid.at(i)));
}

/** Options of {@link vander}. */
export interface VanderOptions {
  /** Number of columns; that of the elements by default. */
  readonly n?: number;
  /** Whether powers rise from the left to the right. */
  readonly increasing?: boolean;
}

/** The powers of each element of a vector, as rows. */
export function vander(
  x: TensorLike,
  { n, increasing = false }: VanderOptions = {},
): Tensor {
  const t = asTensor(x);
  if (t.ndim !== 1) {
    throw new ShapeError(
      `Cannot make a matrix of powers of ${formatAval(t.value.aval)}: ` +
        "expected a vector",
    );
  }
  const [columns] = toShape(n ?? t.size);
  if (columns === 0) return zeros([t.size, 0], t.dtype);
  const repeated = broadcastTo(t.reshape(-1, 1), [t.size, columns - 1]);
  const powers = cumprod(
    concatenate([ones([t.size, 1], t.dtype), repeated], 1),
    1,
  );
  return increasing ? powers : flip(powers, 1);
}

/** A symmetric window of `n` elements from a cosine series. */
function cosineWindow(n: number, factors: readonly number[]): Tensor {
  if (n <= 1) return ones(toShape(n));
  return spaced(n, (i) => {
    const angle = 2 * Math.PI * i / (n - 1);
    return factors.reduce((sum, a, k) => sum + a * Math.cos(k * angle), 0);
  });
}

/** Hann's window: a raised cosine, 0 at both ends. */
export function hanning(n: number): Tensor {
  return cosineWindow(n, [0.5, -0.5]);
}

/** Hamming's window: a raised cosine, 0.08 at both ends. */
export function hamming(n: number): Tensor {
  return cosineWindow(n, [0.54, -0.46]);
}

/** Blackman's window, of two cosines. */
export function blackman(n: number): Tensor {
  return cosineWindow(n, [0.42, -0.5, 0.08]);
}

/** Bartlett's window: a triangle, 0 at both ends. */
export function bartlett(n: number): Tensor {
  if (n <= 1) return ones(toShape(n));
  return spaced(n, (i) => 1 - Math.abs(2 * i / (n - 1) - 1));
}
