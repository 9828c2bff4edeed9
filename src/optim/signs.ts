/**
 * Transformations that keep little of a gradient but its signs, or its size as
 * a whole: sign descent, Lion, Rprop, NovoGrad, trust ratios.
 *
 * @module
 */
import { clip, sign, type Tensor, where } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import { fullOf, mean, zerosOf } from "./means.ts";
import {
  type CountState,
  type EmptyState,
  type GradientTransformation,
  needParams,
  newCount,
  nextCount,
  stateless,
} from "./transformation.ts";

/** Replaces gradients by their signs. @see optax `scale_by_sign` */
export function scaleBySign(): GradientTransformation<EmptyState> {
  return stateless((updates) => mapTensors((g) => sign(g), updates));
}

/** The state of {@link scaleByLion}. */
export interface LionState {
  /** Decaying mean of gradients. */
  mu: unknown;
}

/**
 * Replaces gradients by the signs of a mean of them and their own mean.
 *
 * @param options `b1` (0.9) weighs the mean in the update, `b2` (0.99) is its
 * decay.
 * @see Chen et al., Symbolic discovery of optimization algorithms,
 * https://arxiv.org/abs/2302.06675; optax `scale_by_lion`
 */
export function scaleByLion(
  options: { b1?: number; b2?: number } = {},
): GradientTransformation<LionState> {
  const { b1 = 0.9, b2 = 0.99 } = options;
  const between = mean(b1);
  return {
    init: (params) => ({ mu: zerosOf(params) }),
    update(updates, state) {
      const result = mapTensors(
        (g, m) => sign(between(m, g)),
        updates,
        state.mu,
      );
      const mu = advance("update means", mean(b2), state.mu, updates);
      return [result, { mu }];
    },
  };
}

/** Options of {@link scaleByRprop}. */
export interface RpropOptions {
  /** Factor of the step where the sign changes; 0.5 by default. */
  etaMinus?: number;
  /** Factor of the step where the sign stays; 1.2 by default. */
  etaPlus?: number;
  /** The smallest step; 1e-6 by default. */
  minStepSize?: number;
  /** The largest step; 50 by default. */
  maxStepSize?: number;
}

/** The state of {@link scaleByRprop}. */
export interface RpropState {
  /** The step of each element. */
  stepSizes: unknown;
  /** The steps that come next. */
  prevUpdates: unknown;
}

/**
 * Steps of a size for each element that grows while the sign of its gradient
 * stays and shrinks where it changes. As optax 0.2.8 does, an update gives the
 * steps that the one before computed.
 *
 * @see Riedmiller and Braun, Rprop, 1993; optax `scale_by_rprop`
 */
export function scaleByRprop(
  learningRate: number,
  options: RpropOptions = {},
): GradientTransformation<RpropState> {
  const { etaMinus = 0.5, etaPlus = 1.2 } = options;
  const { minStepSize = 1e-6, maxStepSize = 50 } = options;
  return {
    init: (params) => ({
      stepSizes: fullOf(params, learningRate),
      prevUpdates: zerosOf(params),
    }),
    update(updates, state) {
      const action = "update steps";
      const agreements = mapTensors(
        (g, before) => g.mul(before),
        updates,
        state.prevUpdates,
      );
      const resize = (step: Tensor, agreement: Tensor) => {
        const factor = where(agreement.greater(0), etaPlus, etaMinus);
        const resized = clip(step.mul(factor), minStepSize, maxStepSize);
        return where(agreement.equal(0), step, resized);
      };
      const stepSizes = advance(action, resize, state.stepSizes, agreements);
      const steps = mapTensors(
        (g, agreement, step) => where(agreement.less(0), 0, step.mul(sign(g))),
        updates,
        agreements,
        stepSizes,
      );
      const result = mapTensors(
        (agreement, before) => where(agreement.less(0), 0, before),
        agreements,
        state.prevUpdates,
      );
      const take = (_: Tensor, step: Tensor) => step;
      const prevUpdates = advance(action, take, state.prevUpdates, steps);
      return [result as typeof updates, { stepSizes, prevUpdates }];
    },
  };
}

