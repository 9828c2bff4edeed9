/**
 * Param: a tracked value with the tensor's own methods, and ParamDict.
 *
 * @module
 */
import type { Shape } from "../base/shape.ts";
import type { DType } from "../base/dtype.ts";
import { TreeError } from "../base/errors.ts";
import { Tensor } from "../numpy/tensor.ts";
import type { TensorLike } from "../numpy/values/host.ts";
import type { Axes, ReduceOptions } from "../numpy/values/reduce.ts";
import { DynamicParam, formatValue } from "./param.ts";

/**
 * A tracked value, usually a tensor. It takes part in arithmetic like the
 * tensor it holds; results are plain tensors.
 *
 * @example
 * ```ts
 * import { px, tensor } from "@vodes/vodes";
 * const p = new px.Param(tensor([1, 2]));
 * p.set(p.mul(2));
 * console.log(`${p}`); // Param([2], float32)
 * ```
 * @see pcax `px.Param`
 */
export class Param<T = Tensor> extends DynamicParam<T> {
  /** Holds `value`, null when absent. */
  constructor(value: T | null = null) {
    super(value);
  }

  /** The value. */
  override get(): T {
    return super.get() as T;
  }

  /** The tensor held. */
  toTensor(): Tensor {
    const value = this.get();
    if (value instanceof Tensor) return value;
    throw new TreeError(
      `Cannot compute with ${this}: it holds no tensor, expected one: set it ` +
        "first",
    );
  }

  /** Sizes per axis of the tensor held. */
  get shape(): Shape {
    return this.toTensor().shape;
  }

  /** Element type of the tensor held. */
  get dtype(): DType {
    return this.toTensor().dtype;
  }

  /** Rank of the tensor held. */
  get ndim(): number {
    return this.toTensor().ndim;
  }

  /** `this + other`. */
  add(other: TensorLike): Tensor {
    return this.toTensor().add(other);
  }

  /** `this - other`. */
  sub(other: TensorLike): Tensor {
    return this.toTensor().sub(other);
  }

  /** `this * other`. */
  mul(other: TensorLike): Tensor {
    return this.toTensor().mul(other);
  }

  /** `this / other`. */
  div(other: TensorLike): Tensor {
    return this.toTensor().div(other);
  }

  /** `this ** other`. */
  pow(other: TensorLike): Tensor {
    return this.toTensor().pow(other);
  }

  /** `-this`. */
  neg(): Tensor {
    return this.toTensor().neg();
  }

  /** Matrix product. */
  matmul(other: TensorLike): Tensor {
    return this.toTensor().matmul(other);
  }

  /** Elementwise square. */
  square(): Tensor {
    return this.toTensor().square();
  }

  /** Sum over axes. */
  sum(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.toTensor().sum(axis, options);
  }

  /** Mean over axes. */
  mean(axis?: Axes, options?: ReduceOptions): Tensor {
    return this.toTensor().mean(axis, options);
  }

  /** Same elements, other shape. */
  reshape(...shape: number[]): Tensor {
    return this.toTensor().reshape(...shape);
  }

  /** `Param([32,2], float32)`. */
  override toString(): string {
    const value = DynamicParam.peek(this);
    return `${this.constructor.name}(${formatValue(value)})`;
  }
}

/** Entries of a {@link ParamDict}. */
export type Entries = Record<string, unknown>;

/**
 * A tracked dictionary. Cleared (`null`) it reads as empty.
 *
 * @see pcax `px.ParamDict`
 */
export class ParamDict extends DynamicParam<Entries> {
  /** Holds `value`, null when empty. */
  constructor(value: Entries | null = null) {
    super(value);
  }

  /** The whole dictionary (null when cleared), or one entry. */
  override get(key?: string, fallback: unknown = null): unknown {
    const entries = super.get() as Entries | null;
    if (key === undefined) return entries;
    return entries !== null && Object.hasOwn(entries, key)
      ? entries[key]
      : fallback;
  }

  /** Whether there is an entry of that name. */
  has(key: string): boolean {
    const entries = DynamicParam.peek(this) as Entries | null;
    return entries !== null && Object.hasOwn(entries, key);
  }

  /** Adds or replaces an entry; a cleared dictionary becomes one again. */
  setItem(key: string, value: unknown): this {
    const entries = DynamicParam.peek(this) as Entries | null;
    DynamicParam.put(this, { ...entries, [key]: value });
    return this;
  }

  /** `Cache(params={u: ...})`. */
  override toString(): string {
    const entries = DynamicParam.peek(this) as Entries | null;
    const body = entries === null
      ? "None"
      : `{${
        Object.entries(entries).map(([k, v]) => `'${k}': ${formatValue(v)}`)
          .join(", ")
      }}`;
    return `${this.constructor.name}(params=${body})`;
  }
}

/**
 * A dictionary of temporary values, cleared after each step.
 *
 * @see pcax `px.ParamCache`
 */
export class ParamCache extends ParamDict {}
