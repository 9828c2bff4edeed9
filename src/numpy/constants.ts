/**
 * The constants of numpy.
 *
 * @module
 */

/** Half the circumference of a circle of radius 1. */
export const pi: number = Math.PI;
/** Base of the natural logarithm. */
export const e: number = Math.E;
/** Infinity. */
export const inf: number = Infinity;
/** Not a number. */
export const nan: number = NaN;
/** The limit of the harmonic series less the logarithm. */
export const eulerGamma: number = 0.5772156649015329;
