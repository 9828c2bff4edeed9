/**
 * Distributions, as in `jax.scipy.stats`.
 *
 * @module
 */
export * as norm from "./norm.ts";
