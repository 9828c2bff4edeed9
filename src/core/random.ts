/**
 * The random key generator: where keys come from, bit-equal to pcax.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { PRNGKey, split } from "../numpy/random.ts";
import type { Tensor } from "../numpy/tensor.ts";
import { BaseModule } from "./module.ts";
import { Param } from "./tensor_param.ts";

/**
 * The key a generator is at.
 *
 * @see pcax `RKGState`
 */
export class RKGState extends Param<Tensor> {
  /**
   * Draws `n` keys, `u32[n,2]`, and moves on: of `n + 1` keys split from the
   * state the first is the next state.
   *
   * @throws {ShapeError} If `n` is no positive integer.
   */
  split(n: number): Tensor {
    if (!Number.isInteger(n) || n < 1) {
      throw new ShapeError(
        `Cannot draw ${n} keys, expected a positive integer: ` +
          "leave the number out for a single key",
      );
    }
    const keys = split(this.get(), n + 1);
    this.set(keys.at(0));
    return keys.slice([1, n + 1]);
  }
}

/**
 * Draws fresh keys from a state that moves on. `rkg()` gives one key, `u32[2]`;
 * `rkg(n)` gives `u32[n,2]`, also for n = 1 (as pcx does; pcax drops the axis
 * there, which breaks code whose last batch has one sample).
 *
 * @example
 * ```ts
 * import { jax, px } from "@vodes/vodes";
 * const rkg = new px.RandomKeyGenerator(0);
 * const x = jax.random.normal(rkg(), [3]);
 * console.log(x.shape, rkg(1).shape); // [3] [1, 2]
 * ```
 * @see pcax `px.RandomKeyGenerator`
 */
export class RandomKeyGenerator extends BaseModule<
  [n?: number | null],
  Tensor
> {
  /** Current state. */
  key: RKGState;

  /** Starts from a seed; only its low 32 bits count. */
  constructor(seed = 0) {
    super();
    this.key = new RKGState(PRNGKey(seed));
  }

  /** Starts again from a seed. */
  seed(seed = 0): this {
    this.key.set(PRNGKey(seed));
    return this;
  }

  /**
   * Draws one key, or `n` of them.
   *
   * @throws {ShapeError} If `n` is given and no positive integer.
   */
  override call(n: number | null = null): Tensor {
    return n === null ? this.key.split(1).at(0) : this.key.split(n);
  }
}

/**
 * The default generator of the whole library, seeded with the time.
 *
 * @see pcax `px.RKG`
 */
export const RKG: RandomKeyGenerator = new RandomKeyGenerator(Date.now());
