/**
 * Tensor: an immutable array of numbers, or a value of a function that is
 * being traced. Its methods are thin: what they compute is in `values/`, which
 * the functions of this floor wrap too.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, type Shape, sizeOf } from "../base/shape.ts";
import type { Value } from "../transform/trace.ts";
import * as dots from "./values/dot.ts";
import { type TensorLike, toOperand, toValue } from "./values/host.ts";
import * as indexing from "./values/index.ts";
import type { Range } from "./values/index.ts";
import * as moves from "./values/movement.ts";
import * as reductions from "./values/reduce.ts";
import type { Axes, ReduceOptions, VarianceOptions } from "./values/reduce.ts";
import * as scalars from "./values/scalar.ts";
import { formatTensor, type NestedList, noNumber, toNested } from "./format.ts";

/**
 * An immutable array of numbers of one dtype. Operations give new tensors;
 * only reading elements leaves the device: `await x.data()`.
 *
 * @example
 * ```ts
 * import { tensor } from "@vodes/vodes/numpy";
 * const x = tensor([[1, 2], [3, 4]], "f32");
 * console.log(await x.matmul(x.T).sum(0).data()); // [16, 36]
 * ```
 */
export class Tensor {
  /**
   * The value as transforms see it.
   *
   * @internal
   */
  readonly value: Value;

  /** Wraps a value; use `tensor(data)` to make one from data. */
  constructor(value: Value) {
    this.value = value;
  }

  /** Sizes per axis. */
  get shape(): Shape {
    return this.value.aval.shape;
  }

