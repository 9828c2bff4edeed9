/**
 * Memory of the reference device. One base of a Plan is one array of words
 * that can be seen as any dtype, so that addresses mean here what they mean on
 * every device. In float64 mode floats have an array of their own.
 *
 * @module
 */
import {
  allocate,
  type DType,
  type TypedArray,
  view,
} from "../../base/dtype.ts";

/** Precision of the reference device's f32 tensors. */
export type Precision = "f32" | "f64";

/** The words of one base, as each dtype sees them. */
export type Words = Readonly<Record<DType, TypedArray>>;

/** A NaN with a recognisable payload: what nobody wrote. */
const POISON = 0x7fc0dead;

/** `size` words that hold NaN until written. */
export function poisonedWords(size: number, precision: Precision): Words {
  const words = wordsOf(allocate("u32", size).fill(POISON), precision);
  return precision === "f32"
    ? words
    : { ...words, f32: new Float64Array(size).fill(NaN) };
}

/** `data` as words; shared with it except where floats change precision. */
export function wordsOf(data: TypedArray, precision: Precision): Words {
  if (data instanceof Float64Array) {
    if (precision === "f32") return wordsOf(Float32Array.from(data), "f32");
    return { f32: data, i32: NO_WORDS, u32: NO_WORDS, bool: NO_WORDS };
  }
  const as = (dtype: DType) =>
    view(dtype, data.buffer, data.byteOffset, data.length);
  const f32 = precision === "f32" ? as("f32") : Float64Array.from(data);
  return { f32, i32: as("i32"), u32: as("u32"), bool: as("bool") };
}

const NO_WORDS = allocate("u32", 0);
