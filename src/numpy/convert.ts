/**
 * Tensors from what users give: data of the host, parameters, tensors.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { Tensor } from "./tensor.ts";
import { fromHost, isTensorSource, type TensorLike } from "./values/host.ts";

/** What is given as a Tensor; a tensor itself is handed through. */
export function asTensor(x: TensorLike): Tensor {
  if (x instanceof Tensor) return x;
  return new Tensor(isTensorSource(x) ? x.toTensor().value : fromHost(x));
}

/**
 * A tensor from data: a number, nested arrays or a typed array, which is
 * copied. Without `dtype`, booleans give bool, numbers without fraction i32,
 * others f32; a Float64Array gives f32, unsigned typed arrays u32.
 *
 * @example
 * ```ts
 * import { tensor } from "@vodes/vodes/numpy";
 * console.log(tensor([1, 2]).dtype); // i32
 * console.log(tensor([1, 2], "f32").dtype); // f32
 * ```
 */
export function tensor(data: TensorLike, dtype?: DType): Tensor {
  return new Tensor(fromHost(data, dtype));
}
