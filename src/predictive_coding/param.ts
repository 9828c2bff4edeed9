/**
 * The params of a Vode: its state, and a cache for what is computed from it.
 *
 * @module
 */
import { Param, ParamCache } from "../core/mod.ts";

/**
 * What says how certain the predictions of a Vode are, such as the logarithm of
 * a precision that is learned. A class of its own, so that masks can name it.
 */
export class PrecisionParam extends Param {}

/** Holds what was computed in one step, such as `u` and the energy `E`. */
export class Cache extends ParamCache {}

/**
 * The state of a Vode, which inference optimises. It is empty (null) until an
 * initialising pass gives it a value.
 *
 * @example Masks name the state and the cache each
 * ```ts
 * import { pxc, pxu } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([3]);
 * const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
 * mask.apply(vode);
 * console.log(`${vode.h} ${vode.cache}`); // VodeParam(None) Cache(params=None)
 * ```
 * @see pcax `pxc.VodeParam`
 */
export class VodeParam extends Param {
  /** The class of the cache that belongs to this kind of param. */
  static readonly Cache: typeof Cache = Cache;
}
