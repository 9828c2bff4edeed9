/**
 * Tensors to arrays of files and back.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { TreeError } from "../base/errors.ts";
import type { NpyArray, NpyDtype } from "../base/npy.ts";
import { type NumericArray, Tensor, tensor } from "../numpy/mod.ts";

/**
 * What each type of a file becomes, where the model does not say: JAX, too,
 * takes what numpy has in 64 bits as 32 bits.
 */
const BECOMES: Readonly<Record<NpyDtype, DType>> = {
  f4: "f32",
  f8: "f32",
  i1: "i32",
  i2: "i32",
  i4: "i32",
  i8: "i32",
  u1: "u32",
  u2: "u32",
  u4: "u32",
  u8: "u32",
  b1: "bool",
};

/** What each type of a file may become. */
const FAMILY: Readonly<Record<DType, string>> = {
  f32: "f",
  i32: "iu",
  u32: "iu",
  bool: "b",
};

/** The values that fit, both ends included. */
const RANGES: Readonly<Record<DType, readonly [low: number, high: number]>> = {
  f32: [-3.4028235677973366e38, 3.4028235677973366e38],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  bool: [0, 1],
};

/** A tensor as an array of a file; its data have been read. */
export function toArray(value: Tensor, data: TypedArray): NpyArray {
  const { shape } = value;
  switch (value.dtype) {
    case "f32":
      return { dtype: "f4", shape, data: Float32Array.from(data) };
    case "i32":
      return { dtype: "i4", shape, data: Int32Array.from(data) };
    case "u32":
      return { dtype: "u4", shape, data: Uint32Array.from(data) };
    case "bool": // numpy's are bytes
      return { dtype: "b1", shape, data: Uint8Array.from(data) };
  }
}

/**
 * An array of a file as a tensor, if it can take the place of `current`. Its
 * shape must be the same. Floats of other widths are rounded to f32; integers
 * of other widths must fit; floats, integers and booleans do not mix.
 *
 * @throws {TreeError} If it cannot.
 */
export function toTensor(
  file: string,
  path: string,
  current: unknown,
  { dtype: name, shape, data }: NpyArray,
): Tensor {
  const fail = (given: string, expected: string, fix: string): never => {
    throw new TreeError(
      `Cannot load ${path} from ${file}: it ${given}, expected ` +
        `${expected}: ${fix}`,
      path,
    );
  };
  const sizes = `[${shape.join(",")}]`;
  let dtype = BECOMES[name];
  if (current instanceof Tensor) {
    const wanted = `${current.dtype}[${current.shape.join(",")}]`;
    const fits = FAMILY[current.dtype].includes(name[0]);
    const given = fits ? current.dtype : dtype;
    if (`${given}${sizes}` !== wanted) {
      fail(
        `is ${given}${sizes}`,
        `${wanted} as in the model`,
        fits
          ? "build the model with the sizes of the saved one"
          : "convert it with .astype(...)",
      );
    }
    dtype = current.dtype;
  }
  const [low, high] = RANGES[dtype];
  const numbers = typeof data[0] === "bigint" ? Array.from(data, Number) : data;
  for (let i = 0; i < numbers.length; i++) {
    const value = Number(numbers[i]);
    if ((value >= low && value <= high) || !Number.isFinite(value)) continue;
    fail(
      `holds ${data[i]}, as ${name}`,
      `what ${dtype} can hold`,
      "scale or clip it before saving",
    );
  }
  return tensor(numbers as NumericArray, dtype).reshape(shape);
}
