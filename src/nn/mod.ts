/**
 * pxnn: layers over single samples, with the weights as params.
 *
 * @module
 */
export * from "./adaptive_pool.ts";
export * from "./attention.ts";
export * from "./batch_norm.ts";
export * from "./containers.ts";
export * from "./conv.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./layer.ts";
export * from "./linear.ts";
export * from "./norm.ts";
export * from "./pool.ts";
export * from "./recurrent.ts";
export * from "./shared.ts";
export type { Pads, PerAxis } from "./windows.ts";
export type { RandomOptions } from "../numpy/random.ts";
export type { Padding, PaddingPairs } from "../numpy/windows.ts";
