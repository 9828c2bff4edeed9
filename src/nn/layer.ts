/**
 * Layers: modules over an inner module `nn` that holds the weights, so that
 * their paths read `.layers[0].nn.weight`, as in files of pcax.
 *
 * @module
 */
import { type BaseModule, Module, Param } from "../core/mod.ts";

/**
 * A weight: what learning changes.
 *
 * @see pcax `pxnn.LayerParam`
 */
export class LayerParam extends Param {}

/**
 * A value of a layer that is kept but not learned, such as a running mean.
 *
 * @see pcax `pxnn.LayerState`
 */
export class LayerState extends Param {}

/**
 * A layer: calls its inner module, which holds the weights.
 *
 * @typeParam Args What calling the layer takes.
 * @typeParam Result What calling it gives.
 * @typeParam Inner The inner module.
 * @example A layer of one's own
 * ```ts
 * import { jnp, px, pxnn, Tensor } from "@vodes/vodes";
 *
 * class Gain extends px.BaseModule<[Tensor], Tensor> {
 *   gain = new pxnn.LayerParam(jnp.ones([3]));
 *   override call(x: Tensor): Tensor {
 *     return x.mul(this.gain);
 *   }
 * }
 *
 * const layer = new pxnn.Layer(new Gain());
 * console.log(`${layer}`); // .nn.gain: LayerParam([3], float32)
 * ```
 * @see pcax `pxnn.Layer`
 */
export class Layer<
  Args extends readonly unknown[],
  Result,
  Inner extends BaseModule<Args, Result> = BaseModule<Args, Result>,
> extends Module<Args, Result> {
  /** The inner module, which holds the weights. */
  nn: Inner;

  /** Wraps an inner module. */
  constructor(nn: Inner & BaseModule<Args, Result>) {
    super();
    this.nn = nn;
  }

  /** Calls the inner module. */
  override call(...args: Args): Result {
    return this.nn.call(...args);
  }
}
