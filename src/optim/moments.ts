/**
 * Transformations that remember gradients: momentum, and the two moments of
 * Adam. The state of a parameter whose gradient is `null` stays as it is, so
 * that a parameter that is frozen for a while goes on where it was.
 *
 * @module
 */
import { expm1, reciprocal, type Tensor, zerosLike } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import {
  type CountState,
  type GradientTransformation,
  newCount,
  nextCount,
} from "./transformation.ts";

/** The state of {@link trace}. */
export interface TraceState {
  /** The decaying sum of gradients, a tree like the parameters. */
  trace: unknown;
}

/** Options of {@link trace}. */
export interface TraceOptions {
  /** Look ahead by Nesterov's method? By default, no. */
  nesterov?: boolean;
}

/**
 * Replaces gradients by their decaying sum, `t = g + decay * t`; with Nesterov
 * by `g + decay * t`.
 *
 * @example
 * ```ts
 * import { chain, scale, trace } from "@vodes/vodes/optim";
 * const optimizer = chain(trace(0.9, { nesterov: true }), scale(-0.1));
 * ```
 */
export function trace(
  decay: number,
  options: TraceOptions = {},
): GradientTransformation<TraceState> {
  const sum = (t: Tensor, g: Tensor) => g.add(t.mul(decay));
  return {
    init: (params) => ({ trace: mapTensors((p) => zerosLike(p), params) }),
    update(updates, state) {
      const next = advance("trace gradients", sum, state.trace, updates);
      const result = mapTensors(
        (g, t) => options.nesterov ? sum(t, g) : t,
        updates,
        next,
      );
      return [result, { trace: next }];
    },
  };
}

/** The state of {@link scaleByAdam}. */
export interface AdamState extends CountState {
  /** Decaying mean of the gradients, a tree like the parameters. */
  mu: unknown;
  /** Decaying mean of their squares, a tree like the parameters. */
  nu: unknown;
}

/** Options of {@link scaleByAdam}. */
export interface AdamOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  b1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  b2?: number;
  /** Added to the denominator, after the root; 1e-8 by default. */
  eps?: number;
  /** Added to the denominator under the root; 0 by default. */
  epsRoot?: number;
}

/**
 * Replaces gradients by `mu / (sqrt(nu + epsRoot) + eps)`, where `mu` and `nu`
 * are the decaying means of gradients and squared gradients, each divided by
 * `1 - b ** count` to correct for their start at zero.
 *
 * @example
 * ```ts
 * import { chain, scale, scaleByAdam } from "@vodes/vodes/optim";
 * const optimizer = chain(scaleByAdam({ b2: 0.99 }), scale(-0.01));
 * ```
 */
export function scaleByAdam(
  options: AdamOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  const mean = (m: Tensor, g: Tensor) => g.mul(1 - b1).add(m.mul(b1));
  const meanSquare = (v: Tensor, g: Tensor) =>
    g.square().mul(1 - b2).add(v.mul(b2));
  const zeros = (params: unknown) => mapTensors((p) => zerosLike(p), params);
  return {
    init: (params) => ({
      count: newCount(),
      mu: zeros(params),
      nu: zeros(params),
    }),
    update(updates, state) {
      const action = "update the moments of Adam";
      const count = nextCount(state.count);
      const mu = advance(action, mean, state.mu, updates);
      const nu = advance(action, meanSquare, state.nu, updates);
      // Scalars that all leaves share.
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      const result = mapTensors(
        (_, m, v) => {
          const corrected = v.mul(nuScale);
          const shifted = epsRoot === 0 ? corrected : corrected.add(epsRoot);
          return m.mul(muScale).div(shifted.sqrt().add(eps));
        },
        updates,
        mu,
        nu,
      );
      return [result, { count, mu, nu }];
    },
  };
}

/**
 * `1 / (1 - decay ** count)`: a factor, because it is one division instead of
 * one per element. As written it would cancel: with 0.999 the first value would
 * keep three of seven digits, and fewer where `pow` is approximate.
 */
function correction(decay: number, count: Tensor): Tensor {
  const minus = expm1(count.astype("f32").mul(Math.log(decay)));
  return reciprocal(minus.neg());
}
