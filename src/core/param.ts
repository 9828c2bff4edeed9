/**
 * Params: named places that hold values, so that code can be written with
 * objects that change while transforms see pure functions.
 *
 * @module
 */
import {
  type NodeParts,
  partsOf,
  TREE_NODE,
  type TreeNode,
} from "../base/tree.ts";
import { inspectable } from "../base/inspect.ts";
import { Tensor } from "../numpy/tensor.ts";

const VALUE: unique symbol = Symbol("value");

/**
 * Root of all params. Every enumerable attribute besides the value is static
 * metadata: changing it makes jitted functions trace again.
 *
 * @see pcax `px.BaseParam`
 */
export abstract class BaseParam implements TreeNode {
  static {
    inspectable(BaseParam.prototype);
  }

  /** Any further attribute, such as `frozen`. */
  [attribute: string]: unknown;

  /** The value. */
  abstract get(...args: unknown[]): unknown;

  /** Replaces the value. */
  abstract set(value: unknown): this;

  /** As a node of a tree. */
  abstract [TREE_NODE](): NodeParts;
}

/**
 * A param that transforms track: its value may change in them.
 *
 * @typeParam T What it holds: a tensor, null, or a whole pytree.
 * @see pcax `px.BaseParam`, `DynamicParam`
 */
export abstract class DynamicParam<T = unknown> extends BaseParam {
  /** Holds `value`. */
  constructor(value: T | null = null) {
    super();
    Object.defineProperty(this, VALUE, { value, writable: true });
  }

  /** The value. */
  override get(..._: unknown[]): unknown {
    return share(DynamicParam.peek(this));
  }

  /** Replaces the value. */
  override set(value: unknown): this {
    DynamicParam.put(this, share(value ?? null));
    return this;
  }

  /** The value as it is, for transforms: they alone may update it in place. */
  static peek(param: DynamicParam): unknown {
    return (param as unknown as { [VALUE]: unknown })[VALUE];
  }

  /** Stores a value that a transform computed. */
  static put(param: DynamicParam, value: unknown): void {
    (param as unknown as { [VALUE]: unknown })[VALUE] = value;
  }

  /** A param of the same class and attributes that holds `value`. */
  static copy(param: DynamicParam, value: unknown): DynamicParam {
    const copy = Object.create(Object.getPrototypeOf(param)) as DynamicParam;
    Object.defineProperty(copy, VALUE, { value, writable: true });
    for (const name of Object.keys(param)) copy[name] = param[name];
    return copy;
  }

  /** As a node with one child, the value. */
  override [TREE_NODE](): NodeParts {
    const names = Object.keys(this);
    return {
      key: () => ".value",
      children: [share(DynamicParam.peek(this))],
      metadata: [this.constructor, ...names, ...names.map((n) => this[n])],
      rebuild: ([value]) => DynamicParam.copy(this, value),
    };
  }
}

/** Marks the tensors of a tree that user code can see: none is overwritten. */
export function share<T>(value: T): T {
  if (value instanceof Tensor) {
    const { storage } = value.value;
    if (storage !== null) storage.escaped = true;
  } else if (value !== null && typeof value === "object") {
    partsOf(value)?.children.forEach(share);
  }
  return value;
}

/** Text of a value: `[32,2], float32` for a tensor. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value instanceof Tensor) {
    return `[${value.shape.join(",")}], ${NUMPY_NAMES[value.dtype]}`;
  }
  return String(value);
}

const NUMPY_NAMES = {
  f32: "float32",
  i32: "int32",
  u32: "uint32",
  bool: "bool",
} as const;
