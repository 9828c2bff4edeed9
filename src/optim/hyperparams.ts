/**
 * Hyperparameters that are part of an optimizer's state.
 *
 * @module
 */
import { Tensor, tensor } from "../numpy/mod.ts";
import type { LearningRate } from "./schedules.ts";
import {
  type CountState,
  type GradientTransformation,
  newCount,
  nextCount,
} from "./transformation.ts";

/** The state of {@link injectHyperparams}. */
export interface InjectState<K extends string, S> extends CountState {
  /** The values of the last update, f32 scalars; change them as you like. */
  hyperparams: { [P in K]: Tensor };
  /** The state of the optimizer. */
  inner: S;
}

/**
 * Keeps hyperparameters in the state of an optimizer: they can be read, and
 * those that are no schedules can be changed, without tracing anything again.
 *
 * @param make Makes the optimizer of the values, which are f32 scalars.
 * @param hyperparams Their values: numbers, scalar tensors or schedules.
 * @example
 * ```ts
 * import { adamw, injectHyperparams } from "@vodes/vodes/optim";
 * import { tensor } from "@vodes/vodes/numpy";
 *
 * const optimizer = injectHyperparams(
 *   ({ rate }) => adamw(rate, { weightDecay: 0.1 }),
 *   { rate: 1e-2 },
 * );
 * const state = optimizer.init({ w: tensor([1, 2], "f32") });
 * state.hyperparams.rate = tensor(1e-3);
 * ```
 * @see optax `inject_hyperparams`
 */
export function injectHyperparams<K extends string, S>(
  make: (hyperparams: { [P in K]: Tensor }) => GradientTransformation<S>,
  hyperparams: { readonly [P in K]: LearningRate },
): GradientTransformation<InjectState<K, S>> {
  const names = Object.keys(hyperparams) as K[];
  const valuesAt = (
    count: Tensor,
    known: { [P in K]: Tensor } | null,
  ): { [P in K]: Tensor } =>
    Object.fromEntries(names.map((name) => {
      const given = hyperparams[name];
      if (given instanceof Tensor || typeof given === "number") {
        return [name, known?.[name] ?? scalar(given)];
      }
      return [name, scalar(given(count))];
    })) as { [P in K]: Tensor };
  return {
    init(params) {
      const count = newCount();
      const values = valuesAt(count, null);
      return { count, hyperparams: values, inner: make(values).init(params) };
    },
    update(updates, state, params) {
      const values = valuesAt(state.count, state.hyperparams);
      const [result, inner] = make(values).update(updates, state.inner, params);
      const count = nextCount(state.count);
      return [result, { count, hyperparams: values, inner }];
    },
  };
}

function scalar(value: number | Tensor): Tensor {
  return value instanceof Tensor ? value.astype("f32") : tensor(value, "f32");
}
