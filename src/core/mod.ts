/**
 * px: params, modules and random keys.
 *
 * @module
 */
export * from "./module.ts";
export { BaseParam, DynamicParam } from "./param.ts";
export * from "./tensor_param.ts";
export * from "./param_dict.ts";
export { type Static, static_ as static, StaticParam } from "./static_param.ts";
export * from "./random.ts";
export * from "./paths.ts";
export { get, set, type ValueOf } from "./values.ts";
export * from "./apply.ts";
export * from "./references.ts";
export * from "./moving.ts";
export * from "./profile.ts";
export type { Phase } from "../transform/recorder.ts";
export {
  type DeviceName,
  type DeviceOptions,
  devices,
  dispose,
  init,
  type InitName,
  type KernelVariant,
  type Precision,
  type ReferenceOptions,
  type WasmOptions,
  type WebgpuOptions,
} from "../devices.ts";
export type { CommonOptions, DeviceInfo } from "../device/device.ts";
export { Callable } from "../base/callable.ts";
export {
  type NodeParts,
  TREE_NODE,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeMapWithPath,
  type TreeNode,
  type TreeStructure,
  treeUnflatten,
} from "../base/tree.ts";
