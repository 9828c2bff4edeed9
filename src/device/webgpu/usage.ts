/**
 * Constants of WebGPU. Not every library and runtime that has its types has
 * these values too.
 *
 * @module
 */

/** `GPUBufferUsage`. */
export const BUFFER = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** `GPUMapMode`. */
export const MAP_READ = 0x1;

/** `GPUShaderStage`. */
export const COMPUTE_STAGE = 0x4;
