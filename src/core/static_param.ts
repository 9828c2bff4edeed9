/**
 * StaticParam: a value that is part of the structure, not of the data.
 *
 * @module
 */
import { blankInstance } from "../base/callable.ts";
import { TreeError } from "../base/errors.ts";
import { type NodeParts, TREE_NODE, type TreeNode } from "../base/tree.ts";
import { inspectable } from "../base/inspect.ts";

const VALUE: unique symbol = Symbol("value");

/** A StaticParam, callable when it holds a function. */
export type Static<T> =
  & StaticParam<T>
  & (T extends (...args: infer A) => infer R ? (...args: A) => R : unknown);

/**
 * Holds a value that transforms do not trace: a function, a string, a number
 * that decides the structure. Changing it makes jitted functions trace again.
 *
 * @see pcax `px.StaticParam`
 */
export class StaticParam<T = unknown> implements TreeNode {
  static {
    Object.setPrototypeOf(StaticParam.prototype, Function.prototype);
    inspectable(StaticParam.prototype);
  }

  /** Holds `value`. */
  constructor(value: T) {
    const self = blankInstance(new.target.prototype);
    Object.defineProperty(self, VALUE, { value, writable: true });
    return self as StaticParam<T>;
  }

  /** The value. */
  get(): T {
    return (this as unknown as { [VALUE]: T })[VALUE];
  }

  /** Replaces the value. */
  set(value: T): this {
    (this as unknown as { [VALUE]: T })[VALUE] = value;
    return this;
  }

  /**
   * Calls the function held.
   *
   * @throws {TreeError} If it holds none.
   */
  call(...args: unknown[]): unknown {
    const value: unknown = this.get();
    if (typeof value === "function") return value(...args);
    throw new TreeError(
      `Cannot call ${this}: it holds a ${typeof value}, expected a function: ` +
        "give px.static a function, or read it with .get()",
    );
  }

  /** As a node without children. */
  [TREE_NODE](): NodeParts {
    return new StaticParts(this);
  }

  /** `StaticParam(value)`. */
  toString(): string {
    const value: unknown = this.get();
    const text = typeof value === "function"
      ? value.name || "function"
      : value === null
      ? "None"
      : JSON.stringify(value);
    return `${this.constructor.name}(${text})`;
  }
}

const NO_CHILDREN: readonly unknown[] = [];

/** A static param as a node: most walks only pass by. */
class StaticParts implements NodeParts {
  readonly children: readonly unknown[] = NO_CHILDREN;
  readonly #param: StaticParam;

  constructor(param: StaticParam) {
    this.#param = param;
  }

  key(index: number): string {
    return String(index);
  }

  get metadata(): readonly unknown[] {
    const param = this.#param;
    return [
      param.constructor,
      param.get(),
      ...Object.keys(param),
      ...Object.values(param),
    ];
  }

  rebuild(): unknown {
    const param = this.#param;
    const copy = blankInstance(Object.getPrototypeOf(param));
    Object.defineProperty(copy, VALUE, { value: param.get(), writable: true });
    return Object.assign(copy, param);
  }
}

/**
 * Wraps a value as static; a StaticParam is returned as it is.
 *
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * const act = px.static((x: number) => x + 1);
 * console.log(act(1)); // 2
 * ```
 * @see pcax `px.static`
 */
export function static_<T>(value: T): Static<T> {
  return (value instanceof StaticParam
    ? value
    : new StaticParam(value)) as Static<
      T
    >;
}
