/**
 * Transformations of updates by what they are, not by what they were: their
 * mean, norm, sign or NaNs; noise; and running means.
 *
 * @module
 */
import { treeLeaves } from "../base/tree.ts";
import { range } from "../base/shape.ts";
import {
  asTensor,
  isnan,
  maximum,
  random,
  type Tensor,
  type TensorLike,
  where,
  zerosLike,
} from "../numpy/mod.ts";
import { globalNorm } from "./clipping.ts";
import { advance, mapTensors } from "./leafwise.ts";
import { correction, mean, zerosOf } from "./means.ts";
import {
  type CountState,
  type EmptyState,
  type GradientTransformation,
  needParams,
  newCount,
  nextCount,
  stateless,
} from "./transformation.ts";

/** Replaces updates by zeros: for parameters to leave alone. @see optax `set_to_zero` */
export function setToZero(): GradientTransformation<EmptyState> {
  return stateless((updates) => mapTensors((u) => zerosLike(u), updates));
}

/** Replaces NaNs in updates by zeros. @see optax `zero_nans` */
export function zeroNans(): GradientTransformation<EmptyState> {
  return stateless((updates) =>
    mapTensors((u) => where(isnan(u), 0, u), updates)
  );
}

/**
 * Subtracts from each update of two axes or more its mean over all but the
 * first.
 *
 * @see Yong et al., Gradient centralization, https://arxiv.org/abs/2004.01461;
 * optax `centralize`
 */
export function centralize(): GradientTransformation<EmptyState> {
  const center = (u: Tensor) =>
    u.ndim < 2 ? u : u.sub(u.mean(range(u.ndim).slice(1), { keepdims: true }));
  return stateless((updates) => mapTensors(center, updates));
}

/**
 * Scales all updates by one number such that their norm is `scaleFactor`.
 *
 * @param options `scaleFactor`, 1 by default, and `eps`, 1e-6, which is added
 * to the norm.
 * @see optax `normalize_by_update_norm`
 */
export function normalizeByUpdateNorm(
  options: { scaleFactor?: number; eps?: number } = {},
): GradientTransformation<EmptyState> {
  const { scaleFactor = 1, eps = 1e-6 } = options;
  return stateless((updates) => {
    const norm = globalNorm(updates);
    if (norm === null) return updates;
    const divisor = norm.add(eps).div(scaleFactor);
    return mapTensors((u) => u.div(divisor), updates);
  });
}

/**
 * Changes updates that would make a parameter negative such that it becomes 0.
 *
 * @throws {TreeError} If `update` gets no parameters.
 * @see optax `keep_params_nonnegative`
 */
export function keepParamsNonnegative(): GradientTransformation<EmptyState> {
  return stateless((updates, params) => {
    needParams("keep parameters from being negative", params);
    return mapTensors((u, p) => maximum(u, p.neg()), updates, params);
  });
}

/** The state of {@link ema}. */
export interface EmaState extends CountState {
  /** The decaying mean. */
  ema: unknown;
}

/**
 * Replaces updates by their decaying mean.
 *
 * @param options With `debias`, as by default, corrected for its start at 0.
 * @see optax `ema`
 */
export function ema(
  decay: number,
  options: { debias?: boolean } = {},
): GradientTransformation<EmaState> {
  const { debias = true } = options;
  return {
    init: (params) => ({ count: newCount(), ema: zerosOf(params) }),
    update(updates, state) {
      const next = advance("average updates", mean(decay), state.ema, updates);
      const count = nextCount(state.count);
      const scale = debias ? correction(decay, count) : 1;
      const result = mapTensors((_, m) => m.mul(scale), updates, next);
      return [result, { count, ema: next }];
    },
  };
}

/** The state of {@link addNoise}. */
export interface NoiseState extends CountState {
  /** The key of the next noise, u32[2]. */
  rngKey: Tensor;
}

/**
 * Adds normal noise of variance `eta / count ** gamma`, where `count` is 1 at
 * the first update: Langevin dynamics, with the learning rate in `eta`.
 *
 * Keys are drawn as optax 0.2.8 does: each update splits the key in two, and
 * the second into one per leaf.
 *
 * @param seed A seed, or a key.
 * @example The state optimizer of Monte Carlo predictive coding
 * ```ts
 * import { addNoise, chain, scale, trace } from "@vodes/vodes/optim";
 * const [rate, momentum, variance] = [0.1, 0.5, 1];
 * const eta = 2 * variance * (1 - momentum) / rate;
 * const optimizer = chain(addNoise(eta, 0, 7), trace(momentum), scale(-rate));
 * ```
 * @see Neelakantan et al., Adding gradient noise, https://arxiv.org/abs/1511.06807;
 * optax `add_noise`
 */
export function addNoise(
  eta: number,
  gamma: number,
  seed: number | Tensor,
): GradientTransformation<NoiseState> {
  return {
    init: () => ({
      count: newCount(),
      rngKey: typeof seed === "number" ? random.PRNGKey(seed) : seed,
    }),
    update(updates, state) {
      const count = nextCount(state.count);
      const power = count.astype("f32").pow(-gamma).mul(eta);
      const deviation = gamma === 0 ? Math.sqrt(eta) : power.sqrt();
      const [rngKey, drawn] = rows(random.split(state.rngKey));
      const keys = rows(random.split(drawn, treeLeaves(updates).length));
      let i = 0;
      const noisy = mapTensors(
        (g) => g.add(random.normal(keys[i++], g.shape).mul(deviation)),
        updates,
      );
      return [noisy, { count, rngKey }];
    },
  };
}

/** The keys of a split, one by one. */
function rows(keys: TensorLike): Tensor[] {
  const all = asTensor(keys);
  return range(all.shape[0]).map((i) => all.at(i));
}
