/**
 * IDX, the format of MNIST and Fashion-MNIST: a magic number that tells dtype
 * and rank, the sizes, the elements, all in big-endian order.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import type { Tensor } from "../numpy/mod.ts";
import { bytesOf, nameOf, refuse, type Source } from "./sources.ts";
import { hostTensor, type Samples } from "./tensors.ts";

/** How to read elements of each type: code of the magic number, size, dtype. */
const TYPES: Readonly<
  Record<
    number,
    {
      bytes: number;
      dtype: DType;
      read(view: DataView, at: number): number;
    }
  >
> = {
  0x08: { bytes: 1, dtype: "i32", read: (v, at) => v.getUint8(at) },
  0x09: { bytes: 1, dtype: "i32", read: (v, at) => v.getInt8(at) },
  0x0b: { bytes: 2, dtype: "i32", read: (v, at) => v.getInt16(at) },
  0x0c: { bytes: 4, dtype: "i32", read: (v, at) => v.getInt32(at) },
  0x0d: { bytes: 4, dtype: "f32", read: (v, at) => v.getFloat32(at) },
  0x0e: { bytes: 8, dtype: "f32", read: (v, at) => v.getFloat64(at) },
};

/**
 * Reads an IDX file, packed by gzip or not. Integers become i32, floats f32.
 *
 * @example
 * ```ts
 * import { loadIdx } from "@vodes/vodes/data";
 * const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 255);
 * console.log((await loadIdx(bytes)).toArray()); // [7, 8, 255]
 * ```
 * @param source Bytes, or a path or web address.
 * @throws {TreeError} If it is no IDX file, or not a whole one.
 */
export async function loadIdx(source: Source): Promise<Tensor> {
  const what = nameOf(source, "an IDX file");
  const bytes = await bytesOf(source, "an IDX file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 4 && view.getUint16(0) === 0
    ? TYPES[bytes[2]]
    : undefined;
  if (type === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (b) => b.toString(16));
    refuse(
      what,
      `it starts with the bytes ${start.join(" ") || "of an empty file"}`,
      "0 0, a type from 8 to e, and a rank",
      "check that it is one of MNIST's files",
    );
  }
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    refuse(what, "it ends within its sizes", "a whole file", "copy it again");
  }
  const shape = Array.from(
    { length: rank },
    (_, i) => view.getUint32(4 + 4 * i),
  );
  const size = sizeOf(shape);
  if (bytes.length !== start + size * type.bytes) {
    refuse(
      what,
      `it has ${bytes.length - start} bytes of data`,
      `${size * type.bytes} for [${shape}]`,
      "the file is damaged or incomplete, copy it again",
    );
  }
  const data: TypedArray = type.dtype === "f32"
    ? new Float32Array(size)
    : new Int32Array(size);
  for (let i = 0; i < size; i++) {
    data[i] = type.read(view, start + i * type.bytes);
  }
  return hostTensor(type.dtype, shape, data);
}

/**
 * Images and labels of MNIST, Fashion-MNIST or their kin, from two IDX files.
 *
 * @returns Images f32[n, height, width] from 0 to 1, and classes i32[n].
 * @throws {TreeError} If the files are not images and as many labels.
 */
export async function loadMnist(
  images: Source,
  labels: Source,
): Promise<Samples> {
  const [x, y] = await Promise.all([loadIdx(images), loadIdx(labels)]);
  const fits = x.ndim === 3 && y.ndim === 1 && x.shape[0] === y.shape[0] &&
    x.dtype === "i32" && y.dtype === "i32";
  if (!fits) {
    refuse(
      "MNIST",
      `the files have ${x.dtype}[${x.shape}] and ${y.dtype}[${y.shape}]`,
      "images i32[n,height,width] and labels i32[n]",
      "give the file of images first, and that of its labels",
    );
  }
  const pixels = Float32Array.from(x.dataSync(), (v) => v / 255);
  return [hostTensor("f32", x.shape, pixels), y];
}
