/**
 * Transformations that multiply updates by a number, or add a multiple of the
 * parameters to them.
 *
 * @module
 */
import { Tensor } from "../numpy/mod.ts";
import { mapTensors } from "./leafwise.ts";
import type { LearningRate, ScheduleLike } from "./schedules.ts";
import {
  type CountState,
  type EmptyState,
  type GradientTransformation,
  needParams,
  newCount,
  nextCount,
  stateless,
} from "./transformation.ts";

/**
 * Multiplies updates by `stepSize`.
 *
 * @example Adam, from its parts
 * ```ts
 * import { chain, scale, scaleByAdam } from "@vodes/vodes/optim";
 * const optimizer = chain(scaleByAdam(), scale(-0.01));
 * ```
 */
export function scale(
  stepSize: number | Tensor,
): GradientTransformation<EmptyState> {
  return stateless((updates) => mapTensors((u) => u.mul(stepSize), updates));
}

/**
 * Multiplies updates by the value of a schedule, whose count starts at 0.
 *
 * @example
 * ```ts
 * import { chain, scale, scaleBySchedule, trace } from "@vodes/vodes/optim";
 * const warmUp = scaleBySchedule((count) => count.add(1).div(100));
 * const optimizer = chain(trace(0.9), warmUp, scale(-1));
 * ```
 */
export function scaleBySchedule(
  stepSize: ScheduleLike,
): GradientTransformation<CountState> {
  return {
    init: () => ({ count: newCount() }),
    update(updates, { count }) {
      const size = stepSize(count);
      const scaled = mapTensors((u) => u.mul(size), updates);
      return [scaled, { count: nextCount(count) }];
    },
  };
}

/**
 * Multiplies updates by minus the learning rate: the last link of an
 * optimizer, which makes a step downhill of it.
 *
 * @example
 * ```ts
 * import { chain, scaleByLearningRate, trace } from "@vodes/vodes/optim";
 * const optimizer = chain(trace(0.9), scaleByLearningRate(0.1));
 * ```
 */
export function scaleByLearningRate(
  learningRate: LearningRate,
): GradientTransformation<CountState | EmptyState> {
  if (typeof learningRate === "number") return scale(-learningRate);
  if (learningRate instanceof Tensor) return scale(learningRate.neg());
  return scaleBySchedule((count) => {
    const rate = learningRate(count);
    return typeof rate === "number" ? -rate : rate.neg();
  });
}

/**
 * Adds `weightDecay` times the parameters to updates: decoupled weight decay
 * before the learning rate, or an L2 penalty at the head of a chain.
 *
 * @example
 * ```ts
 * import { addDecayedWeights, chain, sgd } from "@vodes/vodes/optim";
 * const optimizer = chain(addDecayedWeights(1e-3), sgd(0.1));
 * ```
 */
export function addDecayedWeights(
  weightDecay: number | Tensor = 0,
): GradientTransformation<EmptyState> {
  return stateless((updates, params) => {
    needParams("add decayed weights", params);
    const decay = (u: Tensor, p: Tensor) => u.add(p.mul(weightDecay));
    return mapTensors(decay, updates, params);
  });
}
