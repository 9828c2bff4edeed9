/**
 * The optimizers users name: chains of the transformations of this room.
 *
 * @module
 */
import {
  type AdamOptions,
  type AdamState,
  scaleByAdam,
  trace,
  type TraceState,
} from "./moments.ts";
import { addDecayedWeights, scaleByLearningRate } from "./scaling.ts";
import type { LearningRate } from "./schedules.ts";
import { masked } from "./wrappers.ts";
import {
  chain,
  type CountState,
  type EmptyState,
  type GradientTransformation,
  identity,
} from "./transformation.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Decay of the sum of gradients; null, the default, keeps no sum. */
  momentum?: number | null;
  /** Look ahead by Nesterov's method? By default, no. */
  nesterov?: boolean;
}

/** The state of {@link sgd}. */
export type SgdState = [TraceState | EmptyState, CountState | EmptyState];

/**
 * Gradient descent, with or without momentum.
 *
 * @example
 * ```ts
 * import { linearSchedule, sgd } from "@vodes/vodes/optim";
 * const plain = sgd(1e-2);
 * const cooling = sgd(linearSchedule(0.1, 0.01, 1000), { momentum: 0.9 });
 * ```
 */
export function sgd(
  learningRate: LearningRate,
  options: SgdOptions = {},
): GradientTransformation<SgdState> {
  const { momentum = null, nesterov = false } = options;
  const direction: GradientTransformation<TraceState | EmptyState> =
    momentum === null ? identity() : trace(momentum, { nesterov });
  return chain(direction, scaleByLearningRate(learningRate));
}

/**
 * Adam: steps of about the learning rate in every parameter.
 *
 * @example
 * ```ts
 * import { adam } from "@vodes/vodes/optim";
 * const optimizer = adam(1e-3, { b1: 0.95 });
 * ```
 */
export function adam(
  learningRate: LearningRate,
  options: AdamOptions = {},
): GradientTransformation<[AdamState, CountState | EmptyState]> {
  return chain(scaleByAdam(options), scaleByLearningRate(learningRate));
}

/**
 * Adam with Nesterov's method.
 *
 * @see Dozat, Incorporating Nesterov momentum into Adam, 2016; optax `nadam`
 */
export function nadam(
  learningRate: LearningRate,
  options: Omit<AdamOptions, "nesterov"> = {},
): GradientTransformation<[AdamState, CountState | EmptyState]> {
  return adam(learningRate, { ...options, nesterov: true });
}

/** Options of {@link adamw}. */
export interface AdamWOptions extends AdamOptions {
  /** Factor of the parameters in the update; 1e-4 by default. */
  weightDecay?: number;
  /**
   * Which parameters decay, as {@link masked} takes it; all by default. Biases
   * and the weights of norms are often left out.
   */
  mask?: unknown;
}

/** The state of {@link adamw}. */
export type AdamWState = [AdamState, EmptyState, CountState | EmptyState];

/**
 * Adam with decoupled weight decay, of all parameters.
 *
 * @example
 * ```ts
 * import { adamw } from "@vodes/vodes/optim";
 * const optimizer = adamw(1e-2, { weightDecay: 1e-3 });
 * ```
 */
export function adamw(
  learningRate: LearningRate,
  options: AdamWOptions = {},
): GradientTransformation<AdamWState> {
  const { weightDecay = 1e-4, mask, ...adamOptions } = options;
  return chain(
    scaleByAdam(adamOptions),
    decay(weightDecay, mask),
    scaleByLearningRate(learningRate),
  );
}

/** Weight decay of those parameters that a mask selects; of all without. */
export function decay(
  weightDecay: number,
  mask: unknown,
): GradientTransformation<EmptyState> {
  const all = addDecayedWeights(weightDecay);
  return mask === undefined ? all : masked(all, mask);
}

/**
 * Adam with Nesterov's method and decoupled weight decay.
 *
 * @see optax `nadamw`
 */
export function nadamw(
  learningRate: LearningRate,
  options: Omit<AdamWOptions, "nesterov"> = {},
): GradientTransformation<AdamWState> {
  return adamw(learningRate, { ...options, nesterov: true });
}
