/**
 * What an optimizer is: a pair of pure functions, of which `init` makes a state
 * for some parameters and `update` turns gradients and the state into updates
 * and the next state. Optimizers are chains of such transformations. Parameters,
 * gradients and states are pytrees of tensors, so all of it can be traced.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { Tensor } from "../numpy/mod.ts";
import { minimum, tensor } from "../numpy/mod.ts";
import { advance } from "./leafwise.ts";

/**
 * A gradient transformation, or several in a {@link chain}: an optimizer.
 *
 * @example
 * ```ts
 * import { applyUpdates, sgd } from "@vodes/vodes/optim";
 * import { tensor } from "@vodes/vodes/numpy";
 *
 * const optimizer = sgd(0.5, { momentum: 0.9 });
 * let params = { w: tensor([1, 2], "f32") };
 * let state = optimizer.init(params);
 * const gradients = { w: tensor([2, 4], "f32") };
 * let updates: typeof params;
 * [updates, state] = optimizer.update(gradients, state, params);
 * params = applyUpdates(params, updates);
 * console.log(params.w.toArray()); // [0, 0]
 * ```
 */
export interface GradientTransformation<S = unknown> {
  /** The state before the first update of `params`. */
  init(params: unknown): S;
  /**
   * The updates to add to the parameters, and the next state.
   *
   * @param updates Gradients, or the updates of the transformation before.
   * @param state What `init` or the update before returned.
   * @param params The parameters; only some transformations need them.
   */
  update<T>(updates: T, state: S, params?: unknown): [T, S];
}

/** The state of a transformation that remembers nothing. */
export type EmptyState = [];

/** The state of a transformation that only counts its updates. */
export interface CountState {
  /** Number of updates so far, an i32 scalar. */
  count: Tensor;
}

/** A transformation without state. */
export function stateless(
  update: <T>(updates: T, params: unknown) => T,
): GradientTransformation<EmptyState> {
  return {
    init: () => [],
    update: (updates, state, params) => [update(updates, params), state],
  };
}

/**
 * Leaves updates as they are.
 *
 * @example
 * ```ts
 * import { identity } from "@vodes/vodes/optim";
 * console.log(identity().update([1, 2], [])); // [[1, 2], []]
 * ```
 */
export function identity(): GradientTransformation<EmptyState> {
  return stateless((updates) => updates);
}

/**
 * Transformations one after the other; the state is the list of their states.
 *
 * @example Clipped gradients
 * ```ts
 * import { adam, chain, clipByGlobalNorm } from "@vodes/vodes/optim";
 * const optimizer = chain(clipByGlobalNorm(1), adam(1e-2));
 * ```
 */
export function chain<S extends unknown[]>(
  ...transformations: { [K in keyof S]: GradientTransformation<S[K]> }
): GradientTransformation<S> {
  const list: readonly GradientTransformation[] = transformations;
  return {
    init: (params) => list.map((t) => t.init(params)) as S,
    update(updates, state, params) {
      const next: unknown[] = [];
      list.forEach((t, i) => {
        [updates, next[i]] = t.update(updates, state[i], params);
      });
      return [updates, next as S];
    },
  };
}

/**
 * Adds updates to parameters, which keep their dtype. A parameter whose update
 * is `null` stays as it is.
 *
 * @example
 * ```ts
 * import { applyUpdates } from "@vodes/vodes/optim";
 * import { tensor } from "@vodes/vodes/numpy";
 * const params = { w: tensor([1, 2], "f32"), frozen: tensor(3, "f32") };
 * const next = applyUpdates(params, { w: tensor([0.5, 0], "f32"), frozen: null });
 * console.log(next.w.toArray(), next.frozen.toArray()); // [1.5, 2] 3
 * ```
 *
 * @throws {TreeError} If the structures differ.
 */
export function applyUpdates<T>(params: T, updates: unknown): T {
  const add = (p: Tensor, u: Tensor) => p.add(u).astype(p.dtype);
  return advance("apply updates", add, params, updates);
}

/**
 * Refuses to go on without parameters.
 *
 * @param action What was to be done, after "Cannot".
 * @throws {TreeError} If there are none.
 */
export function needParams(action: string, params: unknown): void {
  if (params !== null && params !== undefined) return;
  throw new TreeError(
    `Cannot ${action}: params is ${params}, expected the parameters: call ` +
      "update(updates, state, params)",
  );
}

/** A counter at zero. */
export function newCount(): Tensor {
  return tensor(0, "i32");
}

const LAST_COUNT = 2 ** 31 - 1;

/** The next count; the largest i32 stays, as it must not become negative. */
export function nextCount(count: Tensor): Tensor {
  return minimum(count, LAST_COUNT - 1).add(1);
}
