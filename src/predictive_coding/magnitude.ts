/**
 * The absolute value of energies.
 *
 * @module
 */
import { abs, type Tensor, where } from "../numpy/mod.ts";

/**
 * `|x|` with the derivative 0 at 0, in the middle of its two sides: a state
 * that is where it should be stays there. That of `jnp.abs` is 1, as in JAX.
 */
export function magnitude(x: Tensor): Tensor {
  return where(x.equal(0), 0, abs(x));
}
