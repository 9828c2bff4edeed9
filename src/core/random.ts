/**
 * The random key generator: where keys come from, bit-equal to pcax.
 *
 * @module
 */
import { PRNGKey, split } from "../numpy/random.ts";
import type { Tensor } from "../numpy/tensor.ts";
import { BaseModule } from "./module.ts";
import { Param } from "./tensor_param.ts";

/** The key a generator is at. */
export class RKGState extends Param<Tensor> {}

/**
 * Draws fresh keys from a state that moves on. `rkg()` gives one key,
 * `rkg(n)` with n > 1 an array `u32[n,2]`.
 *
 * @see pcax `px.RandomKeyGenerator`
 */
export class RandomKeyGenerator extends BaseModule<[number?], Tensor> {
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

  /** Draws `n` keys. */
  override call(n = 1): Tensor {
    const keys = split(this.key.get(), n + 1);
    this.key.set(keys.at(0));
    return n === 1 ? keys.at(1) : keys.slice([1, n + 1]);
  }
}

/**
 * The default generator of the whole library, seeded with the time.
 *
 * @see pcax `px.RKG`
 */
export const RKG: RandomKeyGenerator = new RandomKeyGenerator(Date.now());
