/**
 * Normalisation within one sample, as in equinox.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, sameShape, type Shape } from "../base/shape.ts";
import { BaseModule, StaticParam } from "../core/mod.ts";
import { rsqrt } from "../numpy/lax.ts";
import {
  asTensor,
  ones,
  type Tensor,
  type TensorLike,
  zeros,
} from "../numpy/mod.ts";
import { needCounts, needNumber, needOptions } from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";

/** How to make a {@link LayerNorm} or {@link RMSNorm}. */
export interface NormOptions {
  /** Added to the variance or mean square; 1e-5 by default. */
  eps?: number;
  /** Whether to multiply by a weight for each element; true by default. */
  useWeight?: boolean;
  /** Whether to add a bias for each element; true by default. */
  useBias?: boolean;
  /** Both at once; where it is given it goes before them. */
  elementwiseAffine?: boolean;
}

/** The weights of a layer that normalises, and what they compute. */
export class NormWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** Factors of the shape of a sample, 1 at first; null without. */
  weight: LayerParam | null;
  /** Terms of the shape of a sample, 0 at first; null without. */
  bias: LayerParam | null;
  /** The shape of a sample. */
  shape: StaticParam<Shape>;
  /** Added under the root. */
  eps: StaticParam<number>;
  /** Whether the mean is subtracted. */
  centers: StaticParam<boolean>;

  /** Checks the shape, and makes weights of it. */
  constructor(
    name: string,
    shape: number | Shape,
    options: NormOptions,
    centers: boolean,
  ) {
    super();
    const known = ["eps", "useWeight", "useBias", "elementwiseAffine"];
    needOptions(name, options, known);
    needNumber(name, "eps", options.eps ?? 0, [0, Infinity]);
    const sizes = typeof shape === "number" ? [shape] : shape;
    const isShape = Array.isArray(sizes) &&
      sizes.every((n) => Number.isInteger(n) && n > 0);
    if (!isShape) {
      throw new ShapeError(
        `Cannot make a ${name}: shape ${JSON.stringify(shape)} was given, ` +
          "expected the shape of one sample: such as [8], or [3, 16, 16]",
      );
    }
    const { eps = 1e-5, elementwiseAffine } = options;
    const { useWeight = true, useBias = true } = options;
    const has = (use: boolean) => elementwiseAffine ?? use;
    this.weight = has(useWeight) ? new LayerParam(ones(sizes)) : null;
    this.bias = has(useBias) ? new LayerParam(zeros(sizes)) : null;
    this.shape = new StaticParam<Shape>([...sizes]);
    this.eps = new StaticParam(eps);
    this.centers = new StaticParam(centers);
  }

  /** Normalises one sample. */
  override call(x: TensorLike): Tensor {
    const input = asTensor(x);
    const shape = this.shape.get();
    if (!sameShape(input.shape, shape)) {
      throw new ShapeError(
        `Cannot normalise ${formatAval(input)}: expected f32[${shape}], one ` +
          "sample: " +
          (input.ndim > shape.length
            ? "batch with pxf.vmap"
            : "reshape it, or make the layer fit"),
      );
    }
    const centered = this.centers.get() ? input.sub(input.mean()) : input;
    const inverse = rsqrt(centered.square().mean().add(this.eps.get()));
    return affine(centered.mul(inverse), this.weight, this.bias);
  }
}

/** `weight * x + bias`, of those that are there. */
export function affine(
  x: Tensor,
  weight: TensorLike | null,
  bias: TensorLike | null,
): Tensor {
  const scaled = weight === null ? x : x.mul(weight);
  return bias === null ? scaled : scaled.add(bias);
}

/**
 * Gives a sample mean 0 and variance 1 over all its elements, then scales and
 * shifts each.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.LayerNorm([4]);
 * console.log(layer(jnp.arange(4)).toArray()); // -1.34, -0.45, 0.45, 1.34
 * ```
 * @see Ba et al., https://arxiv.org/abs/1607.06450; pcax `pxnn.LayerNorm`, whose
 * `elementwise_affine=False` keeps the bias, which this does not
 */
