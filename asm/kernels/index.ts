/**
 * What the binary exports.
 */
export * from "./conv";
export * from "./gather";
export * from "./gemm";
export { gemm_dots } from "./gemm_dots";
export { gemm_pack, transpose } from "./gemm_pack";
export * from "./lanewise";
export * from "./random";
export * from "./reduce";
export * from "./scatter";
export * from "./sort";
export * from "./strided";
export * from "./cumsum";
export * from "./vector_math";
export * from "./windows";
export * from "./winograd";
export { copy, fill } from "./words";
