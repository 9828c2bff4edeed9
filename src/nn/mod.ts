/**
 * pxnn: layers over single samples, with the weights as params.
 *
 * @module
 */
export * from "./layer.ts";
export * from "./linear.ts";
export * from "./shared.ts";
