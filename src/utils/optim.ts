/**
 * Optim: an optimizer of optax together with its state and its targets, which
 * changes the params of a module in place.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { partsOf, treeLeaves } from "../base/tree.ts";
import {
  BaseModule,
  BaseParam,
  Param,
  paramsOf,
  StaticParam,
} from "../core/mod.ts";
import { share } from "../core/param.ts";
import { Tensor } from "../numpy/mod.ts";
import { applyUpdates, type GradientTransformation } from "../optim/mod.ts";

/** Tensors by the path of their param; null for a param to leave as it is. */
export type Updates = Readonly<Record<string, Tensor | null>>;

/** An optimizer, or a function that makes one. */
export type OptimizerSource =
  | GradientTransformation
  | (() => GradientTransformation);

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
 * An optimizer with its state, which is tracked like the params of a module:
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
  /** What was given: the optimizer, or what makes one at each `init`. */
  optax: StaticParam<OptimizerSource>;
  /** The optimizer in use. */
  transformation: StaticParam<GradientTransformation | null>;
  /** The state of the optimizer, null before `init`. */
  state: Param<unknown> = new Param<unknown>();
  /**
   * Paths of the params to optimize, one a line; null before `init`. A text,
   * so that a second `init` for the same params is no change of structure.
   */
  targets: StaticParam<string | null> = new StaticParam<string | null>(null);

  /**
   * Makes an optimizer.
   *
   * @param optax What turns gradients into updates, such as `optax.adamw(1e-2)`;
   * or a function that makes it, which each `init` calls: for an optimizer that
   * draws a seed, say.
   * @param parameters What to optimize: see {@link Optim.init}; without it the
   * optimizer waits for a call of `init`.
   */
  constructor(optax: OptimizerSource, parameters: unknown = null) {
    super();
    this.optax = new StaticParam(optax);
    this.transformation = new StaticParam<GradientTransformation | null>(null);
    if (parameters !== null) this.init(parameters);
  }

  /**
   * Starts anew: the params of a tree that hold a tensor are the targets.
   *
   * @param parameters The module, or what a `pxu.Mask` selects of it.
   * @throws {TreeError} If no param holds a tensor.
   */
  init(parameters: unknown): this {
    const params = uniqueParams(parameters);
    const values: Record<string, Tensor> = {};
    for (const [path, param] of params) {
      const value = param.get();
      if (value instanceof Tensor) values[path] = value;
    }
    const paths = Object.keys(values);
    if (paths.length === 0) {
      throw new TreeError(
        `Cannot initialize an optimizer: none of the ${params.size} params ` +
          "given holds a tensor, expected at least one: run a pass in " +
          "pxu.step(model, pxc.STATUS.INIT, ...) first, so that the states " +
          "of vodes exist",
      );
    }
    const source = this.optax.get();
    const made = typeof source === "function" ? source() : source;
    this.transformation.set(made);
    this.state.set(made.init(values));
    this.targets.set(paths.join("\n"));
    return this;
  }

  /**
   * Turns gradients into updates and adds them to the params of a module. A
   * target without a gradient (null) is left as it is, and so is its part of
   * the state. The gradients are not changed.
   *
   * @param module The module whose params are the targets.
   * @param gradients A tree like the module that holds gradients, as
   * `pxf.valueAndGrad` gives it.
   * @returns The updates by path; null if there were none (see `allowNone`).
   * @throws {TreeError} If `init` was not called, a target is missing, or no
   * target has a gradient.
   */
  step(
    module: unknown,
    gradients: unknown,
    options: OptimStepOptions = {},
  ): Updates | null {
    const targets = targetsOf(this, "take a step");
    const { scaleByBatchSize = false, scaleBy = 1 } = options;
    const targeted = uniqueParams(module);
    const params = valuesOf(targets, targeted);
    const given = gradientsOf(gradients);
    const scaled: Record<string, Tensor | null> = {};
    for (const path of targets) {
      const gradient = given.get(path) ?? null;
      let factor = scaleBy;
      if (scaleByBatchSize && gradient !== null) {
        factor *= batchSize(path, gradient);
      }
      scaled[path] = gradient && factor !== 1 ? gradient.mul(factor) : gradient;
    }
    if (Object.values(scaled).every((gradient) => gradient === null)) {
      if (options.allowNone) return null;
      throw new TreeError(
        "Cannot take a step: no target has a gradient, expected one for at " +
          `least one of ${targets.join(", ")}: differentiate with a mask ` +
          "that selects them, or pass { allowNone: true }",
      );
    }
    const [updates, state] = this.transformation.get()!
      .update(scaled, this.state.get(), params);
    this.state.set(state);
    // Updates can be tensors of the state, which a later call may overwrite.
    treeLeaves(updates).forEach(share);
    if (options.applyUpdates ?? true) change(targeted, updates);
    return updates;
  }

  /**
   * Adds updates to the params of a module.
   *
   * @param updates What {@link Optim.step} gave.
   */
  applyUpdates(module: unknown, updates: Updates): this {
    change(uniqueParams(module), updates);
    return this;
  }

  /** Forgets state and targets; `init` makes new ones. */
  clear(): this {
    this.state.set(null);
    this.targets.set(null);
    return this;
  }
}

