/**
 * Transformations that remember gradients: momentum, and the two moments of
 * Adam. The state of a parameter whose gradient is `null` stays as it is, so
 * that a parameter that is frozen for a while goes on where it was.
 *
 * @module
 */
import type { Tensor } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import { correction, mean, meanSquare, overRoot, zerosOf } from "./means.ts";
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
    init: (params) => ({ trace: zerosOf(params) }),
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
  /** Look ahead by Nesterov's method? By default, no. */
  nesterov?: boolean;
}

/**
 * Replaces gradients by `mu / (sqrt(nu + epsRoot) + eps)`, where `mu` and `nu`
 * are the decaying means of gradients and squared gradients, each divided by
 * `1 - b ** count` to correct for their start at zero. With Nesterov `mu` goes
 * one step further with the gradient at hand.
 *
 * @example
 * ```ts
 * import { chain, scale, scaleByAdam } from "@vodes/vodes/optim";
 * const optimizer = chain(scaleByAdam({ b2: 0.99 }), scale(-0.01));
 * ```
 * @see Kingma and Ba, Adam, https://arxiv.org/abs/1412.6980; Dozat, Nadam
 */
export function scaleByAdam(
  options: AdamOptions = {},
): GradientTransformation<AdamState> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } =
    options;
  return {
    init: (params) => ({
      count: newCount(),
      mu: zerosOf(params),
      nu: zerosOf(params),
    }),
    update(updates, state) {
      const action = "update the moments of Adam";
      const count = nextCount(state.count);
      const mu = advance(action, mean(b1), state.mu, updates);
      const nu = advance(action, meanSquare(b2), state.nu, updates);
      // Scalars that all leaves share.
      const muScale = correction(b1, count);
      const nuScale = correction(b2, count);
      const ahead = nesterov ? correction(b1, nextCount(count)) : muScale;
      const result = mapTensors(
        (g, m, v) => {
          const direction = nesterov
            ? m.mul(ahead).mul(b1).add(g.mul(muScale).mul(1 - b1))
            : m.mul(muScale);
          return overRoot(direction, v.mul(nuScale), eps, epsRoot);
        },
        updates,
        mu,
        nu,
      );
      return [result, { count, mu, nu }];
    },
  };
}