export class LayerNorm extends Layer<[x: TensorLike], Tensor, NormWeights> {
  /**
   * Weights start at 1 and biases at 0.
   *
   * @throws {ShapeError} If the shape is none.
   */
  constructor(shape: number | Shape, options: NormOptions = {}) {
    super(new NormWeights("LayerNorm", shape, options, true));
  }
}

/**
 * Divides a sample by the root of the mean square of its elements, then scales
 * and shifts each.
 *
 * @see Zhang and Sennrich, https://arxiv.org/abs/1910.07467; equinox `RMSNorm`
 */
export class RMSNorm extends Layer<[x: TensorLike], Tensor, NormWeights> {
  /**
   * Weights start at 1 and biases at 0.
   *
   * @throws {ShapeError} If the shape is none.
   */
  constructor(shape: number | Shape, options: NormOptions = {}) {
    super(new NormWeights("RMSNorm", shape, options, false));
  }
}

/** How to make a {@link GroupNorm}. */
export interface GroupNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether to scale and shift each channel; true by default. */
  channelwiseAffine?: boolean;
}

/** The weights of a {@link GroupNorm}, and what they compute. */
export class GroupNormWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** A factor per channel, 1 at first; null without. */
  weight: LayerParam | null;
  /** A term per channel, 0 at first; null without. */
  bias: LayerParam | null;
  /** Numbers of groups and channels, and what is added to variances. */
  sizes: StaticParam<{ groups: number; channels: number; eps: number }>;

  /** Checks the numbers. */
  constructor(groups: number, channels: number, options: GroupNormOptions) {
    super();
    needOptions("GroupNorm", options, ["eps", "channelwiseAffine"]);
    needNumber("GroupNorm", "eps", options.eps ?? 0, [0, Infinity]);
    needCounts("GroupNorm", { groups, channels });
    if (channels % groups !== 0) {
      throw new ShapeError(
        `Cannot make a GroupNorm: ${groups} groups of ${channels} channels ` +
          "were given, expected a number of channels that is a multiple",
      );
    }
    const { eps = 1e-5, channelwiseAffine = true } = options;
    this.weight = channelwiseAffine ? new LayerParam(ones([channels])) : null;
    this.bias = channelwiseAffine ? new LayerParam(zeros([channels])) : null;
    this.sizes = new StaticParam({ groups, channels, eps });
  }

  /** Normalises one sample. */
  override call(x: TensorLike): Tensor {
    const { groups, channels, eps } = this.sizes.get();
    const input = asTensor(x);
    if (input.ndim === 0 || input.shape[0] !== channels) {
      throw new ShapeError(
        `Cannot normalise ${
          formatAval(input)
        }: expected ${channels} channels ` +
          "on its first axis, one sample: batch with pxf.vmap, or make the " +
          "layer fit",
      );
    }
    const grouped = input.reshape(groups, input.size / groups);
    const centered = grouped.sub(grouped.mean(1, { keepdims: true }));
    const variance = centered.square().mean(1, { keepdims: true });
    const normal = centered.mul(rsqrt(variance.add(eps))).reshape(input.shape);
    const each = [channels, ...input.shape.slice(1).map(() => 1)];
    return affine(
      normal,
      this.weight?.get().reshape(each) ?? null,
      this.bias?.get().reshape(each) ?? null,
    );
  }
}

/**
 * Gives each group of channels of a sample `[channels, ...]` mean 0 and
 * variance 1, then scales and shifts each channel.
 *
 * @see Wu and He, https://arxiv.org/abs/1803.08494; equinox `GroupNorm`
 */
export class GroupNorm
  extends Layer<[x: TensorLike], Tensor, GroupNormWeights> {
  /**
   * Weights start at 1 and biases at 0.
   *
   * @throws {ShapeError} If the channels cannot be divided into the groups.
   */
  constructor(
    groups: number,
    channels: number,
    options: GroupNormOptions = {},
  ) {
    super(new GroupNormWeights(groups, channels, options));
  }
}
