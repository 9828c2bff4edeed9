/**
 * A function of each slice in turn.
 *
 * @module
 */
import { scan } from "../scan.ts";

/**
 * `fn` of each slice of trees of tensors along their first axis, one after the
 * other, so that it needs the memory of one; `vmap` does all at once.
 *
 * @example
 * ```ts
 * import { arange, lax, type Tensor } from "@vodes/vodes/numpy";
 * console.log(lax.map((x: Tensor) => x.mul(x), arange(4))); // 0, 1, 4, 9
 * ```
 *
 * @see `jax.lax.map`
 */
export function map<X, Y>(fn: (x: X) => Y, xs: X): Y {
  const body = (carry: null, x: X): [null, Y] => [carry, fn(x)];
  Object.defineProperty(body, "name", { value: fn.name });
  return scan<null, X, Y>(body, null, xs)[1];
}
