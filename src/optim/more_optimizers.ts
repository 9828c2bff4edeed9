/**
 * More optimizers by name: chains of the transformations of this room, with
 * optax's defaults.
 *
 * @module
 */
import {
  type AdadeltaOptions,
  type RmsOptions,
  type RssOptions,
  scaleByAdadelta,
  scaleByRms,
  scaleByRss,
  scaleBySm3,
  scaleByStddev,
} from "./adaptive.ts";
import {
  type AdamaxOptions,
  type AdanOptions,
  type RadamOptions,
  scaleByAdamax,
  scaleByAdan,
  scaleByAmsgrad,
  scaleByBelief,
  scaleByRadam,
  scaleByYogi,
  type YogiOptions,
} from "./adam_kin.ts";
import { addNoise } from "./filters.ts";
import { type AdamOptions, scaleByAdam, trace } from "./moments.ts";
import { decay, type SgdOptions } from "./optimizers.ts";
import { addDecayedWeights, scale, scaleByLearningRate } from "./scaling.ts";
import type { LearningRate } from "./schedules.ts";
import {
  type NovogradOptions,
  type RpropOptions,
  scaleByLion,
  scaleByNovograd,
  scaleByRprop,
  scaleBySign,
  scaleByTrustRatio,
} from "./signs.ts";
import {
  chain,
  type GradientTransformation,
  identity,
} from "./transformation.ts";
import { masked } from "./wrappers.ts";

/** Options of weight decay. */
export interface DecayOptions {
  /** Factor of the parameters in the update. */
  weightDecay?: number;
  /** Which parameters decay, as {@link masked} takes it; all by default. */
  mask?: unknown;
}

/** Adamax. @see {@link scaleByAdamax}; optax `adamax` */
export function adamax(
  learningRate: LearningRate,
  options: AdamaxOptions = {},
): GradientTransformation {
  return chain(scaleByAdamax(options), scaleByLearningRate(learningRate));
}

/** Adamax with weight decay, 1e-4 by default. @see optax `adamaxw` */
export function adamaxw(
  learningRate: LearningRate,
  options: AdamaxOptions & DecayOptions = {},
): GradientTransformation {
  const { weightDecay = 1e-4, mask } = options;
  return chain(
    scaleByAdamax(options),
    decay(weightDecay, mask),
    scaleByLearningRate(learningRate),
  );
}

/** AMSGrad. @see {@link scaleByAmsgrad}; optax `amsgrad` */
export function amsgrad(
  learningRate: LearningRate,
  options: Omit<AdamOptions, "nesterov"> = {},
): GradientTransformation {
  return chain(scaleByAmsgrad(options), scaleByLearningRate(learningRate));
}

/** AdaBelief. @see {@link scaleByBelief}; optax `adabelief` */
export function adabelief(
  learningRate: LearningRate,
  options: AdamOptions = {},
): GradientTransformation {
  return chain(scaleByBelief(options), scaleByLearningRate(learningRate));
}

/** Rectified Adam. @see {@link scaleByRadam}; optax `radam` */
export function radam(
  learningRate: LearningRate,
  options: RadamOptions = {},
): GradientTransformation {
  return chain(scaleByRadam(options), scaleByLearningRate(learningRate));
}

/** Yogi. @see {@link scaleByYogi}; optax `yogi` */
export function yogi(
  learningRate: LearningRate,
  options: Omit<YogiOptions, "initialAccumulatorValue"> = {},
): GradientTransformation {
  return chain(scaleByYogi(options), scaleByLearningRate(learningRate));
}

/**
 * Adan; `epsRoot` is 1e-8, and there is no weight decay, by default.
 *
 * @see {@link scaleByAdan}; optax `adan`
 */
export function adan(
  learningRate: LearningRate,
  options: AdanOptions & DecayOptions = {},
): GradientTransformation {
  const { weightDecay = 0, mask } = options;
  return chain(
    scaleByAdan({ epsRoot: 1e-8, ...options }),
    decay(weightDecay, mask),
    scaleByLearningRate(learningRate),
  );
}

/**
 * NovoGrad; `eps` is 1e-6 by default.
 *
 * @see {@link scaleByNovograd}; optax `novograd`
 */
export function novograd(
  learningRate: LearningRate,
  options: NovogradOptions = {},
): GradientTransformation {
  return chain(
    scaleByNovograd({ eps: 1e-6, ...options }),
    scaleByLearningRate(learningRate),
  );
}

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends RmsOptions, SgdOptions {
  /** Divide by the standard deviation instead? By default, no. */
  centered?: boolean;
  /** Add `eps` under the root, as by default, or after it? */
  epsInSqrt?: boolean;
}

/**
 * RMSProp, with momentum of the scaled steps if asked for.
 *
 * @example
 * ```ts
 * import { rmsprop } from "@vodes/vodes/optim";
 * const optimizer = rmsprop(1e-3, { decay: 0.95, momentum: 0.9 });
 * ```
 * @see optax `rmsprop`
 */
export function rmsprop(
  learningRate: LearningRate,
  options: RmspropOptions = {},
): GradientTransformation {
  const { momentum = null, nesterov = false, centered = false } = options;
  return chain<unknown[]>(
    centered ? scaleByStddev(options) : scaleByRms(options),
    scaleByLearningRate(learningRate),
    momentum === null ? identity() : trace(momentum, { nesterov }),
  );
}

