/**
 * OptimTree: an optimizer for each part of a module, such as each layer.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf } from "../base/tree.ts";
import {
  BaseModule,
  BaseParam,
  DynamicParam,
  paramsOf,
  StaticParam,
} from "../core/mod.ts";
import { Tensor } from "../numpy/mod.ts";
import { Optim, type OptimizerSource, type OptimStepOptions } from "./optim.ts";

/** Says of a node of a tree whether it is a part with an optimizer. */
export type PartOf = (node: unknown) => boolean;

/**
 * One {@link Optim} for each part of a module. A part without gradients is left
 * as it is, with its state, which an optimizer for the whole would not do: so
 * learning can go layer by layer, as in zero-divergence inference learning.
 *
 * @example One optimizer per layer
 * ```ts
 * import { optax, pxnn, pxu } from "@vodes/vodes";
 *
 * const layers = [new pxnn.Linear(2, 8), new pxnn.Linear(8, 1)];
 * const optim = new pxu.OptimTree(
 *   () => optax.sgd(0.2, { momentum: 0.9, nesterov: true }),
 *   (node) => node instanceof pxnn.Linear,
 *   new pxu.Mask(pxnn.LayerParam).apply(layers),
 * );
 * console.log(optim.paths); // ["[0]", "[1]"]
 * ```
 * @see pcx 0.6.2 `pxu.OptimTree`
 */
export class OptimTree extends BaseModule {
  /** The optimizers of the parts, in the order of {@link OptimTree.paths}. */
  optims: Optim[] = [];
  /** What makes them. */
  readonly source: StaticParam<OptimizerSource>;
  /** What a part is. */
  readonly isPart: StaticParam<PartOf>;
  /** Paths of the parts, one a line; null before `init`. */
  readonly parts: StaticParam<string | null> = new StaticParam<string | null>(
    null,
  );

  /**
   * Makes an optimizer for each part.
   *
   * @param source An optimizer or, as in pcx, a function that makes one.
   * @param isPart Whether a node is a part; what is below it belongs to it. A
   * param that belongs to no part is one by itself.
   * @param parameters What to optimize: see {@link OptimTree.init}.
   */
  constructor(
    source: OptimizerSource,
    isPart: PartOf,
    parameters: unknown = null,
  ) {
    super();
    this.source = new StaticParam(source);
    this.isPart = new StaticParam(isPart);
    if (parameters !== null) this.init(parameters);
  }

  /** Paths of the parts that have an optimizer. */
  get paths(): readonly string[] {
    return this.parts.get()?.split("\n") ?? [];
  }

  /**
   * Starts anew: parts with a param that holds a tensor get an optimizer.
   *
   * @param parameters The module, or what a `pxu.Mask` selects of it.
   * @throws {TreeError} If no param holds a tensor.
   */
  init(parameters: unknown): this {
    const found: [path: string, part: unknown][] = [];
    const isPart = this.isPart.get();
    const visit = (x: unknown, path: string): void => {
      if (isPart(x) || x instanceof DynamicParam) {
        if (holdsTensor(x)) found.push([path, x]);
        return;
      }
      const node = x instanceof BaseParam ? null : partsOf(x);
      node?.children.forEach((c, i) => visit(c, path + node.key(i)));
    };
    visit(parameters, "");
    if (found.length === 0) {
      throw new TreeError(
        "Cannot initialize optimizers: no part given holds a tensor, expected " +
          "at least one: check what selects the parameters, or run a pass in " +
          "pxu.step(model, pxc.STATUS.INIT, ...) first, so that the states of " +
          "vodes exist",
      );
    }
    const source = this.source.get();
    this.optims = found.map(([, part]) => new Optim(source, part));
    this.parts.set(found.map(([path]) => path).join("\n"));
    return this;
  }

  /**
   * Takes a step with each part that has a gradient.
   *
   * @param module The module whose parts these are.
   * @param gradients A tree like the module that holds gradients, as
   * `pxf.valueAndGrad` gives it.
   * @param options As for {@link Optim.step}.
   * @returns Paths of the parts that took a step.
   * @throws {TreeError} If `init` was not called, a part is missing, or no part
   * has a gradient and `allowNone` is not given.
   */
  step(
    module: unknown,
    gradients: unknown,
    options: OptimStepOptions = {},
  ): readonly string[] {
    const { paths } = this;
    if (paths.length === 0) {
      throw new TreeError(
        "Cannot take a step: there are no optimizers, expected some: call " +
          "optim.init(parameters), or give the parameters when making it",
      );
    }
    const stepped: string[] = [];
    const known = new Set(paths);
    const met = new Set<string>();
    const visit = (x: unknown, gradient: unknown, path: string): void => {
      if (known.has(path)) {
        met.add(path);
        const optim = this.optims[paths.indexOf(path)];
        const own = { ...options, allowNone: true };
        if (optim.step(x, gradient, own) !== null) stepped.push(path);
        return;
      }
      const node = x instanceof BaseParam ? null : partsOf(x);
      const other = gradient instanceof BaseParam ? null : partsOf(gradient);
      node?.children.forEach((child, i) => {
        const key = node.key(i);
        const at = other?.children.findIndex((_, j) => other.key(j) === key);
        const below = at === undefined ? null : other!.children[at] ?? null;
        visit(child, below, path + key);
      });
    };
    visit(module, gradients, "");
    const missing = paths.filter((path) => !met.has(path));
    if (missing.length > 0) {
      throw new TreeError(
        `Cannot take a step: the module has no ${missing.join(", ")}, ` +
          "expected the module that the optimizers were initialized with: " +
          "call optim.init for this one",
        missing[0],
      );
    }
    if (stepped.length === 0 && !options.allowNone) {
      throw new TreeError(
        "Cannot take a step: no part has a gradient, expected one for at " +
          `least one of ${paths.join(", ")}: differentiate with a mask that ` +
          "selects them, or pass { allowNone: true }",
      );
    }
    return stepped;
  }

  /** Forgets the optimizers; `init` makes new ones. */
  clear(): this {
    this.optims = [];
    this.parts.set(null);
    return this;
  }
}

/** Whether some param of a tree holds a tensor. */
function holdsTensor(tree: unknown): boolean {
  return paramsOf(tree).some(({ param }) =>
    param instanceof BaseParam && param.get() instanceof Tensor
  );
}
