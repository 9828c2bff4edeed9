/**
 * Optim: an optimiser of optax together with its state and its targets, which
 * changes the params of a module in place.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import {
  BaseModule,
  DynamicParam,
  Param,
  paramsOf,
  StaticParam,
} from "../core/mod.ts";
import { Tensor } from "../numpy/tensor.ts";
import type { GradientTransformation } from "../optim/mod.ts";

/** Tensors by the path of their param, such as `.layers[0].nn.weight`. */
export type Updates = Readonly<Record<string, Tensor | null>>;

/** How to take a step. */
export interface OptimStepOptions {
  /**
   * Multiply each gradient by its own first size. For gradients of states
   * under `pxf.vmap` that is the batch size, and turns the gradient of a mean
   * over the batch into that of each sample's own energy.
   */
  scaleByBatchSize?: boolean;
  /** Multiply each gradient by this number. */
  scaleBy?: number;
  /** Whether to change the params; true by default. */
  applyUpdates?: boolean;
  /** Do nothing, and give null, if no target has a gradient. */
  allowNone?: boolean;
}

/**
 * An optimiser with its state, which is tracked like the params of a module:
 * pass it to a jitted function among its tracked arguments.
 *
 * @example
 * ```ts
 * import { jnp, optax, pxf, pxnn, pxu, type Tensor } from "@vodes/vodes";
 *
 * const layer = new pxnn.Linear(2, 1);
 * const mask = new pxu.Mask(pxnn.LayerParam, [false, true]);
 * const optim = new pxu.Optim(
 *   optax.sgd(0.1),
 *   new pxu.Mask(pxnn.LayerParam).apply(layer),
 * );
 * const loss = (x: Tensor, { layer }: { layer: pxnn.Linear }) =>
 *   layer(x).square().sum();
 * const [, gradients] = pxf.valueAndGrad(loss, { mask })(jnp.ones([2]), {
 *   layer,
 * });
 * optim.step(layer, gradients.layer);
 * ```
 * @see pcax `pxu.Optim`
 */
export class Optim extends BaseModule {
  /** The optimiser. */
  optax: StaticParam<GradientTransformation>;
  /** The state of the optimiser; empty before `init`. */
  state: Param<unknown> = new Param<unknown>();
  /** Paths of the params to optimise; null before `init`. */
  filter: StaticParam<string | null> = new StaticParam<string | null>(null);

  /**
   * Makes an optimiser.
   *
   * @param optax What turns gradients into updates, such as `optax.adamw(1e-2)`.
   * @param parameters What to optimise: see {@link Optim.init}.
   */
  // deno-lint-ignore no-explicit-any
  constructor(optax: GradientTransformation, parameters: unknown = null) {
    super();
    this.optax = new StaticParam(optax);
    if (parameters !== null) this.init(parameters);
  }
}
