/**
 * Transformations of transformations: for some parameters only, for different
 * parameters differently, or every few updates.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf, treeLeaves } from "../base/tree.ts";
import { type Tensor, where } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import { zerosOf } from "./means.ts";
import {
  type CountState,
  type GradientTransformation,
  newCount,
  nextCount,
} from "./transformation.ts";

/** The value for each leaf of `tree` of a tree that may end above the leaves. */
function spread(values: unknown, tree: unknown, action: string): unknown {
  const visit = (value: unknown, x: unknown, path: string): unknown => {
    const parts = partsOf(x);
    if (parts === null || x === null || x === undefined) return value;
    const given = partsOf(value);
    if (given === null) {
      return parts.rebuild(parts.children.map((c) => visit(value, c, "")));
    }
    const keys = given.children.map((_, i) => given.key(i));
    return parts.rebuild(parts.children.map((child, i) => {
      const key = parts.key(i);
      const at = keys.indexOf(key);
      if (at < 0) {
        throw new TreeError(
          `Cannot ${action}: nothing is given for "${path}${key}", expected a ` +
            `value for it or for what it belongs to: the tree given has ` +
            `{${keys.join(", ")}}`,
          path + key,
        );
      }
      return visit(given.children[at], child, path + key);
    }));
  };
  return visit(values, tree, "");
}

/** Picks by leaf: `tree` where `labels` has `label`, else null. */
function restrict(tree: unknown, labels: unknown, label: unknown): unknown {
  if (tree === null || tree === undefined) return null;
  const parts = partsOf(tree);
  if (parts === null) return labels === label ? tree : null;
  const below = partsOf(labels)!;
  return parts.rebuild(
    parts.children.map((c, i) => restrict(c, below.children[i], label)),
  );
}

/** The leaves of `first`, and where it has none those of `second`. */
function merge(first: unknown, second: unknown): unknown {
  if (first === null || first === undefined) return second;
  if (second === null || second === undefined) return first;
  const parts = partsOf(first);
  if (parts === null) return first;
  const below = partsOf(second)!;
  return parts.rebuild(
    parts.children.map((c, i) => merge(c, below.children[i])),
  );
}

function valuesFor(given: unknown, tree: unknown, action: string): unknown {
  const values = typeof given === "function" ? given(tree) : given;
  return spread(values, tree, action);
}

/**
 * Applies a transformation to some parameters; the updates of others stay as
 * they are.
 *
 * @param mask Booleans like the parameters or like the top of their tree, or a
 * function that makes them of the parameters.
 * @example No decay of biases
 * ```ts
 * import { addDecayedWeights, chain, masked, sgd } from "@vodes/vodes/optim";
 * const decay = masked(addDecayedWeights(1e-4), { weight: true, bias: false });
 * const optimizer = chain(decay, sgd(0.1));
 * ```
 * @throws {TreeError} If the mask has nothing for a parameter.
 * @see optax `masked`
 */
export function masked<S>(
  inner: GradientTransformation<S>,
  mask: unknown,
): GradientTransformation<S> {
  const action = "mask a transformation";
  return {
    init: (params) =>
      inner.init(restrict(params, valuesFor(mask, params, action), true)),
    update(updates, state, params) {
      const booleans = valuesFor(mask, updates, action);
      const own = restrict(updates, booleans, true);
      const [changed, next] = inner.update(
        own,
        state,
        params === undefined || params === null
          ? params
          : restrict(params, valuesFor(mask, params, action), true),
      );
      const rest = restrict(updates, booleans, false);
      return [merge(changed, rest) as typeof updates, next];
    },
  };
}

/**
 * Different transformations for different parameters.
 *
 * @param transforms Transformations by label.
 * @param labels Labels like the parameters or like the top of their tree, or a
 * function that makes them of the parameters.
 * @example
 * ```ts
 * import { adam, multiTransform, sgd } from "@vodes/vodes/optim";
 * const optimizer = multiTransform(
 *   { slow: sgd(1e-3), fast: adam(1e-2) },
 *   { encoder: "slow", decoder: "fast" },
 * );
 * ```
 * @throws {TreeError} If a label is missing or no transformation has it.
 * @see optax `multi_transform`, `partition`
 */
