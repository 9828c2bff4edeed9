/**
 * Arrays of numpy as tensors.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { decodeNpy, type NpyArray, type NpyDtype } from "../base/npy.ts";
import { unzip } from "../base/zip.ts";
import type { Tensor } from "../numpy/mod.ts";
import { bytesOf, nameOf, refuse, type Source } from "./sources.ts";
import { hostTensor } from "./tensors.ts";

/** What becomes of the elements of each type. */
const BECOMES: { readonly [D in NpyDtype]: DType } = {
  f4: "f32",
  f8: "f32",
  i1: "i32",
  i2: "i32",
  i4: "i32",
  i8: "i32",
  u1: "i32",
  u2: "i32",
  u4: "u32",
  u8: "u32",
  b1: "bool",
};

function toTensor({ dtype, shape, data }: NpyArray, what: string): Tensor {
  const to = BECOMES[dtype];
  const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
  if (to === "f32") return hostTensor(to, shape, Float32Array.from(numbers));
  const [low, high] = to === "i32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 2 ** 32 - 1];
  const stray = numbers.find((n) => n < low || n > high);
  if (stray !== undefined) {
    refuse(
      what,
      `it has the number ${stray}`,
      `numbers that fit ${to}`,
      "convert it with .astype(...)",
    );
  }
  return to === "i32"
    ? hostTensor(to, shape, Int32Array.from(numbers))
    : hostTensor(to, shape, Uint32Array.from(numbers));
}

/**
 * Reads an .npy file of numpy. Floats become f32, integers i32 or u32.
 *
 * @param source Bytes, or a path or web address.
 * @throws {TreeError} If it is no such file, not a whole one, or its integers do
 * not fit.
 */
export async function loadNpy(source: Source): Promise<Tensor> {
  const what = nameOf(source, "an .npy file");
  return toTensor(decodeNpy(await bytesOf(source, "an .npy file"), what), what);
}

/**
 * Reads all arrays of an .npz file of numpy, by name.
 *
 * @param source Bytes, or a path or web address.
 * @throws {TreeError} If it is no such file, not a whole one, or integers in it
 * do not fit.
 */
export async function loadNpz(source: Source): Promise<Record<string, Tensor>> {
  const what = nameOf(source, "an .npz file");
  const files = await unzip(await bytesOf(source, "an .npz file"), what);
  return Object.fromEntries(
    [...files].map(([file, bytes]) => {
      const name = file.replace(/\.npy$/, "");
      const own = `"${name}" of ${what}`;
      return [name, toTensor(decodeNpy(bytes, own), own)];
    }),
  );
}
