/**
 * Dropout: zeros at random while a module learns.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import {
  Module,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import { asTensor, type Tensor, type TensorLike, where } from "../numpy/mod.ts";
import { needGenerator, needOptions } from "./checks.ts";
import { bernoulli, type RandomOptions } from "../numpy/random.ts";

/** How to make a {@link Dropout}. */
export interface DropoutOptions {
  /** Where keys are drawn for calls without one; `RKG` by default. */
  rkg?: RandomKeyGenerator;
}

/** How to call a {@link Dropout}. */
export interface DropoutCallOptions extends RandomOptions {
  /** The key that chooses the zeros; drawn if not given. */
  key?: Tensor;
}

/**
 * Sets elements to zero with probability `p`, and divides the others by
 * `1 - p`; does nothing in evaluation (`model.eval()`). Under `pxf.vmap` each
 * sample has zeros of its own.
 *
 * @example
 * ```ts
 * import { jax, jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.Dropout(0.5);
 * const y = layer(jnp.ones([4]), { key: jax.random.key(1) }); // zeros and twos
 * layer.eval();
 * console.log(layer(y) === y); // true
 * ```
 * @see Srivastava et al., 2014; equinox `Dropout`; pcx 0.6.2 `pxnn.Dropout`
 */
export class Dropout
  extends Module<[x: TensorLike, options?: DropoutCallOptions], Tensor> {
  /** Probability of a zero. */
  p: StaticParam<number>;
  /** Where keys are drawn. */
  rkg: StaticParam<RandomKeyGenerator>;

  /**
   * Zeros with probability `p`.
   *
   * @throws {ShapeError} If that is no probability below 1.
   */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    needOptions("Dropout", options, ["rkg"]);
    const { rkg = RKG } = options;
    needGenerator("Dropout", rkg);
    if (!(p >= 0 && p < 1)) {
      throw new ShapeError(
        `Cannot make a Dropout: p is ${p}, expected a probability from 0 and ` +
          "below 1",
      );
    }
    this.p = new StaticParam(p);
    this.rkg = new StaticParam(rkg);
  }

  /** Drops elements of one sample. */
  override call(x: TensorLike, options: DropoutCallOptions = {}): Tensor {
    const input = asTensor(x);
    const p = this.p.get();
    if (this.isEval || p === 0) return input;
    const { key = this.rkg.get()(), ...stream } = options;
    const kept = bernoulli(key, 1 - p, input.shape, stream);
    return where(kept, input.div(1 - p), 0);
  }
}
