/**
 * Element types. Every element takes four bytes on every device (a bool is the
 * u32 0 or 1), so a buffer's size never depends on its dtype.
 *
 * @module
 */

/** Element type of a tensor. */
export type DType = "f32" | "i32" | "u32" | "bool";

/**
 * Storage of a tensor's elements on the host. An f32 tensor has a Float64Array
 * only on the reference device in its float64 mode.
 */
export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** Bytes per element, the same for every dtype. */
export const ELEMENT_BYTES = 4;

/**
 * Small arrays are cut from slabs, because engines take microseconds for a
 * buffer. A slab lives as long as anything that was cut from it.
 */
const SLAB_BYTES = 16384;
const MOST_CUT = 1024;
const LINE = 16;
let slab = new ArrayBuffer(0);
let cut = 0;

/**
 * Allocates zeroed host storage for `size` elements of `dtype`. Its buffer may
 * hold other things too: users get copies.
 */
export function allocate(dtype: DType, size: number): TypedArray {
  const bytes = ELEMENT_BYTES * size;
  if (bytes > MOST_CUT) return view(dtype, new ArrayBuffer(bytes), 0, size);
  if (cut + bytes > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES);
    cut = 0;
  }
  const at = cut;
  cut += Math.ceil(bytes / LINE) * LINE;
  return view(dtype, slab, at, size);
}

/** A typed view of `size` elements of `buffer` from `byteOffset`. */
export function view(
  dtype: DType,
  buffer: ArrayBuffer,
  byteOffset: number,
  size: number,
): TypedArray {
  if (dtype === "f32") return new Float32Array(buffer, byteOffset, size);
  return dtype === "i32"
    ? new Int32Array(buffer, byteOffset, size)
    : new Uint32Array(buffer, byteOffset, size);
}

/** Whether gradients can flow through values of this dtype. */
export function isFloat(dtype: DType): boolean {
  return dtype === "f32";
}

/** Whether the dtype is a signed or unsigned integer. */
export function isInteger(dtype: DType): boolean {
  return dtype === "i32" || dtype === "u32";
}

const RANK: Record<DType, number> = { bool: 0, u32: 1, i32: 2, f32: 3 };

/**
 * The common dtype of two tensors, as JAX promotes with 64-bit types off:
 * bool < u32 < i32 < f32.
 */
export function promote(a: DType, b: DType): DType {
  return RANK[a] >= RANK[b] ? a : b;
}

/** The value a JS number takes when stored as `dtype`. */
export function round(dtype: DType, value: number): number {
  if (dtype === "f32") return Math.fround(value);
  if (dtype === "i32") return value | 0;
  return dtype === "u32" ? value >>> 0 : value !== 0 ? 1 : 0;
}
