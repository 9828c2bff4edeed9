/**
 * Linear: `W x + b` for one sample, with the initial weights of equinox.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import {
  BaseModule,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import {
  asTensor,
  matmul,
  type Tensor,
  type TensorLike,
} from "../numpy/mod.ts";
import { split, uniform } from "../numpy/random.ts";
import { needCounts, needGenerator, needOptions } from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";

/** A number of features, or `"scalar"` for a value of shape `[]`. */
export type Features = number | "scalar";

/** How to make a {@link Linear}. */
export interface LinearOptions {
  /** Whether to add a bias; true by default. */
  bias?: boolean;
  /** Where the key for the initial weights is drawn; `RKG` by default. */
  rkg?: RandomKeyGenerator;
  /** That key, if it is there already. */
  key?: Tensor;
}

/** The weights of a {@link Linear}, and what they compute. */
export class LinearWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** The matrix, (out, in). */
  weight: LayerParam;
  /** The bias, (out); null without. */
  bias: LayerParam | null;
  /** The numbers of features as they were given, in and out. */
  features: StaticParam<readonly [Features, Features]>;

  /** Draws one key, and from it the weight and the bias. */
  constructor(inFeatures: Features, outFeatures: Features, {
    bias = true,
    rkg = RKG,
    key,
  }: LinearOptions) {
    super();
    needGenerator("Linear", rkg);
    for (const features of [inFeatures, outFeatures]) {
      if (features !== "scalar") needCounts("Linear", { features });
    }
    const [inputs, outputs] = [inFeatures, outFeatures].map(sizeOf);
    const limit = 1 / Math.sqrt(inputs);
    const range = { minval: -limit, maxval: limit };
    // Split in two also without a bias, which leaves the weight the same.
    const keys = split(key ?? rkg(), 2);
    this.weight = new LayerParam(uniform(keys.at(0), [outputs, inputs], range));
    this.bias = bias
      ? new LayerParam(uniform(keys.at(1), [outputs], range))
      : null;
    this.features = new StaticParam([inFeatures, outFeatures] as const);
  }

  /** `weight @ x + bias` for one sample. */
  override call(x: TensorLike): Tensor {
    const [inFeatures, outFeatures] = this.features.get();
    const input = asTensor(x);
    const scalar = inFeatures === "scalar";
    const fits = scalar
      ? input.ndim === 0
      : input.ndim === 1 && input.shape[0] === inFeatures;
    if (!fits) {
      const batched = input.ndim > (scalar ? 0 : 1);
      throw new ShapeError(
        `Cannot apply Linear(${inFeatures}, ${outFeatures}) to ` +
          `${formatAval(input)}: expected f32[${scalar ? "" : inFeatures}], ` +
          "one sample: " +
          (batched
            ? "batch with pxf.vmap"
            : "reshape it, or make the layer fit"),
      );
    }
    let y = matmul(this.weight, scalar ? input.reshape(1) : input);
    if (this.bias !== null) y = y.add(this.bias);
    return outFeatures === "scalar" ? y.reshape() : y;
  }
}

/**
 * `W x + b` for one sample `x` of shape `[inFeatures]`; batches go through
 * `pxf.vmap`. Weight and bias start uniform in `±1 / sqrt(inFeatures)`.
 *
 * @example
 * ```ts
 * import { jnp, pxf, pxnn, type Tensor } from "@vodes/vodes";
 *
 * const layer = new pxnn.Linear(2, 3);
 * console.log(layer(jnp.ones([2])).shape); // [3]
 * const batched = pxf.vmap((x: Tensor) => layer(x), { inAxes: [0], outAxes: 0 });
 * console.log(batched(jnp.ones([8, 2])).shape); // [8, 3]
 * ```
 * @see pcax `pxnn.Linear`
 */
export class Linear extends Layer<[x: TensorLike], Tensor, LinearWeights> {
  /** Draws the initial weights. */
  constructor(
    inFeatures: Features,
    outFeatures: Features,
    options: LinearOptions = {},
  ) {
    needOptions("Linear", options, ["bias", "rkg", "key"]);
    super(new LinearWeights(inFeatures, outFeatures, options));
  }
}

function sizeOf(features: Features): number {
  return features === "scalar" ? 1 : features;
}
