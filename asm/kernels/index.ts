/**
 * What the binary exports.
 */
export * from "./elementwise";
export * from "./gather";
export * from "./gemm";
export * from "./random";
export * from "./reduce";
export * from "./scatter";
export * from "./softmax";
export * from "./strided";
export * from "./cumsum";
export { affine, copy, fill, iota_f32, iota_i32 } from "./words";
