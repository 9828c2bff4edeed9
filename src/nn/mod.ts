/**
 * pxnn: layers over single samples, with the weights as params.
 *
 * @module
 */
export * from "./conv.ts";
export * from "./layer.ts";
export * from "./linear.ts";
export * from "./pool.ts";
export * from "./shared.ts";
export type { Pads, PerAxis } from "./windows.ts";
export type { Padding, PaddingPairs } from "../numpy/windows.ts";
