/**
 * Activations, their kin and initial weights, as in `jax.nn`.
 *
 * @module
 */
export * from "./nn/activations.ts";
export * from "./nn/attention.ts";
export * as initializers from "./nn/initializers.ts";
export * from "./nn/softmax.ts";
