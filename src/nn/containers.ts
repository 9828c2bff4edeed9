/**
 * Layers made of others, and of functions.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { range } from "../base/shape.ts";
import {
  BaseModule,
  Module,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import {
  asTensor,
  full,
  nn,
  type Tensor,
  type TensorLike,
  where,
} from "../numpy/mod.ts";

import { split } from "../numpy/random.ts";
import {
  needCounts,
  needFunction,
  needGenerator,
  needOptions,
} from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";
import { type Features, LinearWeights } from "./linear.ts";

/** What {@link Sequential} is made of: modules, and functions of one tensor. */
export type Stage = BaseModule<[x: Tensor], Tensor> | ((x: Tensor) => Tensor);

/**
 * Layers one after the other.
 *
 * @example
 * ```ts
 * import { jax, jnp, pxnn } from "@vodes/vodes";
 *
 * const model = new pxnn.Sequential([
 *   new pxnn.Linear(2, 8),
 *   jax.nn.relu,
 *   new pxnn.Linear(8, 1),
 * ]);
 * console.log(model(jnp.ones([2])).shape); // [1]
 * ```
 * @see equinox `Sequential`
 */
export class Sequential extends Module<[x: TensorLike], Tensor> {
  /** The layers; functions are kept as {@link Lambda}s. */
  layers: BaseModule<[x: Tensor], Tensor>[];

  /**
   * Of some layers and functions, in order.
   *
   * @throws {ShapeError} If one is neither.
   */
  constructor(stages: readonly Stage[]) {
    super();
    if (!Array.isArray(stages)) {
      throw new ShapeError(
        `Cannot make a Sequential: ${String(stages)} was given, expected a ` +
          "list of layers and functions",
      );
    }
    this.layers = stages.map((stage, i) => {
      if (stage instanceof BaseModule) return stage;
      if (typeof stage === "function") return new Lambda(stage);
      throw new ShapeError(
        `Cannot make a Sequential: element ${i} is ${JSON.stringify(stage)}, ` +
          "expected a layer or a function of one tensor",
      );
    });
  }

  /** Applies all layers to one sample. */
  override call(x: TensorLike): Tensor {
    return this.layers.reduce((y, layer) => layer.call(y), asTensor(x));
  }
}

/**
 * A function as a layer.
 *
 * @see equinox `Lambda`
 */
export class Lambda extends Module<[x: Tensor], Tensor> {
  /** The function. */
  fn: StaticParam<(x: Tensor) => Tensor>;

  /** Of a function of one tensor. */
  constructor(fn: (x: Tensor) => Tensor) {
    super();
    needFunction("Lambda", "fn", fn, "a function of one tensor");
    this.fn = new StaticParam(fn);
  }

  /** Applies the function. */
  override call(x: Tensor): Tensor {
    return this.fn.get()(x);
  }
}

/** Gives what it gets. @see equinox `Identity` */
export class Identity extends Module<[x: TensorLike], Tensor> {
  /** The sample itself. */
  override call(x: TensorLike): Tensor {
    return asTensor(x);
  }
}

/** The weight of a {@link PReLU}, and what it computes. */
export class PReLUWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** The slope below 0, a scalar. */
  negative_slope: LayerParam;

  /** With that slope at first. */
  constructor(slope: number) {
    super();
    this.negative_slope = new LayerParam(full([], slope, "f32"));
  }

  /** Applies it to one sample. */
  override call(x: TensorLike): Tensor {
    const input = asTensor(x);
    const below = input.mul(this.negative_slope);
    return where(input.greaterEqual(0), input, below);
  }
}

/**
 * Leaky ReLU whose slope is learned; 0.25 at first by default.
 *
 * @see He et al., https://arxiv.org/abs/1502.01852; equinox `PReLU`
 */
export class PReLU extends Layer<[x: TensorLike], Tensor, PReLUWeights> {
  /** With that slope at first. */
  constructor(initAlpha = 0.25) {
    super(new PReLUWeights(initAlpha));
  }
}

/** How to make an {@link MLP}. */
export interface MLPOptions {
  /** After each hidden layer; ReLU by default. */
  activation?: (x: Tensor) => Tensor;
  /** After the last layer; nothing by default. */
  finalActivation?: (x: Tensor) => Tensor;
  /** Whether hidden layers have biases; true by default. */
  useBias?: boolean;
  /** Whether the last layer has a bias; true by default. */
  useFinalBias?: boolean;
  /** Where the key for the initial weights is drawn; `RKG` by default. */
  rkg?: RandomKeyGenerator;
}

/** The weights of an {@link MLP}, and what they compute. */
export class MLPWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** The linear layers. */
  layers: LinearWeights[];
  /** What comes after each but the last, and after that. */
  activations: StaticParam<
    readonly [(x: Tensor) => Tensor, (x: Tensor) => Tensor]
  >;

  /** Draws one key, and from it those of all layers. */
  constructor(
    inSize: Features,
    outSize: Features,
    width: number,
    depth: number,
    options: MLPOptions,
  ) {
    super();
    needOptions("MLP", options, [
      ..."activation finalActivation useBias useFinalBias rkg".split(" "),
    ]);
    needCounts("MLP", { width });
    needCounts("MLP", { depth }, 0);
    const { activation = nn.relu, finalActivation = nn.identity } = options;
    const { useBias = true, useFinalBias = true, rkg = RKG } = options;
    needFunction("MLP", "activation", activation, "a function of one tensor");
    const last = "a function of one tensor";
    needFunction("MLP", "finalActivation", finalActivation, last);
    needGenerator("MLP", rkg);
    const keys = split(rkg(), depth + 1);
    this.layers = range(depth + 1).map((i) =>
      new LinearWeights(
        i === 0 ? inSize : width,
        i === depth ? outSize : width,
        { bias: i === depth ? useFinalBias : useBias, key: keys.at(i) },
      )
    );
    this.activations = new StaticParam([activation, finalActivation] as const);
  }

  /** The output for one sample. */
  override call(x: TensorLike): Tensor {
    const [activation, final] = this.activations.get();
    return this.layers.reduce((y, layer, i) => {
      const act = i === this.layers.length - 1 ? final : activation;
      return act(layer.call(y));
    }, asTensor(x));
  }
}

/**
 * A perceptron of `depth` hidden layers of `width` elements.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 * console.log(new pxnn.MLP(2, 3, 16, 2)(jnp.ones([2])).shape); // [3]
 * ```
 * @see equinox `MLP`
 */
export class MLP extends Layer<[x: TensorLike], Tensor, MLPWeights> {
  /**
   * Draws the initial weights, those of {@link LinearWeights}.
   *
   * @throws {ShapeError} If width or depth are no such numbers.
   */
  constructor(
    inSize: Features,
    outSize: Features,
    width: number,
    depth: number,
    options: MLPOptions = {},
  ) {
    super(new MLPWeights(inSize, outSize, width, depth, options));
  }
}
