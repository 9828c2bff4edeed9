/**
 * px: params, modules and random keys.
 *
 * @module
 */
export * from "./module.ts";
export { BaseParam, DynamicParam } from "./param.ts";
export * from "./tensor_param.ts";
export { type Static, static_ as static, StaticParam } from "./static_param.ts";
export * from "./random.ts";
export * from "./paths.ts";
export * from "./to_host.ts";