export function multiTransform<K extends string>(
  transforms: { readonly [L in K]: GradientTransformation },
  labels: unknown,
): GradientTransformation<{ [L in K]: unknown }> {
  const action = "transform by label";
  const names = Object.keys(transforms) as K[];
  const labelsOf = (tree: unknown): unknown => {
    const spread = valuesFor(labels, tree, action);
    for (const label of treeLeaves(spread)) {
      if (names.includes(label as K)) continue;
      throw new TreeError(
        `Cannot ${action}: ${JSON.stringify(label)} labels a parameter, ` +
          `expected one of ${names.join(", ")}: add a transformation of that ` +
          "name",
      );
    }
    return spread;
  };
  return {
    init(params) {
      const all = labelsOf(params);
      const states = names.map((name) => [
        name,
        transforms[name].init(restrict(params, all, name)),
      ]);
      return Object.fromEntries(states);
    },
    update(updates, state, params) {
      const all = labelsOf(updates);
      const own = params === undefined || params === null
        ? null
        : labelsOf(params);
      let result: unknown = mapTensors(() => null as never, updates);
      const next = { ...state };
      for (const name of names) {
        const [changed, s] = transforms[name].update(
          restrict(updates, all, name),
          state[name],
          own === null ? params : restrict(params, own, name),
        );
        next[name] = s;
        result = merge(changed, result);
      }
      return [result as typeof updates, next];
    },
  };
}

/** The state of {@link applyEvery}. */
export interface ApplyEveryState extends CountState {
  /** The sum of the updates since the last that was given. */
  gradAcc: unknown;
}

function needEvery(what: string, k: number): void {
  if (Number.isInteger(k) && k > 0) return;
  throw new TreeError(
    `Cannot ${what}: ${k} was given, expected a whole number from 1: say how ` +
      "many updates to collect",
  );
}

/**
 * Collects `k` updates and gives their sum; zeros in between.
 *
 * @throws {TreeError} If `k` is not a whole number from 1.
 * @see optax `apply_every`
 */
export function applyEvery(k = 1): GradientTransformation<ApplyEveryState> {
  needEvery("apply updates every few times", k);
  return {
    init: (params) => ({ count: newCount(), gradAcc: zerosOf(params) }),
    update(updates, { count, gradAcc }) {
      const goesOn = count.notEqual(0);
      const sum = advance(
        "collect updates",
        (acc, g) => where(goesOn, acc, 0).add(g),
        gradAcc,
        updates,
      );
      const isDue = count.equal(k - 1);
      const result = mapTensors(
        (_, acc) => where(isDue, acc, 0),
        updates,
        sum,
      );
      // Modulo k, so that it never overflows.
      const next = where(isDue, 0, count.add(1)).astype("i32");
      return [result, { count: next, gradAcc: sum }];
    },
  };
}

/** The state of {@link multiSteps}. */
export interface MultiStepsState<S> {
  /** Number of gradients collected, an i32 scalar. */
  miniStep: Tensor;
  /** Number of updates of the inner transformation, an i32 scalar. */
  gradientStep: Tensor;
  /** The state of the inner transformation. */
  inner: S;
  /** The mean of the gradients collected. */
  accGrads: unknown;
}

/**
 * Takes a step with the mean of every `k` gradients; zeros in between.
 *
 * @throws {TreeError} If `k` is not a whole number from 1.
 * @see optax `MultiSteps`
 */
export function multiSteps<S>(
  inner: GradientTransformation<S>,
  k: number,
): GradientTransformation<MultiStepsState<S>> {
  needEvery("take steps of several gradients", k);
  return {
    init: (params) => ({
      miniStep: newCount(),
      gradientStep: newCount(),
      inner: inner.init(params),
      accGrads: zerosOf(params),
    }),
    update(updates, state, params) {
      const weight = state.miniStep.add(1);
      const mean = advance(
        "collect gradients",
        (acc, g) => acc.add(g.sub(acc).div(weight)),
        state.accGrads,
        updates,
      );
      const isDue = state.miniStep.equal(k - 1);
      const own = mapTensors((_, m) => m, updates, mean);
      const [stepped, next] = inner.update(own, state.inner, params);
      const choose = (a: Tensor, b: Tensor) =>
        where(isDue, a, b).astype(b.dtype);
      const result = mapTensors((u) => where(isDue, u, 0), stepped);
      return [result as typeof updates, {
        miniStep: where(isDue, 0, weight).astype("i32"),
        gradientStep: choose(nextCount(state.gradientStep), state.gradientStep),
        inner: mapTensors(choose, next, state.inner),
        accGrads: mapTensors((m) => where(isDue, 0, m), mean),
      }];
    },
  };
}
