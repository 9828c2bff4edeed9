/**
 * Looking at values while a function runs.
 *
 * @module
 */
import { bind } from "../transform/trace.ts";
import { type TensorLike, toValue } from "./values/host.ts";

/**
 * Prints tensors when they have elements: at once outside a trace, and inside
 * a traced function every time it runs. Each `{}` of the format stands for one
 * tensor.
 */
export function print(format: string, ...tensors: TensorLike[]): void {
  bind("debugPrint", tensors.map(toValue), { format });
}