/** Adagrad. @see {@link scaleByRss}; optax `adagrad` */
export function adagrad(
  learningRate: LearningRate,
  options: RssOptions = {},
): GradientTransformation {
  return chain(scaleByRss(options), scaleByLearningRate(learningRate));
}

/** Adadelta; no weight decay by default. @see {@link scaleByAdadelta}; optax `adadelta` */
export function adadelta(
  learningRate: LearningRate,
  options: AdadeltaOptions & DecayOptions = {},
): GradientTransformation {
  const { weightDecay = 0, mask } = options;
  return chain(
    decay(weightDecay, mask),
    scaleByAdadelta(options),
    scaleByLearningRate(learningRate),
  );
}

/**
 * Lion: signs only, so take a learning rate three to ten times smaller than
 * Adam's. Weight decay is 1e-3 by default.
 *
 * @see {@link scaleByLion}; optax `lion`
 */
export function lion(
  learningRate: LearningRate,
  options: { b1?: number; b2?: number } & DecayOptions = {},
): GradientTransformation {
  const { weightDecay = 1e-3, mask } = options;
  return chain(
    scaleByLion(options),
    decay(weightDecay, mask),
    scaleByLearningRate(learningRate),
  );
}

/**
 * Adam in which each parameter moves in proportion to its size. `eps` is 1e-6,
 * and there is no weight decay, by default.
 *
 * @see You et al., LAMB, https://arxiv.org/abs/1904.00962; optax `lamb`
 */
export function lamb(
  learningRate: LearningRate,
  options: Omit<AdamOptions, "nesterov"> & DecayOptions = {},
): GradientTransformation {
  const { weightDecay = 0, mask, ...adam } = options;
  return chain(
    scaleByAdam({ eps: 1e-6, ...adam }),
    decay(weightDecay, mask),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}

/** Options of {@link lars}. */
export interface LarsOptions extends SgdOptions {
  /** Factor of the parameters in the update; 0 by default. */
  weightDecay?: number;
  /** Which parameters decay; all by default. */
  weightDecayMask?: unknown;
  /** Factor of the ratio of norms; 1e-3 by default. */
  trustCoefficient?: number;
  /** Added to the norm of the update; 0 by default. */
  eps?: number;
  /** For which parameters the ratio is taken; all by default. */
  trustRatioMask?: unknown;
}

/**
 * Momentum in which each parameter moves in proportion to its size.
 *
 * @see You et al., LARS, https://arxiv.org/abs/1708.03888; optax `lars`
 */
export function lars(
  learningRate: LearningRate,
  options: LarsOptions = {},
): GradientTransformation {
  const { weightDecay = 0, weightDecayMask, trustRatioMask } = options;
  const { trustCoefficient = 1e-3, eps = 0 } = options;
  const { momentum = 0.9, nesterov = false } = options;
  const ratio = scaleByTrustRatio({ trustCoefficient, eps });
  return chain<unknown[]>(
    decay(weightDecay, weightDecayMask),
    trustRatioMask === undefined ? ratio : masked(ratio, trustRatioMask),
    scaleByLearningRate(learningRate),
    trace(momentum ?? 0, { nesterov }),
  );
}

/**
 * Steps in proportion to the size of parameters, which keep their size.
 *
 * @param options `minNorm`, 1e-6 by default: norms count as at least this.
 * @see Bernstein et al., On the distance between two neural networks,
 * https://arxiv.org/abs/2002.03432; optax `fromage`
 */
export function fromage(
  learningRate: number,
  options: { minNorm?: number } = {},
): GradientTransformation {
  const { minNorm = 1e-6 } = options;
  const factor = 1 / Math.sqrt(1 + learningRate ** 2);
  return chain(
    scaleByTrustRatio({ minNorm }),
    scaleByLearningRate(learningRate * factor),
    addDecayedWeights(factor - 1),
  );
}

/**
 * SM3 with a mean of updates.
 *
 * @param options `momentum`, 0.9 by default: the decay of the mean.
 * @see {@link scaleBySm3}; optax `sm3`
 */
export function sm3(
  learningRate: number,
  options: { momentum?: number } = {},
): GradientTransformation {
  return chain(scaleBySm3({ b1: options.momentum }), scale(-learningRate));
}

/** Rprop: for gradients of all samples. @see {@link scaleByRprop}; optax `rprop` */
export function rprop(
  learningRate: number,
  options: RpropOptions = {},
): GradientTransformation {
  return chain(scaleByRprop(learningRate, options), scale(-1));
}

/** Steps of one size against the signs of gradients. @see optax `sign_sgd` */
export function signSgd(learningRate: LearningRate): GradientTransformation {
  return chain(scaleBySign(), scaleByLearningRate(learningRate));
}

/** Options of {@link noisySgd}. */
export interface NoisySgdOptions {
  /** Variance of the noise at the first update; 0.01 by default. */
  eta?: number;
  /** Power by which the variance falls; 0.55 by default. */
  gamma?: number;
  /** Seed of the noise; 0 by default. */
  seed?: number;
}

/** Gradient descent with noise. @see {@link addNoise}; optax `noisy_sgd` */
export function noisySgd(
  learningRate: LearningRate,
  options: NoisySgdOptions = {},
): GradientTransformation {
  const { eta = 0.01, gamma = 0.55, seed = 0 } = options;
  return chain(addNoise(eta, gamma, seed), scaleByLearningRate(learningRate));
}
