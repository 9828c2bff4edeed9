/**
 * What is closer to the machine, as in `jax.lax`.
 *
 * @module
 */
export * from "../lax.ts";
export * as linalg from "./linalg.ts";
export * from "./collectives.ts";
export * from "./elementwise.ts";
export * from "./maps.ts";
export * from "./reductions.ts";
export * from "./shapes.ts";
export * from "./updates.ts";
export { clz, nextafter } from "../integers.ts";
export { digamma, lgamma } from "../special.ts";
