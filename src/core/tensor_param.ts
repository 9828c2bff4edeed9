/**
 * Param: a tracked value with the tensor's own methods.
 *
 * @module
 */
import type { Shape } from "../base/shape.ts";
import type { DType } from "../base/dtype.ts";
import { TreeError } from "../base/errors.ts";
import { Tensor } from "../numpy/tensor.ts";
import { DynamicParam, formatValue } from "./param.ts";

/** Names of the methods that a param has from the tensor it holds. */
export type TensorMethod =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "pow"
  | "maximum"
  | "minimum"
  | "neg"
  | "abs"
  | "exp"
  | "log"
  | "sqrt"
  | "square"
  | "tanh"
  | "matmul"
  | "dot"
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual"
  | "logicalAnd"
  | "logicalOr"
  | "logicalNot"
  | "sum"
  | "prod"
  | "max"
  | "min"
  | "mean"
  | "var"
  | "std"
  | "any"
  | "all"
  | "argmax"
  | "argmin"
  | "reshape"
  | "flatten"
  | "ravel"
  | "transpose"
  | "squeeze"
  | "at"
  | "slice"
  | "astype"
  | "item"
  | "data"
  | "dataSync"
  | "toArray";

/** All of them, so that none is forgotten. */
const METHODS: Record<TensorMethod, true> = {
  add: true,
  sub: true,
  mul: true,
  div: true,
  mod: true,
  pow: true,
  maximum: true,
  minimum: true,
  neg: true,
  abs: true,
  exp: true,
  log: true,
  sqrt: true,
  square: true,
  tanh: true,
  matmul: true,
  dot: true,
  equal: true,
  notEqual: true,
  less: true,
  lessEqual: true,
  greater: true,
  greaterEqual: true,
  logicalAnd: true,
  logicalOr: true,
  logicalNot: true,
  sum: true,
  prod: true,
  max: true,
  min: true,
  mean: true,
  var: true,
  std: true,
  any: true,
  all: true,
  argmax: true,
  argmin: true,
  reshape: true,
  flatten: true,
  ravel: true,
  transpose: true,
  squeeze: true,
  at: true,
  slice: true,
  astype: true,
  item: true,
  data: true,
  dataSync: true,
  toArray: true,
};

type Method = (...args: unknown[]) => unknown;

/** The methods of the tensor held: all take params, and give tensors. */
export interface Param<T = Tensor> extends Pick<Tensor, TensorMethod> {}

/**
 * A tracked value, usually a tensor. It takes part in arithmetic like the
 * tensor it holds; results are plain tensors. To change it, set it: Python's
 * `p += x` is `p.set(p.add(x))`.
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
  static {
    // A fixed table is as fast as methods and cannot miss one.
    for (const name of Object.keys(METHODS) as TensorMethod[]) {
      Object.defineProperty(this.prototype, name, {
        value(this: Param, ...args: unknown[]): unknown {
          const tensor = this.toTensor();
          return (tensor[name] as Method).apply(tensor, args);
        },
        writable: true,
        configurable: true,
      });
    }
  }

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

  /** Number of elements of the tensor held. */
  get size(): number {
    return this.toTensor().size;
  }

  /** The tensor held with its axes in reverse order. */
  get T(): Tensor {
    return this.toTensor().T;
  }

  /** `Param([32,2], float32)`. */
  override toString(): string {
    const value = DynamicParam.peek(this);
    return `${this.constructor.name}(${formatValue(value)})`;
  }
}
