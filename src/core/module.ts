/**
 * Modules: objects whose attributes, in the order of their assignment, are the
 * children of a tree node. Instances are callable.
 *
 * @module
 */
import { blankInstance, Callable } from "../base/callable.ts";
import { TreeError } from "../base/errors.ts";
import {
  type NodeParts,
  partsOf,
  TREE_NODE,
  type TreeNode,
} from "../base/tree.ts";
import { inspectable } from "../base/inspect.ts";
import { BaseParam } from "./param.ts";
import { StaticParam } from "./static_param.ts";

/** A class, abstract or not, to test instances against. */
export type Class<T = unknown> = abstract new (...args: never[]) => T;

/**
 * Root of all modules: a callable tree node.
 *
 * @typeParam Args What calling an instance takes.
 * @typeParam Result What calling it gives.
 * @see pcax `px.BaseModule`
 */
export class BaseModule<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
> extends Callable<Args, Result> implements TreeNode {
  static {
    inspectable(BaseModule.prototype);
  }

  /**
   * What calling the instance does; subclasses override it.
   *
   * @throws {TreeError} If the class does not.
   */
  override call(..._args: Args): Result {
    throw new TreeError(
      `Cannot call a ${this.constructor.name}: its class has no call method, ` +
        "expected one: write override call(...)",
    );
  }

  /**
   * First generation of instances of `type` below this module (default: of
   * modules): a match is not searched further.
   */
  submodules<T = BaseModule<never, unknown>>(type?: Class<T>): T[] {
    const found: T[] = [];
    const visit = (x: unknown): void => {
      for (const child of partsOf(x)?.children ?? []) {
        if (isInstance(child, type ?? BaseModule)) found.push(child as T);
        else visit(child);
      }
    };
    visit(this);
    return found;
  }

  /** As a node whose children are the attributes. */
  [TREE_NODE](): NodeParts {
    return new ModuleParts(this as unknown as Attributes);
  }

  /** One line per param: path and text. */
  override toString(): string {
    const lines = [`(${this.constructor.name}):`];
    const visit = (x: unknown, path: string): void => {
      if (x instanceof StaticParam || x === null) return;
      if (x instanceof BaseParam) {
        lines.push(`  ${path}: ${x}`);
        return;
      }
      const parts = partsOf(x);
      if (parts === null) lines.push(`  ${path}: ${x}`);
      else parts.children.forEach((c, i) => visit(c, path + parts.key(i)));
    };
    visit(this, "");
    return lines.join("\n");
  }
}

/** What a module has, by name. */
type Attributes = Record<string, unknown>;

/** A module as a node: trees are walked often, so the rest is made on demand. */
class ModuleParts implements NodeParts {
  readonly children: readonly unknown[];
  readonly #module: Attributes;
  #names: readonly string[] | undefined;

  constructor(module: Attributes) {
    this.#module = module;
    this.children = Object.values(module);
  }

  get names(): readonly string[] {
    return this.#names ??= Object.keys(this.#module);
  }

  key(index: number): string {
    return `.${this.names[index]}`;
  }

  get metadata(): readonly unknown[] {
    return [this.#module.constructor, ...this.names];
  }

  rebuild(children: readonly unknown[]): unknown {
    const prototype = Object.getPrototypeOf(this.#module);
    const copy = blankInstance(prototype) as Attributes;
    this.names.forEach((name, i) => copy[name] = children[i]);
    return copy;
  }
}

/** `instanceof` that asks callable instances too. */
export function isInstance(x: unknown, type: Class): boolean {
  return x !== null && (typeof x === "object" || typeof x === "function") &&
    x instanceof type;
}

/** Training or evaluation, or neither. */
export const MODE = { NONE: 0, TRAIN: 1, EVAL: 2 } as const;

/** One of {@link MODE}. */
export type Mode = (typeof MODE)[keyof typeof MODE];

/**
 * A module with a mode.
 *
 * @example
 * ```ts
 * import { px, pxnn, type Tensor } from "@vodes/vodes";
 * class Net extends px.Module<[Tensor], Tensor> {
 *   layer = new pxnn.Linear(2, 3);
 *   override call(x: Tensor): Tensor {
 *     return this.layer(x);
 *   }
 * }
 * console.log(`${new Net()}`);
 * ```
 * @see pcax `px.Module`
 */
export class Module<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
> extends BaseModule<Args, Result> {
  /** The modes. */
  static readonly MODE: typeof MODE = MODE;

  /** Mode of this module. */
  _mode: StaticParam<Mode> = new StaticParam<Mode>(MODE.NONE);

  /**
   * Sets the mode here and in all modules below, or reads it.
   *
   * @throws {TreeError} If there is no such mode.
   */
  mode(value: Mode | null = null): Mode {
    if (value !== null) {
      if (!Object.values(MODE).includes(value)) {
        throw new TreeError(
          `Cannot set the mode of a ${this.constructor.name} to ` +
            `${String(value)}, expected a mode of px.Module.MODE: ` +
            "NONE is 0, TRAIN is 1, EVAL is 2",
        );
      }
      this._mode.set(value);
      const visit = (x: unknown): void => {
        if (x instanceof Module) x._mode.set(value);
        partsOf(x)?.children.forEach(visit);
      };
      visit(this);
    }
    return this._mode.get();
  }

  /** Switches to training. */
  train(): this {
    this.mode(MODE.TRAIN);
    return this;
  }

  /** Switches to evaluation. */
  eval(): this {
    this.mode(MODE.EVAL);
    return this;
  }

  /** Whether the mode is training. */
  get isTrain(): boolean {
    return this._mode.get() === MODE.TRAIN;
  }

  /** Whether the mode is evaluation. */
  get isEval(): boolean {
    return this._mode.get() === MODE.EVAL;
  }
}
