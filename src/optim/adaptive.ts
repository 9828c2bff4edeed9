/**
 * Transformations that scale each element of a gradient by what its squares
 * were: RMSProp, Adagrad, Adadelta, SM3.
 *
 * @module
 */
import { range } from "../base/shape.ts";
import { treeLeaves } from "../base/tree.ts";
import { rsqrt } from "../numpy/lax.ts";
import { minimum, type Tensor, where, zeros } from "../numpy/mod.ts";
import { advance, mapTensors } from "./leafwise.ts";
import { fullOf, mean, meanSquare, overRoot, zerosOf } from "./means.ts";
import type { GradientTransformation } from "./transformation.ts";

/** Options of {@link scaleByRms} and {@link scaleByStddev}. */
export interface RmsOptions {
  /** Decay of the means; 0.9 by default. */
  decay?: number;
  /** Added to the denominator; 1e-8 by default. */
  eps?: number;
  /** The mean of squares before the first update; 0 by default. */
  initialScale?: number;
}

/** The state of {@link scaleByRms}. */
export interface RmsState {
  /** Decaying mean of squares, a tree like the parameters. */
  nu: unknown;
}

/**
 * Divides gradients by the root of their decaying mean square.
 *
 * @see Hinton, RMSProp; optax `scale_by_rms`
 */
export function scaleByRms(
  options: RmsOptions & {
    /** Add `eps` under the root, as by default, or after it? */
    epsInSqrt?: boolean;
  } = {},
): GradientTransformation<RmsState> {
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } =
    options;
  return {
    init: (params) => ({ nu: fullOf(params, initialScale) }),
    update(updates, state) {
      const action = "update mean squares";
      const nu = advance(action, meanSquare(decay), state.nu, updates);
      const divide = (g: Tensor, v: Tensor) =>
        epsInSqrt ? g.mul(rsqrt(v.add(eps))) : overRoot(g, v, eps, 0);
      return [mapTensors(divide, updates, nu), { nu }];
    },
  };
}

/** The state of {@link scaleByStddev}. */
export interface StddevState extends RmsState {
  /** Decaying mean, a tree like the parameters. */
  mu: unknown;
}

/**
 * Divides gradients by their decaying standard deviation.
 *
 * @see Graves, Generating sequences with recurrent neural networks,
 * https://arxiv.org/abs/1308.0850; optax `scale_by_stddev`
 */
export function scaleByStddev(
  options: RmsOptions = {},
): GradientTransformation<StddevState> {
  const { decay = 0.9, eps = 1e-8, initialScale = 0 } = options;
  return {
    init: (params) => ({
      mu: zerosOf(params),
      nu: fullOf(params, initialScale),
    }),
    update(updates, state) {
      const action = "update deviations";
      const mu = advance(action, mean(decay), state.mu, updates);
      const nu = advance(action, meanSquare(decay), state.nu, updates);
      const divide = (g: Tensor, m: Tensor, v: Tensor) =>
        g.mul(rsqrt(v.sub(m.square()).add(eps)));
      return [mapTensors(divide, updates, mu, nu), { mu, nu }];
    },
  };
}

/** The state of {@link scaleByRss}. */
export interface RssState {
  /** Sum of squares, a tree like the parameters. */
  sumOfSquares: unknown;
}

/** Options of {@link scaleByRss}. */
export interface RssOptions {
  /** The sum before the first update; 0.1 by default. */
  initialAccumulatorValue?: number;
  /** Added under the root; 1e-7 by default. */
  eps?: number;
}

/** `1 / sqrt(sum + eps)`, but 0 where nothing was summed. */
function inverseRoot(sum: Tensor, eps: number): Tensor {
  return where(sum.greater(0), rsqrt(sum.add(eps)), 0);
}

/**
 * Divides gradients by the root of the sum of all their squares.
 *
 * @see Duchi et al., Adaptive subgradient methods, 2011; optax `scale_by_rss`
 */
export function scaleByRss(
  options: RssOptions = {},
): GradientTransformation<RssState> {
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options;
  return {
    init: (params) => ({
      sumOfSquares: fullOf(params, initialAccumulatorValue),
    }),
    update(updates, state) {
      const sumOfSquares = advance(
        "update sums of squares",
        (sum, g) => sum.add(g.square()),
        state.sumOfSquares,
        updates,
      );
      const divide = (g: Tensor, sum: Tensor) => g.mul(inverseRoot(sum, eps));
      return [mapTensors(divide, updates, sumOfSquares), { sumOfSquares }];
    },
  };
}

