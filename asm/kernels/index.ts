/**
 * What the binary exports.
 */
export * from "./gather";
export * from "./gemm";
export * from "./lanewise";
export * from "./random";
export * from "./reduce";
export * from "./scatter";
export * from "./strided";
export * from "./cumsum";
export * from "./vector_math";
export { copy, fill } from "./words";
