/**
 * pxf: transforms of functions that take modules.
 *
 * @module
 */
export * from "./jit.ts";
export * from "./vmap.ts";
export * from "./value_and_grad.ts";
export * from "./grad.ts";
export * from "./scan.ts";
export { cond, switch_ as switch } from "./cond.ts";
export * from "./while_loop.ts";
export type { KwargsMask, TreeMask } from "./mask_entries.ts";