  /** Element type. */
  get dtype(): DType {
    return this.value.aval.dtype;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.value.aval.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.value.aval.shape);
  }

  /** Where the elements are, or `"traced"` while there are none. */
  get device(): string {
    return this.value.storage?.device ?? "traced";
  }

  /** The axes in reverse order. */
  get T(): Tensor {
    return new Tensor(moves.transpose(this.value));
  }

  /** This tensor: everything with this method can be used as a tensor. */
  toTensor(): Tensor {
    return this;
  }

  /** `this + other`. */
  add(other: TensorLike): Tensor {
    return new Tensor(
      scalars.binary("add", "add", this.value, toOperand(other)),
    );
  }

  /** `this - other`. */
  sub(other: TensorLike): Tensor {
    return new Tensor(
      scalars.binary("sub", "subtract", this.value, toOperand(other)),
    );
  }

  /** `this * other`, element by element. */
  mul(other: TensorLike): Tensor {
    return new Tensor(
      scalars.binary("mul", "multiply", this.value, toOperand(other)),
    );
  }

  /** `this / other`, in f32. */
  div(other: TensorLike): Tensor {
    return new Tensor(
      scalars.floatBinary("div", "divide", this.value, toOperand(other)),
    );
  }

  /** Rest of the division, with the sign of the divisor. */
  mod(other: TensorLike): Tensor {
    return new Tensor(scalars.mod(this.value, toOperand(other)));
  }

  /** `this` to the power of `exponent`. */
  pow(exponent: TensorLike): Tensor {
    return new Tensor(scalars.pow(this.value, toOperand(exponent)));
  }

  /** The larger of two elements; NaN wins. */
  maximum(other: TensorLike): Tensor {
    return new Tensor(scalars.extreme("max", this.value, toOperand(other)));
  }

  /** The smaller of two elements; NaN wins. */
  minimum(other: TensorLike): Tensor {
    return new Tensor(scalars.extreme("min", this.value, toOperand(other)));
  }

  /** `-this`. */
  neg(): Tensor {
    return new Tensor(scalars.neg(this.value));
  }

  /** Absolute value. */
  abs(): Tensor {
    return new Tensor(scalars.abs(this.value));
  }

  /** e to the power of `this`. */
  exp(): Tensor {
    return new Tensor(scalars.unary("exp", this.value));
  }

  /** Natural logarithm. */
  log(): Tensor {
    return new Tensor(scalars.unary("log", this.value));
  }

  /** Square root. */
  sqrt(): Tensor {
    return new Tensor(scalars.unary("sqrt", this.value));
  }

  /** `this * this`. */
  square(): Tensor {
    return new Tensor(scalars.square(this.value));
  }

  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return new Tensor(scalars.unary("tanh", this.value));
  }

  /** Product of matrices; leading axes broadcast. Integers become f32. */
  matmul(other: TensorLike): Tensor {
    return new Tensor(dots.matmul(this.value, toValue(other)));
  }

  /** numpy's dot: `matmul` up to two axes, and scalars multiply. */
  dot(other: TensorLike): Tensor {
    return new Tensor(dots.dot(this.value, toValue(other)));
  }

  /** Where elements are equal. */
  equal(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("eq", this.value, toOperand(other)));
  }

  /** Where elements differ. */
  notEqual(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("ne", this.value, toOperand(other)));
  }

  /** Where `this < other`. */
  less(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("lt", this.value, toOperand(other)));
  }

  /** Where `this <= other`. */
  lessEqual(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("le", this.value, toOperand(other)));
  }

  /** Where `this > other`. */
  greater(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("gt", this.value, toOperand(other)));
  }

  /** Where `this >= other`. */
  greaterEqual(other: TensorLike): Tensor {
    return new Tensor(scalars.compare("ge", this.value, toOperand(other)));
  }

  /** Where both are true (not 0). */
  logicalAnd(other: TensorLike): Tensor {
    return new Tensor(scalars.logical("and", this.value, toOperand(other)));
  }

  /** Where at least one is true (not 0). */
  logicalOr(other: TensorLike): Tensor {
    return new Tensor(scalars.logical("or", this.value, toOperand(other)));
  }

  /** Where `this` is false (0). */
  logicalNot(): Tensor {
    return new Tensor(scalars.logicalNot(this.value));
  }

  /** Sum over axes; all by default. */
  sum(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.reduce("sum", this.value, axis, keepdims));
  }

  /** Product over axes; all by default. */
  prod(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.reduce("prod", this.value, axis, keepdims));
  }

  /** Largest element along axes; all by default. */
  max(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.reduce("max", this.value, axis, keepdims));
  }

  /** Smallest element along axes; all by default. */
  min(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.reduce("min", this.value, axis, keepdims));
  }

  /** Arithmetic mean over axes, in f32; all by default. */
  mean(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.mean(this.value, axis, keepdims));
  }

  /** Variance over axes, in f32; all by default. */
  var(axis?: Axes, { keepdims, ddof }: VarianceOptions = {}): Tensor {
    return new Tensor(reductions.variance(this.value, axis, keepdims, ddof));
  }

  /** Standard deviation over axes, in f32; all by default. */
  std(axis?: Axes, { keepdims, ddof }: VarianceOptions = {}): Tensor {
    return new Tensor(reductions.std(this.value, axis, keepdims, ddof));
  }

  /** Whether any element along axes is true (not 0); all by default. */
  any(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.any(this.value, axis, keepdims));
  }

  /** Whether all elements along axes are true (not 0); all by default. */
  all(axis?: Axes, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(reductions.all(this.value, axis, keepdims));
  }

  /** i32 index of the first largest element along an axis, or of all. */
  argmax(axis?: number | null, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(
      reductions.argExtreme("max", this.value, axis, keepdims),
    );
  }

  /** i32 index of the first smallest element along an axis, or of all. */
  argmin(axis?: number | null, { keepdims }: ReduceOptions = {}): Tensor {
    return new Tensor(
      reductions.argExtreme("min", this.value, axis, keepdims),
    );
  }

  /** Same elements, other shape: `reshape(2, -1)` or `reshape([2, -1])`. */
  reshape(...shape: readonly number[] | readonly [Shape]): Tensor {
    return new Tensor(moves.reshape(this.value, listOf(shape)));
  }

  /** All elements along one axis. */
  flatten(): Tensor {
    return this.reshape(-1);
  }

  /** All elements along one axis. */
  ravel(): Tensor {
    return this.reshape(-1);
  }

  /** Axes in another order; reversed when none is given. */
  transpose(...perm: readonly number[] | readonly [Shape]): Tensor {
    const axes = perm.length === 0 ? null : listOf(perm);
    return new Tensor(moves.transpose(this.value, axes));
  }

  /** Drops axes of size 1: those given, or all. */
  squeeze(axis?: number | readonly number[]): Tensor {
    return new Tensor(moves.squeeze(this.value, axis));
  }

  /** The part at an index of the first axis, or at each index of a tensor. */
  at(index: number | TensorLike): Tensor {
    if (typeof index === "number") {
      return new Tensor(indexing.slice(this.value, [index]));
    }
    return new Tensor(indexing.take(this.value, toValue(index), 0));
  }

  /**
   * Ranges per axis: an index drops the axis, `null` takes all of it,
   * `[start, stop, step]` is Python's `start:stop:step`.
   *
   * @example
   * ```ts
   * import { tensor } from "@vodes/vodes/numpy";
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * console.log(x.slice(null, [1, null]).toArray()); // [[2, 3], [5, 6]]
   * console.log(x.slice(-1, [null, null, -1]).toArray()); // [6, 5, 4]
   * ```
   */
  slice(...ranges: readonly Range[]): Tensor {
    return new Tensor(indexing.slice(this.value, ranges));
  }

  /** Conversion to another dtype. */
  astype(dtype: DType): Tensor {
    return new Tensor(scalars.astype(this.value, dtype));
  }

  /**
   * The only element, as a JS number or boolean.
   *
   * @throws {ShapeError} If there is not exactly one.
   */
  async item(): Promise<number | boolean> {
    if (this.size !== 1) {
      throw new ShapeError(
        `Cannot read ${formatAval(this.value.aval)} as one number: it has ` +
          `${this.size} elements, expected 1: use x.data()`,
      );
    }
    const [x] = await this.value.concrete("read an element").read();
    return this.dtype === "bool" ? x !== 0 : x;
  }

  /** A copy of the elements in row-major order; bools are 0 and 1. */
  async data(): Promise<TypedArray> {
    return (await this.value.concrete("read elements").read()).slice();
  }

  /**
   * A copy of the elements in row-major order, at once.
   *
   * @throws {DeviceError} If the device can only be read asynchronously.
   */
  dataSync(): TypedArray {
    return this.value.concrete("read elements").readSync().slice();
  }

  /** The elements as nested JS arrays, at once; bools are booleans. */
  toArray(): NestedList {
    const data = this.value.concrete("read elements").readSync();
    return toNested(this.dtype, this.shape, data);
  }

  /** Dtype, shape and elements; long axes are abbreviated. */
  toString(): string {
    return formatTensor(this.value);
  }

  /**
   * Refuses to be a number: `x * 2` would silently lose the tensor.
   *
   * @throws {TraceError} Unless a string is asked for.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw noNumber(this.value.aval);
  }

  /** What `console.log` shows in Node and Bun. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What `console.log` shows in Deno. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** Numbers given one by one or as one list. */
function listOf(args: readonly number[] | readonly [Shape]): Shape {
  const [first] = args;
  return typeof first === "object" ? first : args as Shape;
}
