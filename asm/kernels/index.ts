/**
 * What the binary exports.
 */
export * from "./conv";
export * from "./gather";
export { gemm_nn, gemm_nt, gemm_scratch, gemm_tn, gemm_tt } from "./gemm";
export * from "./lanewise";
export * from "./random";
export * from "./reduce";
export * from "./scatter";
export * from "./strided";
export * from "./cumsum";
export * from "./vector_math";
export * from "./windows";
export * from "./winograd";
export { copy, fill } from "./words";
