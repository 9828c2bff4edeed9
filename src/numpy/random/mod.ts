/**
 * Random numbers, as in `jax.random`.
 *
 * @module
 */
export * from "../random.ts";
export * from "./choice.ts";
export * from "./distributions.ts";
export * from "./gamma.ts";
export * from "./matrices.ts";
export * from "./shuffle.ts";
