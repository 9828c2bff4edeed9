/**
 * Schedules: a number, such as a learning rate, as a function of how many
 * updates there were. Each takes a number, for plots and logs, or an i32 scalar
 * tensor, for an optimizer inside a trace. Any function of a count serves.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { clip, cos, minimum, type Tensor } from "../numpy/mod.ts";

/** A function of the number of updates so far, for numbers and tensors. */
export interface Schedule {
  /** The value after `count` updates. */
  (count: number): number;
  /** The value after `count` updates, an i32 scalar; the result is f32. */
  (count: Tensor): Tensor;
}

/** What optimizers take as a schedule: the count is an i32 scalar. */
export type ScheduleLike = (count: Tensor) => Tensor | number;

/** A constant learning rate, or one that changes with the count. */
export type LearningRate = number | ScheduleLike;

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

/** Options of {@link linearSchedule}. */
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
 */
export function linearSchedule(
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options: LinearScheduleOptions = {},
): Schedule {
  const begin = Math.max(0, options.transitionBegin ?? 0);
  const steps = Math.max(0, transitionSteps);
  const end = steps > 0 ? endValue : initValue;
  const span = initValue - end;
  const divisor = steps || 1;
  return schedule(
    (count) => {
      const passed = Math.min(Math.max(count - begin, 0), steps);
      return (1 - passed / divisor) * span + end;
    },
    (count) => {
      const passed = clip(count.sub(begin), 0, steps);
      return passed.div(divisor).mul(-1).add(1).mul(span).add(end);
    },
  );
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
  return schedule(
    (count) => {
      const passed = Math.min(count, decaySteps) / decaySteps;
      const decay = (0.5 * (1 + Math.cos(Math.PI * passed))) ** exponent;
      return initValue * ((1 - alpha) * decay + alpha);
    },
    (count) => {
      const passed = minimum(count, decaySteps).div(decaySteps);
      const cosine = cos(passed.mul(Math.PI)).add(1).mul(0.5);
      const decay = exponent === 1 ? cosine : cosine.pow(exponent);
      return decay.mul(1 - alpha).add(alpha).mul(initValue);
    },
  );
}

/** One formula for numbers and one for tensors, whose count becomes f32. */
function schedule(
  ofNumber: (count: number) => number,
  ofTensor: (count: Tensor) => Tensor,
): Schedule {
  function at(count: number): number;
  function at(count: Tensor): Tensor;
  function at(count: number | Tensor): number | Tensor {
    if (typeof count === "number") return ofNumber(count);
    return ofTensor(count.astype("f32"));
  }
  return at;
}
