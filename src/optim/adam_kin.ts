/**
 * What came after Adam: the same two moments, taken or used otherwise. A
 * parameter whose gradient is `null` keeps its part of the state.
 *
 * @module
 */
import { maximum, sign, type Tensor, where } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import {
  correction,
  fullOf,
  mean,
  meanSquare,
  overRoot,
  zerosOf,
} from "./means.ts";
import type { AdamOptions, AdamState } from "./moments.ts";
import {
  type CountState,
  type GradientTransformation,
  newCount,
  nextCount,
} from "./transformation.ts";

/** Options of {@link scaleByAdamax}. */
export interface AdamaxOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  b1?: number;
  /** Decay of the largest magnitude; 0.999 by default. */
  b2?: number;
  /** Added to magnitudes; 1e-8 by default. */
  eps?: number;
}

function zeroState(params: unknown): AdamState {
  return { count: newCount(), mu: zerosOf(params), nu: zerosOf(params) };
}

/**
 * Adam with the decaying maximum of magnitudes instead of the root of the mean
 * square.
 *
 * @see Kingma and Ba, Adam, section 7.1; optax `scale_by_adamax`
 */
export function scaleByAdamax(
  options: AdamaxOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options;
  const largest = (v: Tensor, g: Tensor) =>
    maximum(g.abs().add(eps), v.mul(b2));
  return {
    init: zeroState,
    update(updates, state) {
      const action = "update the moments of Adamax";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const nu = advance(action, largest, state.nu, updates);
      const scale = correction(b1, count);
      const divide = (_: Tensor, m: Tensor, v: Tensor) => m.mul(scale).div(v);
      return [mapTensors(divide, updates, mu, nu), { count, mu, nu }];
    },
  };
}

/** The state of {@link scaleByAmsgrad}. */
export interface AmsgradState extends AdamState {
  /** The largest `nu` so far, corrected for its start. */
  nuMax: unknown;
}

/**
 * Adam whose denominator never shrinks.
 *
 * @see Reddi et al., On the convergence of Adam, https://arxiv.org/abs/1904.09237;
 * optax `scale_by_amsgrad`
 */
export function scaleByAmsgrad(
  options: AdamOptions = {},
): GradientTransformation<AmsgradState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  return {
    init: (params) => ({ ...zeroState(params), nuMax: zerosOf(params) }),
    update(updates, state) {
      const action = "update the moments of AMSGrad";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const nu = advance(action, meanSquare(b2), state.nu, updates);
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      // Of a parameter without a gradient, nothing is newly largest.
      const now = mapTensors((_, v) => v.mul(nuScale), updates, nu);
      const nuMax = advance(action, maximum, state.nuMax, now);
      const result = mapTensors(
        (_, m, v) => overRoot(m.mul(muScale), v, eps, epsRoot),
        updates,
        mu,
        nuMax,
      );
      return [result, { count, mu, nu, nuMax }];
    },
  };
}

/**
 * Adam with the second moment of how far gradients are from their mean, to
 * which `epsRoot` is added each time. Both it and `eps` are 1e-16 by default.
 *
 * @see Zhuang et al., AdaBelief, https://arxiv.org/abs/2010.07468; optax
 * `scale_by_belief`
 */
export function scaleByBelief(
  options: AdamOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16 } = options;
  const { nesterov = false } = options;
  return {
    init: zeroState,
    update(updates, state) {
      const action = "update the moments of AdaBelief";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const errors = mapTensors((g, m) => g.sub(m), updates, mu);
      const square = (v: Tensor, e: Tensor) =>
        meanSquare(b2)(v, e).add(epsRoot);
      const nu = advance(action, square, state.nu, errors);
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      const ahead = nesterov ? correction(b1, nextCount(count)) : muScale;
      const result = mapTensors(
        (g, m, v) => {
          const direction = nesterov
            ? m.mul(ahead).mul(b1).add(g.mul(muScale).mul(1 - b1))
            : m.mul(muScale);
          return overRoot(direction, v.mul(nuScale), eps, 0);
        },
        updates,
        mu,
        nu,
      );
      return [result, { count, mu, nu }];
    },
  };
}

/** Options of {@link scaleByRadam}. */
export interface RadamOptions extends AdamOptions {
  /** Length of the average from which its variance counts; 5 by default. */
  threshold?: number;
}

/**
 * Adam that divides by the second moment only once its variance is known to be
 * small, and then by a rectified one.
 *
 * @see Liu et al., On the variance of the adaptive learning rate,
 * https://arxiv.org/abs/1908.03265; optax `scale_by_radam`
 */