/** Options of {@link scaleByNovograd}. */
export interface NovogradOptions {
  /** Decay of the sum of scaled gradients; 0.9 by default. */
  b1?: number;
  /** Decay of the mean of squared norms; 0.25 by default. */
  b2?: number;
  /** Added to the norm, after the root; 1e-8 by default. */
  eps?: number;
  /** Added to the mean of squared norms; 0 by default. */
  epsRoot?: number;
  /** Factor of the parameters in the sum; 0 by default. */
  weightDecay?: number;
}

/** The state of {@link scaleByNovograd}. */
export interface NovogradState extends CountState {
  /** Decaying sum of scaled gradients. */
  mu: unknown;
  /** Decaying mean of squared norms, a scalar per parameter. */
  nu: unknown;
}

/**
 * Momentum of gradients that are divided by the norm of their whole parameter.
 *
 * @throws {TreeError} If `update` gets no parameters.
 * @see Ginsburg et al., NovoGrad, https://arxiv.org/abs/1905.11286; optax
 * `scale_by_novograd`
 */
export function scaleByNovograd(
  options: NovogradOptions = {},
): GradientTransformation<NovogradState> {
  const { b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0 } = options;
  const { weightDecay = 0 } = options;
  return {
    init: (params) => ({
      count: newCount(),
      mu: zerosOf(params),
      nu: mapTensors((p) => p.mul(0).sum(), params),
    }),
    update(updates, state, params) {
      needParams("scale by NovoGrad", params);
      const action = "update the moments of NovoGrad";
      const isFirst = state.count.equal(0);
      const norms = mapTensors((g) => g.square().sum(), updates);
      const nu = advance(
        action,
        (v, norm) => where(isFirst, norm, mean(b2)(v, norm)),
        state.nu,
        norms,
      );
      const scaled = mapTensors(
        (g, v, p) =>
          g.div(v.add(epsRoot).sqrt().add(eps)).add(p.mul(weightDecay)),
        updates,
        nu,
        params,
      );
      const mu = advance(
        action,
        (m, s) => where(isFirst, s, m.mul(b1).add(s)),
        state.mu,
        scaled,
      );
      const result = mapTensors((_, m) => m, updates, mu);
      return [result, { count: nextCount(state.count), mu, nu }];
    },
  };
}

/** Options of {@link scaleByTrustRatio}. */
export interface TrustRatioOptions {
  /** Norms count as at least this; 0 by default. */
  minNorm?: number;
  /** Factor of the ratio; 1 by default. */
  trustCoefficient?: number;
  /** Added to the norm of the update; 0 by default. */
  eps?: number;
}

/**
 * Scales the update of each parameter by the ratio of their norms; by 1 where
 * one of them is 0.
 *
 * @throws {TreeError} If `update` gets no parameters.
 * @see You et al., LARS, https://arxiv.org/abs/1708.03888; optax
 * `scale_by_trust_ratio`
 */
export function scaleByTrustRatio(
  options: TrustRatioOptions = {},
): GradientTransformation<EmptyState> {
  const { minNorm = 0, trustCoefficient = 1, eps = 0 } = options;
  const normOf = (x: Tensor) => {
    const norm = x.square().sum().sqrt();
    return minNorm === 0 ? norm : norm.maximum(minNorm);
  };
  return stateless((updates, params) => {
    needParams("scale by trust ratios", params);
    return mapTensors(
      (u, p) => {
        const [size, step] = [normOf(p), normOf(u)];
        const ratio = size.mul(trustCoefficient).div(step.add(eps));
        const isNone = size.equal(0).logicalOr(step.equal(0));
        return u.mul(where(isNone, 1, ratio));
      },
      updates,
      params,
    );
  });
}
