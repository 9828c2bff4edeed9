/**
 * Initial weights, as in `jax.nn.initializers`: functions that make a tensor
 * from a key and a shape.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { normalizeAxis, range, type Shape, sizeOf } from "../../base/shape.ts";
import { full as filled, type ShapeLike, toShape } from "../creation.ts";
import { diagonal } from "../diagonals.ts";
import { where } from "../elementwise.ts";
import { qr } from "../linalg/factor.ts";
import { moveaxis } from "../movement.ts";
import { truncatedNormal as drawTruncated } from "../random/distributions.ts";
import {
  normal as drawNormal,
  type RandomOptions,
  uniform as drawUniform,
} from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { at } from "../updates.ts";
import { needOptions } from "../values/given.ts";
import type { TensorLike } from "../values/host.ts";

/** Makes an f32 tensor of a shape from a key. */
export type Initializer = (
  key: TensorLike,
  shape: ShapeLike,
  options?: RandomOptions,
) => Tensor;

/** Zeros; needs no numbers from the key. */
export const zeros: Initializer = (_, shape) => filled(shape, 0, "f32");

/** Ones; needs no numbers from the key. */
export const ones: Initializer = (_, shape) => filled(shape, 1, "f32");

/** One value repeated. */
export function constant(value: TensorLike): Initializer {
  return (_, shape) => filled(shape, value, "f32");
}

/** Uniform numbers of [0, scale). */
export function uniform(scale = 1e-2): Initializer {
  return (key, shape, options) => drawUniform(key, shape, options).mul(scale);
}

/** Normal numbers of a standard deviation. */
export function normal(stddev = 1e-2): Initializer {
  return (key, shape, options) => drawNormal(key, shape, options).mul(stddev);
}

/** Normal numbers of a standard deviation, cut off at multiples of it. */
export function truncatedNormal(
  stddev = 1e-2,
  lower = -2,
  upper = 2,
): Initializer {
  return (key, shape, options) =>
    drawTruncated(key, lower, upper, shape, options).mul(stddev);
}

/** Which axes of weights are which. */
export interface FanOptions {
  /** Axis or axes of the inputs; -2 by default. */
  readonly inAxis?: number | readonly number[];
  /** Axis or axes of the outputs; -1 by default. */
  readonly outAxis?: number | readonly number[];
  /** Axis or axes of independent weights; none by default. */
  readonly batchAxis?: number | readonly number[];
}

/** How {@link varianceScaling} draws. */
export interface ScalingOptions extends FanOptions {
  /** Which number of units the variance is divided by. */
  readonly mode: "fanIn" | "fanOut" | "fanAvg";
  /** Which distribution the weights have. */
  readonly distribution: "truncatedNormal" | "normal" | "uniform";
}

/** Standard deviation of standard normal numbers cut off at -2 and 2. */
const TRUNCATED = 0.8796256610342398;

/**
 * Weights of mean 0 and variance `scale / units`; the axes that are neither
 * inputs, outputs nor batch are a window, which counts as many units.
 *
 * @throws {ShapeError} If the shape has less than two axes.
 * @see `jax.nn.initializers.variance_scaling`
 */
export function varianceScaling(
  scale: number,
  options: ScalingOptions,
): Initializer {
  const { mode, distribution, ...axes } = needOptions(
    "scale initial weights",
    options,
    "mode",
  );
  return (key, shape, options = {}) => {
    const units = unitsOf(toShape(shape), axes)[mode];
    const f = Math.fround;
    const variance = f(scale / units);
    if (distribution === "normal") {
      return drawNormal(key, shape, options).mul(f(Math.sqrt(variance)));
    }
    if (distribution === "uniform") {
      const symmetric = { ...options, minval: -1 };
      const limit = f(Math.sqrt(f(3 * variance)));
      return drawUniform(key, shape, symmetric).mul(limit);
    }
    const stddev = f(f(Math.sqrt(variance)) / f(TRUNCATED));
    return drawTruncated(key, -2, 2, shape, options).mul(stddev);
  };
}

function unitsOf(
  shape: Shape,
  { inAxis = -2, outAxis = -1, batchAxis = [] }: FanOptions,
): Record<ScalingOptions["mode"], number> {
  if (shape.length < 2) {
    throw new ShapeError(
      `Cannot scale initial weights of shape [${shape}]: expected at least ` +
        "two axes, of inputs and of outputs",
    );
  }
  const sizes = (axes: number | readonly number[]) =>
    sizeOf(
      (typeof axes === "number" ? [axes] : axes).map((a) =>
        shape[normalizeAxis(a, shape.length, "scale initial weights")]
      ),
    );
  const [inputs, outputs] = [sizes(inAxis), sizes(outAxis)];
  const window = sizeOf(shape) / inputs / outputs / sizes(batchAxis);
  const fanIn = inputs * window, fanOut = outputs * window;
  return { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 };
}

