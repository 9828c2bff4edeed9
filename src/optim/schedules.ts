/**
 * Schedules: a number, such as a learning rate, as a function of how many
 * updates there were. Each takes a number, for plots and logs, or an i32 scalar
 * tensor, for an optimizer inside a trace. Any function of a count serves.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { schedule } from "./arithmetic.ts";
import type { Tensor } from "../numpy/mod.ts";

/** A function of the number of updates so far, for numbers and tensors. */
export interface Schedule {
  /** The value after `count` updates. */
  (count: number): number;
  /** The value after `count` updates, an i32 scalar; the result is f32. */
  (count: Tensor): Tensor;
}

/** What optimizers take as a schedule: the count is an i32 scalar. */
export type ScheduleLike = (count: Tensor) => Tensor | number;

/**
 * A constant learning rate, one that is only known when it is used (a scalar
 * tensor, such as the value of a param: changing it traces nothing again), or
 * one that changes with the count.
 */
export type LearningRate = number | Tensor | ScheduleLike;

/**
 * Always `value`.
 *
 * @example
 * ```ts
 * import { constantSchedule } from "@vodes/vodes/optim";
 * console.log(constantSchedule(0.1)(7)); // 0.1
 * ```
 */
export function constantSchedule(
  value: number,
): (count: number | Tensor) => number {
  return () => value;
}

/** Options of {@link linearSchedule} and {@link polynomialSchedule}. */
export interface LinearScheduleOptions {
  /** Number of updates before the transition starts; 0 by default. */
  transitionBegin?: number;
}

/**
 * From `initValue` to `endValue` in `transitionSteps` equal steps; stays at
 * `initValue` if there are none.
 *
 * @example
 * ```ts
 * import { linearSchedule } from "@vodes/vodes/optim";
 * const schedule = linearSchedule(1, 0, 4);
 * console.log([0, 1, 4, 9].map((count) => schedule(count))); // [1, 0.75, 0, 0]
 * ```
 * @see optax `linear_schedule`
 */
export function linearSchedule(
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options: LinearScheduleOptions = {},
): Schedule {
  return polynomialSchedule(initValue, endValue, 1, transitionSteps, options);
}

/**
 * From `initValue` to `endValue` in `transitionSteps` steps, along a power of
 * what is left of the way; stays at `initValue` if there are no steps.
 *
 * @see optax `polynomial_schedule`
 */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  options: LinearScheduleOptions = {},
): Schedule {
  const begin = Math.max(0, options.transitionBegin ?? 0);
  const steps = Math.max(0, transitionSteps);
  const end = steps > 0 ? endValue : initValue;
  return schedule((x, count) => {
    const passed = x.min(x.max(x.add(count, -begin), 0), steps);
    const left = x.add(x.mul(passed, -1 / (steps || 1)), 1);
    const way = power === 1 ? left : x.pow(left, power);
    return x.add(x.mul(way, initValue - end), end);
  });
}

/** Options of {@link cosineDecaySchedule}. */
export interface CosineDecayOptions {
  /** The last value as a fraction of the first; 0 by default. */
  alpha?: number;
  /** Power of the cosine's factor; 1 by default. */
  exponent?: number;
}

/**
 * From `initValue` down to `alpha * initValue` along half a cosine.
 *
 * @example
 * ```ts
 * import { cosineDecaySchedule } from "@vodes/vodes/optim";
 * const schedule = cosineDecaySchedule(1, 10, { alpha: 0.2 });
 * console.log([0, 5, 10, 11].map((count) => schedule(count).toFixed(2)));
 * // ["1.00", "0.60", "0.20", "0.20"]
 * ```
 *
 * @throws {ShapeError} If `decaySteps` is not positive.
 * @see optax `cosine_decay_schedule`
 */
export function cosineDecaySchedule(
  initValue: number,
  decaySteps: number,
  options: CosineDecayOptions = {},
): Schedule {
  const { alpha = 0, exponent = 1 } = options;
  if (!(decaySteps > 0)) {
    throw new ShapeError(
      `Cannot make a cosine schedule: decaySteps is ${decaySteps}, expected ` +
        `a number above 0: give the number of updates that the decay takes`,
    );
  }
  return schedule((x, count) => {
    const passed = x.mul(x.min(count, decaySteps), 1 / decaySteps);
    const cosine = x.mul(x.add(x.cos(x.mul(passed, Math.PI)), 1), 0.5);
    const decay = exponent === 1 ? cosine : x.pow(cosine, exponent);
    return x.mul(x.add(x.mul(decay, 1 - alpha), alpha), initValue);
  });
}

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** Number of updates before the decay starts; 0 by default. */
  transitionBegin?: number;
  /** Decay at once after each `transitionSteps`? By default, no. */
  staircase?: boolean;
  /** What the value does not pass; nothing by default. */
  endValue?: number;
}

/**
 * `initValue * decayRate ** (count / transitionSteps)`; always `initValue` if
 * there are no steps or the rate is 0.
 *
 * @see optax `exponential_decay`
 */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  const { staircase = false, endValue } = options;
  const begin = Math.max(0, options.transitionBegin ?? 0);
  if (!(transitionSteps > 0) || decayRate === 0) {
    return schedule((x, count) => x.add(x.mul(count, 0), initValue));
  }
  return schedule((x, count) => {
    const passed = x.max(x.add(count, -begin), 0);
    const periods = x.mul(passed, 1 / transitionSteps);
    const power = staircase ? x.floor(periods) : periods;
    const decayed = x.mul(x.exp(x.mul(power, Math.log(decayRate))), initValue);
    if (endValue === undefined) return decayed;
    return decayRate < 1 ? x.max(decayed, endValue) : x.min(decayed, endValue);
  });
}
