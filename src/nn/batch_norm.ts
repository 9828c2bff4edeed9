/**
 * BatchNorm: normalisation over the samples of a batch, which are those of a
 * named axis of `pxf.vmap`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, range } from "../base/shape.ts";
import { Module, StaticParam } from "../core/mod.ts";
import { pmean, rsqrt } from "../numpy/lax.ts";
import {
  asTensor,
  ones,
  type Tensor,
  tensor,
  type TensorLike,
  where,
  zeros,
} from "../numpy/mod.ts";
import { needNumber, needOptions } from "./checks.ts";
import { LayerParam, LayerState } from "./layer.ts";
import { affine } from "./norm.ts";

/** How to make a {@link BatchNorm}. */
export interface BatchNormOptions {
  /** Name of the axis of samples, as given to `pxf.vmap`; "batch" by default. */
  axisName?: string;
  /** Added to variances; 1e-5 by default. */
  eps?: number;
  /** Whether to scale and shift each channel; true by default. */
  channelwiseAffine?: boolean;
  /** Decay of the running means; 0.99 by default. */
  momentum?: number;
  /**
   * What training normalises by: the statistics of the `"batch"`, by default;
   * or, as pcx 0.6.2 does, the running ones, `"ema"`, which start as those of
   * the first batch.
   */
  mode?: "batch" | "ema";
}

/**
 * Gives each channel mean 0 and variance 1 over the samples of a batch and all
 * positions, then scales and shifts it. Samples are `[channels, ...]`.
 *
 * Running statistics are state (`pxnn.LayerState`): every call changes them, but
 * for a module in evaluation (`model.eval()`), which normalises by them. Under
 * `pxf.vmap` they are not batched, so the mask has null for them.
 *
 * @example
 * ```ts
 * import { jnp, pxf, pxnn, pxu, type Tensor } from "@vodes/vodes";
 *
 * const norm = new pxnn.BatchNorm(3);
 * const batched = pxf.vmap((x: Tensor, { norm }: { norm: pxnn.BatchNorm }) =>
 *   norm(x), {
 *   mask: new pxu.Mask(pxnn.LayerParam, [null, null]),
 *   inAxes: [0],
 *   outAxes: 0,
 *   axisName: "batch",
 * });
 * console.log(batched(jnp.ones([8, 3]), { norm }).shape); // [8, 3]
 * ```
 * @see Ioffe and Szegedy, https://arxiv.org/abs/1502.03167; equinox `BatchNorm`;
 * pcx 0.6.2 `pxnn.BatchNorm`
 */
export class BatchNorm extends Module<[x: TensorLike], Tensor> {
  /** A factor per channel, 1 at first; null without. */
  weight: LayerParam | null;
  /** A term per channel, 0 at first; null without. */
  bias: LayerParam | null;
  /** Number of batches so far, i32. */
  count: LayerState;
  /** Running mean per channel. */
  mean: LayerState;
  /** Running variance per channel. */
  variance: LayerState;
  /** How it was made. */
  options: StaticParam<Required<BatchNormOptions>>;

  /**
   * For samples of that many channels.
   *
   * @throws {ShapeError} If that is not a positive number.
   */
  constructor(inputSize: number, options: BatchNormOptions = {}) {
    super();
    if (!(Number.isInteger(inputSize) && inputSize > 0)) {
      throw new ShapeError(
        `Cannot make a BatchNorm: ${inputSize} channels were given, expected ` +
          "a positive number of them",
      );
    }
    const known = "axisName eps channelwiseAffine momentum mode".split(" ");
    needOptions("BatchNorm", options, known);
    const { axisName = "batch", eps = 1e-5, momentum = 0.99 } = options;
    const { channelwiseAffine = true, mode = "batch" } = options;
    needNumber("BatchNorm", "eps", eps, [0, Infinity]);
    needNumber("BatchNorm", "momentum", momentum, [0, 1]);
    if (mode !== "batch" && mode !== "ema") {
      throw new ShapeError(
        `Cannot make a BatchNorm: the mode is "${mode}", expected "batch" or ` +
          '"ema"',
      );
    }
    const all = { axisName, eps, momentum, channelwiseAffine, mode };
    const size = [inputSize];
    this.weight = all.channelwiseAffine ? new LayerParam(ones(size)) : null;
    this.bias = all.channelwiseAffine ? new LayerParam(zeros(size)) : null;
    this.count = new LayerState(tensor(0, "i32"));
    this.mean = new LayerState(zeros(size));
    this.variance = new LayerState(ones(size));
    this.options = new StaticParam(all);
  }

  /** Normalises one sample of a batch. */
  override call(x: TensorLike): Tensor {
    const input = asTensor(x);
    const [channels] = this.mean.shape;
    if (input.ndim === 0 || input.shape[0] !== channels) {
      throw new ShapeError(
        `Cannot normalise ${
          formatAval(input)
        }: expected ${channels} channels ` +
          "on its first axis, one sample: batch with pxf.vmap(fn, { axisName: " +
          `"${this.options.get().axisName}" }), or make the layer fit`,
      );
    }
    const [mean, variance] = this.isEval ? knownBy(this) : learnBy(this, input);
    const each = [channels, ...input.shape.slice(1).map(() => 1)];
    const spread = (t: Tensor) => t.reshape(each);
    const root = rsqrt(variance.add(this.options.get().eps));
    return affine(
      input.sub(spread(mean)).mul(spread(root)),
      this.weight && spread(this.weight.get()),
      this.bias && spread(this.bias.get()),
    );
  }
}

/** Statistics to normalise by in evaluation. */
function knownBy(layer: BatchNorm): [mean: Tensor, variance: Tensor] {
  const { mode, momentum } = layer.options.get();
  const stored: [Tensor, Tensor] = [layer.mean.get(), layer.variance.get()];
  if (mode === "ema") return stored;
  const count = layer.count.get();
  // What is left of the start, which was no batch.
  const rest = tensor(momentum, "f32").pow(count.astype("f32"));
  const whole = where(count.equal(0), 1, rest.neg().add(1));
  return [stored[0].div(whole), stored[1].div(whole)];
}

/** Statistics to normalise by in training; the running ones change. */
function learnBy(
  layer: BatchNorm,
  input: Tensor,
): [mean: Tensor, variance: Tensor] {
  const { axisName, mode, momentum } = layer.options.get();
  const positions = range(input.ndim).slice(1);
  const average = (t: Tensor) => pmean(t.mean(positions), axisName);
  const each = [input.shape[0], ...positions.map(() => 1)];
  const mean = average(input);
  const variance = average(input.sub(mean.reshape(each)).square());
  const isFirst = mode === "ema" ? layer.count.get().equal(0) : null;
  const advance = (state: LayerState, batch: Tensor): Tensor => {
    const moved = batch.mul(1 - momentum).add(state.get().mul(momentum));
    const next = isFirst === null ? moved : where(isFirst, batch, moved);
    state.set(next);
    return next;
  };
  const running: [Tensor, Tensor] = [
    advance(layer.mean, mean),
    advance(layer.variance, variance),
  ];
  layer.count.set(layer.count.get().add(1));
  return mode === "ema" ? running : [mean, variance];
}
