/**
 * pxu: masks, steps, optimizers over modules, and parameter files.
 *
 * @module
 */
export * from "./m.ts";
export * from "./mask.ts";
export * from "./step.ts";
export * from "./optim.ts";
export * from "./optim_tree.ts";
export * from "./serialisation.ts";
export * from "./checkpoint.ts";
export type { Filter, Matcher, Predicate } from "../core/filter.ts";