/** The state of {@link scaleByAdadelta}. */
export interface AdadeltaState {
  /** Decaying mean of squared gradients. */
  eG: unknown;
  /** Decaying mean of squared updates. */
  eX: unknown;
}

/** Options of {@link scaleByAdadelta}. */
export interface AdadeltaOptions {
  /** Decay of both means; 0.9 by default. */
  rho?: number;
  /** Added under the roots; 1e-6 by default. */
  eps?: number;
}

/**
 * Scales gradients by the ratio of the mean sizes of updates and gradients.
 *
 * @see Zeiler, Adadelta, https://arxiv.org/abs/1212.5701; optax
 * `scale_by_adadelta`
 */
export function scaleByAdadelta(
  options: AdadeltaOptions = {},
): GradientTransformation<AdadeltaState> {
  const { rho = 0.9, eps = 1e-6 } = options;
  return {
    init: (params) => ({ eG: zerosOf(params), eX: zerosOf(params) }),
    update(updates, state) {
      const action = "update the means of Adadelta";
      const eG = advance(action, meanSquare(rho), state.eG, updates);
      const result = mapTensors(
        (g, squares, steps) =>
          steps.add(eps).sqrt().div(squares.add(eps).sqrt()).mul(g),
        updates,
        eG,
        state.eX,
      );
      const eX = advance(action, meanSquare(rho), state.eX, result);
      return [result, { eG, eX }];
    },
  };
}

/** The state of {@link scaleBySm3}. */
export interface Sm3State {
  /** Per axis a tree like the parameters: the largest sums along that axis. */
  mu: readonly unknown[];
  /** Decaying mean of the updates. */
  nu: unknown;
}

/** Options of {@link scaleBySm3}. */
export interface Sm3Options {
  /** Decay of the mean of updates; 0.9 by default. */
  b1?: number;
  /** Decay of the sums of squares; 1, none, by default. */
  b2?: number;
  /** Added under the root; 1e-8 by default. */
  eps?: number;
}

/**
 * Adagrad whose sums of squares need memory for one slice per axis only.
 *
 * @see Anil et al., Memory-efficient adaptive optimization,
 * https://arxiv.org/abs/1901.11150; optax `scale_by_sm3`
 */
export function scaleBySm3(
  options: Sm3Options = {},
): GradientTransformation<Sm3State> {
  const { b1 = 0.9, b2 = 1, eps = 1e-8 } = options;
  const weight = b2 === 1 ? 1 : 1 - b2;
  const axesOf = (x: Tensor) => range(Math.max(1, x.ndim));
  const spread = (x: Tensor, axis: number, rank: number) =>
    x.reshape(...range(rank).map((i) => i === axis ? x.size : 1));
  const along = (x: Tensor, axis: number) =>
    x.ndim < 2 ? x : x.max(range(x.ndim).filter((other) => other !== axis));
  return {
    init(params) {
      const ranks = treeLeaves(params).map((p) => (p as Tensor).ndim);
      const slice = (axis: number) => (p: Tensor) =>
        zeros(axis < p.ndim ? [p.shape[axis]] : []);
      const axes = range(Math.max(1, ...ranks));
      const mu = axes.map((axis) => mapTensors(slice(axis), params));
      return { mu, nu: zerosOf(params) };
    },
    update(updates, state) {
      const action = "update the sums of SM3";
      const sums = mapTensors(
        (g, ...mu) => {
          const least = axesOf(g).map((axis) => spread(mu[axis], axis, g.ndim))
            .reduce((a, b) => minimum(a, b));
          return g.square().mul(weight).add(least.mul(b2));
        },
        updates,
        ...state.mu,
      );
      const scaled = mapTensors(
        (g, sum) => g.mul(inverseRoot(sum, eps)),
        updates,
        sums,
      );
      const nu = advance(action, mean(b1), state.nu, scaled);
      const mu = state.mu.map((tree, axis) =>
        advance(
          action,
          (old, sum) => axis < axesOf(sum).length ? along(sum, axis) : old,
          tree,
          sums,
        )
      );
      return [mapTensors((_, n) => n, updates, nu), { mu, nu }];
    },
  };
}
