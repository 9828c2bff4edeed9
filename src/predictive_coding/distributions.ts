/**
 * Energies of further distributions: negative logarithms of the probability of
 * the state `h` given the input `u`, elementwise, without terms that depend on
 * neither. Those with options are made by a call: `gaussianEnergy({ ... })`.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { exp, minimum, type Tensor, type TensorLike } from "../numpy/mod.ts";
import { softplus } from "../numpy/nn.ts";
import { type EnergyFn, valuesOf } from "./energies.ts";
import { magnitude } from "./magnitude.ts";
import type { Vode } from "./vode.ts";

/** The precision of {@link gaussianEnergy}: fixed, or found at the Vode. */
export interface GaussianOptions {
  /** A fixed precision, one over the variance; 1 by default. */
  readonly precision?: TensorLike;
  /**
   * Name under which the Vode has the logarithm of the precision: a param of
   * it, which can be learned, or what is set at a call.
   */
  readonly logPrecision?: string;
}

/**
 * Squared error with a precision, `p (h - u)^2 / 2`. A precision that is fixed
 * only scales it. One that the Vode holds can be learned, so its normaliser
 * counts as well: `p (h - u)^2 / 2 - log(p) / 2`, least where `p` is one over
 * the mean squared error.
 *
 * @example A learned precision
 * ```ts
 * import { jnp, pxc } from "@vodes/vodes";
 *
 * const energyFn = pxc.gaussianEnergy({ logPrecision: "logPrecision" });
 * const logPrecision = new pxc.PrecisionParam(jnp.zeros([3]));
 * const vode = new pxc.Vode([3], energyFn, { params: { logPrecision } });
 * vode.set("h", [1, 1, 1]).set("u", [0, 0, 0]);
 * console.log(await vode.energy().item()); // 1.5
 * ```
 * @throws {TreeError} If both kinds of precision are given.
 */
export function gaussianEnergy(options: GaussianOptions = {}): EnergyFn {
  checkOptions("gaussianEnergy", options, ["precision", "logPrecision"]);
  const { precision = 1, logPrecision } = options;
  return (vode) => {
    const error = difference(vode).square().mul(0.5);
    if (logPrecision === undefined) return error.mul(precision);
    const log = vode.get(logPrecision);
    return error.mul(exp(log)).sub(log.mul(0.5));
  };
}

/** The scale of {@link laplacianEnergy}: fixed, or found at the Vode. */
export interface LaplacianOptions {
  /** A fixed scale; 1 by default. */
  readonly scale?: TensorLike;
  /** Name under which the Vode has the logarithm of the scale. */
  readonly logScale?: string;
}

/**
 * Absolute error, `|h - u| / b`: the energy of a Laplacian of scale `b`, which
 * is robust to outliers. A scale that the Vode holds can be learned, so its
 * normaliser counts as well: `|h - u| / b + log(b)`. Its derivative at
 * `h = u` is 0.
 *
 * @throws {TreeError} If both kinds of scale are given.
 */
export function laplacianEnergy(options: LaplacianOptions = {}): EnergyFn {
  checkOptions("laplacianEnergy", options, ["scale", "logScale"]);
  const { scale = 1, logScale } = options;
  return (vode) => {
    const error = magnitude(difference(vode));
    if (logScale === undefined) return error.div(scale);
    const log = vode.get(logScale);
    return error.div(exp(log)).add(log);
  };
}

/**
 * Bernoulli, `softplus(u) - h u`: binary cross entropy of `h` from 0 to 1 with
 * the logits `u`.
 *
 * @example
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const pixels = new pxc.Vode([2], pxc.bernoulliEnergy);
 * pixels.set("h", [1, 0]).set("u", [0, 0]);
 * console.log(await pixels.energy().item()); // 1.3862943649291992
 * ```
 */
export function bernoulliEnergy(vode: Vode): Tensor {
  const { h, u } = valuesOf(vode, "bernoulliEnergy");
  return softplus(u).sub(h.mul(u));
}

/** Where {@link huberEnergy} turns from square to linear. */
export interface HuberOptions {
  /** The error from which on it is linear; 1 by default. */
  readonly delta?: number;
}

/**
 * Huber: `e^2 / 2` for errors `e = |h - u|` up to `delta`, and
 * `delta (e - delta / 2)` above, so that gradients are at most `delta`.
 *
 * @throws {TreeError} If `delta` is no positive number.
 */
export function huberEnergy(options: HuberOptions = {}): EnergyFn {
  checkOptions("huberEnergy", options, ["delta"]);
  const { delta = 1 } = options;
  if (!(delta > 0)) {
    throw new TreeError(
      `Cannot make huberEnergy: delta is ${delta}, expected a positive ` +
        "number: give the error from which on it is linear",
    );
  }
  return (vode) => {
    const error = magnitude(difference(vode));
    // Of the error that counts squared, e d - d^2 / 2 is the rest's share.
    const inner = minimum(error, delta);
    return inner.mul(error.sub(inner.mul(0.5)));
  };
}

/** How far the state is from the input. */
function difference(vode: Vode): Tensor {
  const { h, u } = valuesOf(vode, "an energy");
  return h.sub(u);
}

/** Refuses a Vode in place of options, unknown ones, and two of one kind. */
function checkOptions(
  name: string,
  options: object,
  known: readonly string[],
): void {
  const names = isPlainObject(options) ? Object.keys(options) : null;
  const given = names?.filter((key) =>
    (options as Record<string, unknown>)[key] !== undefined
  );
  if (given?.every((key) => known.includes(key)) && given.length < 2) return;
  throw new TreeError(
    `Cannot make ${name}: given ${
      given === undefined ? `a ${options.constructor.name}` : `{ ${given} }`
    }, expected at most one of { ${known} }: call it with options, as in ` +
      `new pxc.Vode([3], pxc.${name}({ ${known[0]}: 2 }))`,
  );
}
