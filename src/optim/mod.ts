/**
 * Optimizers in the manner of optax: pure functions on pytrees of tensors,
 * built by chaining gradient transformations, with schedules for what changes
 * over time. The formulas, and so the numbers, are optax's.
 *
 * @example
 * ```ts
 * import { adamw, applyUpdates } from "@vodes/vodes/optim";
 * import { tensor } from "@vodes/vodes/numpy";
 *
 * const optimizer = adamw(0.1);
 * const params = { w: tensor([1, -1], "f32") };
 * const gradients = { w: tensor([0.5, -3], "f32") };
 * const [updates, _state] = optimizer.update(
 *   gradients,
 *   optimizer.init(params),
 *   params,
 * );
 * console.log(applyUpdates(params, updates).w.toArray()); // about [.9, -.9]
 * ```
 *
 * @module
 */
export { clip, clipByGlobalNorm } from "./clipping.ts";
export {
  type AdamOptions,
  type AdamState,
  scaleByAdam,
  trace,
  type TraceOptions,
  type TraceState,
} from "./moments.ts";
export {
  adam,
  adamw,
  type AdamWOptions,
  type AdamWState,
  sgd,
  type SgdOptions,
  type SgdState,
} from "./optimizers.ts";
export {
  addDecayedWeights,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
} from "./scaling.ts";
export {
  constantSchedule,
  type CosineDecayOptions,
  cosineDecaySchedule,
  type LearningRate,
  linearSchedule,
  type LinearScheduleOptions,
  type Schedule,
  type ScheduleLike,
} from "./schedules.ts";
export {
  applyUpdates,
  chain,
  type CountState,
  type EmptyState,
  type GradientTransformation,
  identity,
} from "./transformation.ts";
