/**
 * What there is of `jax.scipy`.
 *
 * @module
 */
export * as special from "./special.ts";
export * as stats from "./stats.ts";