export function scaleByRadam(
  options: RadamOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  const { threshold = 5, nesterov = false } = options;
  const roMost = 2 / (1 - b2) - 1;
  return {
    init: zeroState,
    update(updates, state) {
      const action = "update the moments of RAdam";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const nu = advance(action, meanSquare(b2), state.nu, updates);
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      const ahead = nesterov ? correction(b1, nextCount(count)) : muScale;
      // b2 ** count / (1 - b2 ** count)
      const weight = nuScale.sub(1);
      const ro = count.astype("f32").mul(weight).mul(-2).add(roMost);
      const rectifier = ro.sub(4).mul(ro.sub(2)).mul(roMost)
        .div(ro.mul((roMost - 4) * (roMost - 2))).sqrt();
      const isKnown = ro.greaterEqual(threshold);
      const result = mapTensors(
        (g, m, v) => {
          const direction = nesterov
            ? m.mul(ahead).mul(b1).add(g.mul(muScale).mul(1 - b1))
            : m.mul(muScale);
          const adapted = overRoot(direction, v.mul(nuScale), eps, epsRoot);
          return where(isKnown, adapted.mul(rectifier), direction);
        },
        updates,
        mu,
        nu,
      );
      return [result, { count, mu, nu }];
    },
  };
}

/** Options of {@link scaleByYogi}. */
export interface YogiOptions extends Omit<AdamOptions, "nesterov"> {
  /** Both moments before the first update; 1e-6 by default. */
  initialAccumulatorValue?: number;
}

/**
 * Adam whose second moment changes by additions, not by factors. `eps` is 1e-3
 * by default.
 *
 * @see Zaheer et al., Adaptive methods for nonconvex optimization, 2018; optax
 * `scale_by_yogi`
 */
export function scaleByYogi(
  options: YogiOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0 } = options;
  const { initialAccumulatorValue = 1e-6 } = options;
  const add = (v: Tensor, g: Tensor) => {
    const square = g.square();
    return v.sub(sign(v.sub(square)).mul(square).mul(1 - b2));
  };
  return {
    init: (params) => ({
      count: newCount(),
      mu: fullOf(params, initialAccumulatorValue),
      nu: fullOf(params, initialAccumulatorValue),
    }),
    update(updates, state) {
      const action = "update the moments of Yogi";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const nu = advance(action, add, state.nu, updates);
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      const result = mapTensors(
        (_, m, v) => overRoot(m.mul(muScale), v.mul(nuScale), eps, epsRoot),
        updates,
        mu,
        nu,
      );
      return [result, { count, mu, nu }];
    },
  };
}

/** Options of {@link scaleByAdan}. */
export interface AdanOptions {
  /** Decay of the mean of gradients; 0.98 by default. */
  b1?: number;
  /** Decay of the mean of their differences; 0.92 by default. */
  b2?: number;
  /** Decay of the mean of squares; 0.99 by default. */
  b3?: number;
  /** Added to the denominator, after the root; 1e-8 by default. */
  eps?: number;
  /** Added to the denominator under the root; 0 by default. */
  epsRoot?: number;
}

/** The state of {@link scaleByAdan}. */
export interface AdanState extends CountState {
  /** Decaying mean of gradients. */
  m: unknown;
  /** Decaying mean of differences of gradients. */
  v: unknown;
  /** Decaying mean of squares. */
  n: unknown;
  /** The gradients before. */
  g: unknown;
}

/**
 * Adam with Nesterov momentum by differences of gradients.
 *
 * @see Xie et al., Adan, https://arxiv.org/abs/2208.06677; optax
 * `scale_by_adan`
 */
export function scaleByAdan(
  options: AdanOptions = {},
): GradientTransformation<AdanState> {
  const { b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0 } = options;
  return {
    init: (params) => ({
      count: newCount(),
      m: zerosOf(params),
      v: zerosOf(params),
      n: zerosOf(params),
      g: zerosOf(params),
    }),
    update(updates, state) {
      const action = "update the moments of Adan";
      const isFirst = state.count.equal(0);
      const count = nextCount(state.count);
      const differences = mapTensors(
        (g, before) => where(isFirst, 0, g.sub(before)),
        updates,
        state.g,
      );
      const ahead = mapTensors(
        (g, difference) => g.add(difference.mul(1 - b2)),
        updates,
        differences,
      );
      const m = advance(action, mean(b1), state.m, updates);
      const v = advance(action, mean(b2), state.v, differences);
      const n = advance(action, meanSquare(b3), state.n, ahead);
      const [mScale, vScale, nScale] = [b1, b2, b3].map((b) =>
        correction(b, count)
      );
      const result = mapTensors(
        (_, m, v, n) => {
          const direction = m.mul(mScale).add(v.mul(vScale).mul(1 - b2));
          return overRoot(direction, n.mul(nScale), eps, epsRoot);
        },
        updates,
        m,
        v,
        n,
      );
      const g = advance(action, (_, g) => g, state.g, updates);
      return [result, { count, m, v, n, g }];
    },
  };
}