/** Params by path. */
type Params = ReadonlyMap<string, BaseParam>;

/** The params of a tree by path, one reached twice under its first path. */
function uniqueParams(tree: unknown): Params {
  const seen = new Set<BaseParam>();
  const params = new Map<string, BaseParam>();
  for (const { path, param } of paramsOf(tree)) {
    if (!(param instanceof BaseParam) || seen.has(param)) continue;
    seen.add(param);
    params.set(path, param);
  }
  return params;
}

/** Adds updates to params. */
function change(params: Params, updates: Updates): void {
  const paths = Object.keys(updates).filter((path) => updates[path] !== null);
  const changed = Object.fromEntries(paths.map((p) => [p, updates[p]]));
  const values = applyUpdates(valuesOf(paths, params), changed);
  for (const path of paths) params.get(path)!.set(values[path]);
}

function targetsOf(optim: Optim, action: string): string[] {
  const targets = optim.targets.get();
  if (targets !== null) return targets.split("\n");
  throw new TreeError(
    `Cannot ${action}: the optimizer has no targets, expected some: call ` +
      "optim.init(parameters), or give the parameters when making it",
  );
}

/** The tensors of some params. */
function valuesOf(
  paths: readonly string[],
  params: Params,
): Record<string, Tensor> {
  return Object.fromEntries(paths.map((path) => {
    const value = params.get(path)?.get();
    if (value instanceof Tensor) return [path, value];
    throw new TreeError(
      `Cannot optimize ${path}: ` +
        (params.has(path)
          ? `it is ${
            params.get(path)
          }, expected a tensor: run a pass that sets it`
          : "the module has no such param, expected the module that the " +
            "optimizer was initialized with: call optim.init for this one"),
      path,
    );
  }));
}

/** The tensors of a tree of gradients, by path. */
function gradientsOf(tree: unknown): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  const visit = (x: unknown, path: string): void => {
    const value = x instanceof BaseParam ? x.get() : x;
    if (value instanceof Tensor) found.set(path, value);
    else if (!(x instanceof BaseParam)) {
      const parts = partsOf(x);
      parts?.children.forEach((c, i) => visit(c, path + parts.key(i)));
    }
  };
  visit(tree, "");
  return found;
}

function batchSize(path: string, gradient: Tensor): number {
  if (gradient.ndim > 0) return gradient.shape[0];
  throw new ShapeError(
    `Cannot scale the gradient of ${path} by the batch size: it is ` +
      `${formatAval(gradient)}, expected an axis for the samples: ` +
      "use { scaleBy: batchSize }",
  );
}