/** Uniform weights of variance 2 / (inputs + outputs), by Glorot. */
export function glorotUniform(axes: FanOptions = {}): Initializer {
  return varianceScaling(1, {
    ...axes,
    mode: "fanAvg",
    distribution: "uniform",
  });
}

/** Truncated normal weights of variance 2 / (inputs + outputs), by Glorot. */
export function glorotNormal(axes: FanOptions = {}): Initializer {
  return varianceScaling(1, {
    ...axes,
    mode: "fanAvg",
    distribution: "truncatedNormal",
  });
}

/** Uniform weights of variance 2 / inputs, by He. */
export function heUniform(axes: FanOptions = {}): Initializer {
  return varianceScaling(2, {
    ...axes,
    mode: "fanIn",
    distribution: "uniform",
  });
}

/** Truncated normal weights of variance 2 / inputs, by He. */
export function heNormal(axes: FanOptions = {}): Initializer {
  return varianceScaling(2, {
    ...axes,
    mode: "fanIn",
    distribution: "truncatedNormal",
  });
}

/** Uniform weights of variance 1 / inputs, by LeCun. */
export function lecunUniform(axes: FanOptions = {}): Initializer {
  return varianceScaling(1, {
    ...axes,
    mode: "fanIn",
    distribution: "uniform",
  });
}

/** Truncated normal weights of variance 1 / inputs, by LeCun. */
export function lecunNormal(axes: FanOptions = {}): Initializer {
  return varianceScaling(1, {
    ...axes,
    mode: "fanIn",
    distribution: "truncatedNormal",
  });
}

/** {@link glorotUniform} under its other name. */
export function xavierUniform(axes: FanOptions = {}): Initializer {
  return glorotUniform(axes);
}

/** {@link glorotNormal} under its other name. */
export function xavierNormal(axes: FanOptions = {}): Initializer {
  return glorotNormal(axes);
}

/** {@link heUniform} under its other name. */
export function kaimingUniform(axes: FanOptions = {}): Initializer {
  return heUniform(axes);
}

/** {@link heNormal} under its other name. */
export function kaimingNormal(axes: FanOptions = {}): Initializer {
  return heNormal(axes);
}

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions {
  /** Factor of the weights; 1 by default. */
  readonly scale?: number;
  /** The axis whose parts are orthogonal to each other; -1 by default. */
  readonly columnAxis?: number;
}

/**
 * Uniformly distributed orthogonal matrices: columns of length 1, or rows
 * where there are more columns. More than two axes are one matrix.
 *
 * @throws {ShapeError} If the shape has less than two axes.
 * @see `jax.nn.initializers.orthogonal`
 */
export function orthogonal(
  { scale = 1, columnAxis = -1 }: OrthogonalOptions = {},
): Initializer {
  return (key, shape, options) => {
    const sizes = toShape(shape);
    if (sizes.length < 2) {
      throw new ShapeError(
        `Cannot make orthogonal weights of shape [${sizes}]: expected at ` +
          "least two axes",
      );
    }
    const axis = normalizeAxis(columnAxis, sizes.length, "orthogonalise");
    const n = sizes[axis];
    const m = sizeOf(sizes) / n;
    const rest = range(sizes.length).filter((i) => i !== axis);
    const noise = drawNormal(
      key,
      [Math.max(n, m), Math.min(n, m)],
      options,
    );
    const [q, r] = qr(noise);
    const signs = where(diagonal(r).less(0), -1, 1);
    const columns = q.mul(signs);
    const matrix = n > m ? columns : columns.T;
    const weights = matrix.reshape([n, ...rest.map((i) => sizes[i])]);
    return moveaxis(weights, 0, axis).mul(scale);
  };
}

/**
 * Orthogonal matrices in the middle of windows of zeros, for weights of
 * convolutions `[..window, inputs, outputs]` with as many outputs as inputs at
 * least: each sample of features goes through an orthogonal map at first.
 *
 * @throws {ShapeError} If the shape has not 3 to 5 axes, or fewer outputs.
 * @see `jax.nn.initializers.delta_orthogonal`
 */
export function deltaOrthogonal(scale = 1): Initializer {
  return (key, shape, options) => {
    const sizes = toShape(shape);
    const [inputs, outputs] = sizes.slice(-2);
    if (sizes.length < 3 || sizes.length > 5 || outputs < inputs) {
      throw new ShapeError(
        `Cannot make orthogonal weights of shape [${sizes}]: expected a window ` +
          "of one to three axes, inputs, and as many outputs at least",
      );
    }
    const square = orthogonal()(key, [outputs, outputs], options);
    const matrix = square.slice([0, inputs]).mul(scale);
    const middle = sizes.slice(0, -2).map((n) => Math.floor((n - 1) / 2));
    return at(filled(sizes, 0, "f32"), ...middle).set(matrix);
  };
}
