/**
 * Tensors made from nothing but a shape. Outside a trace the elements are
 * written on the host; inside, they are nodes, so that they cost no input.
 *
 * @module
 */
import { allocate, type DType, round } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { currentTrace, type Value } from "../transform/trace.ts";
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import { needList, needNumbers } from "./values/given.ts";
import {
  concrete,
  describe,
  type TensorLike,
  toOperand,
  toValue,
} from "./values/host.ts";
import { broadcastTo } from "./values/movement.ts";
import {
  asValue,
  avalOf,
  compute,
  isValue,
  scalarDtype,
} from "./values/operand.ts";

/** Sizes per axis; a number is one axis. */
export type ShapeLike = number | Shape;

/** A shape, checked. */
export function toShape(shape: ShapeLike): Shape {
  const list = typeof shape === "number" ? [shape] : shape;
  const isList = Array.isArray(list);
  if (isList && list.every((n) => Number.isInteger(n) && n >= 0)) return list;
  throw new ShapeError(
    `Cannot make a tensor: shape ` +
      `${
        isList ? `[${list.join(",")}]` : describe(list)
      } was given, expected ` +
      "integers from 0 up",
  );
}

/** A value of one repeated number. */
function filled(shape: Shape, x: number, dtype: DType): Value {
  if (currentTrace() !== null) {
    return compute([], (o) => o.full({ dtype, shape }, x));
  }
  const data = allocate(dtype, sizeOf(shape));
  if (x !== 0) data.fill(round(dtype, x));
  return concrete(dtype, shape, data);
}

/** Zeros, f32 unless said otherwise. */
export function zeros(shape: ShapeLike, dtype: DType = "f32"): Tensor {
  return new Tensor(filled(toShape(shape), 0, dtype));
}

/** Ones, f32 unless said otherwise. */
export function ones(shape: ShapeLike, dtype: DType = "f32"): Tensor {
  return new Tensor(filled(toShape(shape), 1, dtype));
}

/** One value repeated; the dtype is that of the value unless given. */
export function full(
  shape: ShapeLike,
  value: TensorLike,
  dtype?: DType,
): Tensor {
  const x = toOperand(value);
  const sizes = toShape(shape);
  if (!isValue(x)) {
    return new Tensor(filled(sizes, Number(x), dtype ?? scalarDtype(x)));
  }
  return new Tensor(broadcastTo(asValue(x, dtype), sizes));
}

/** Zeros shaped like `x`. */
export function zerosLike(x: TensorLike, dtype?: DType): Tensor {
  return fullLike(x, 0, dtype);
}

/** Ones shaped like `x`. */
export function onesLike(x: TensorLike, dtype?: DType): Tensor {
  return fullLike(x, 1, dtype);
}

/** One value repeated in the shape of `x`, and in its dtype unless given. */
export function fullLike(
  x: TensorLike,
  value: TensorLike,
  dtype?: DType,
): Tensor {
  const aval = avalOf(toOperand(x));
  return full(aval.shape, value, dtype ?? aval.dtype);
}

/**
 * Evenly spaced numbers from `start` (0) up to but without `stop`.
 *
 * @example
 * ```ts
 * import { arange } from "@vodes/vodes/numpy";
 * console.log(arange(3).toArray(), arange(1, 7, 2).toArray()); // [0, 1, 2] [1, 3, 5]
 * ```
 */
export function arange(stop: number, dtype?: DType): Tensor;
/** From `start` up to but without `stop`, `step` (1) apart. */
export function arange(
  start: number,
  stop: number,
  step?: number,
  dtype?: DType,
): Tensor;
export function arange(
  first: number,
  second?: number | DType,
  step = 1,
  dtype?: DType,
): Tensor {
  const [start, stop] = typeof second === "number"
    ? [first, second]
    : [0, first];
  const type = (typeof second === "string" ? second : dtype) ??
    (
      [start, stop, step].every((n) => scalarDtype(n) === "i32") ? "i32" : "f32"
    );
  const size = Math.ceil((stop - start) / step);
  if (!Number.isFinite(size)) {
    throw new ShapeError(
      `Cannot make a range from ${start} to ${stop} in steps of ${step}: ` +
        "expected finite numbers and a step that is not 0",
    );
  }
  return elements(Math.max(0, size), type, (i) => start + i * step);
}

/** A rank-1 tensor written on the host. */
function elements(
  size: number,
  dtype: DType,
  at: (i: number) => number,
): Tensor {
  const data = allocate(dtype, size);
  for (let i = 0; i < size; i++) data[i] = round(dtype, at(i));
  return new Tensor(concrete(dtype, [size], data));
}

/** Options of {@link linspace}. */
export interface LinspaceOptions {
  /** Whether `stop` is the last element; true by default. */
  readonly endpoint?: boolean;
}

/** `num` (50) evenly spaced f32 numbers from `start` to `stop`. */
export function linspace(
  start: number,
  stop: number,
  num = 50,
  { endpoint = true }: LinspaceOptions = {},
): Tensor {
  needNumbers("make a range", { start, stop });
  const f = Math.fround;
  const [first, last] = [f(start), f(stop)];
  const steps = endpoint ? num - 1 : num;
  return elements(toShape(num)[0], "f32", (i) => {
    if (i > 0 && i === steps) return last;
    if (i === 0) return first;
    // In f32 step by step, as JAX does.
    const part = f(i / steps);
    return f(f(first * f(1 - part)) + f(last * part));
  });
}

/** Ones on a diagonal of an n x m matrix; `k` moves it to the right. */
export function eye(n: number, m: number = n, k = 0): Tensor {
  const [rows, columns] = toShape([n, m]);
  return elements(rows * columns, "f32", (i) => {
    const row = Math.floor(i / columns);
    return i - row * columns === row + k ? 1 : 0;
  }).reshape(rows, columns);
}

/** Options of {@link meshgrid}. */
export interface MeshgridOptions {
  /** `"xy"` (default): the first input runs along axis 1; `"ij"`: axis 0. */
  readonly indexing?: "xy" | "ij";
}

/** Coordinates of a grid: one tensor per input, all of the grid's shape. */
export function meshgrid(
  inputs: readonly TensorLike[],
  { indexing = "xy" }: MeshgridOptions = {},
): Tensor[] {
  const lines = needList("make a grid", inputs).map((x) =>
    asTensor(x).flatten()
  );
  const order = lines.map((_, i) => i);
  if (indexing === "xy" && lines.length > 1) [order[0], order[1]] = [1, 0];
  const shape = order.map((i) => lines[i].size);
  return lines.map((line, i) => {
    const axis = order.indexOf(i);
    const own = shape.map((_, j) => j === axis ? line.size : 1);
    return new Tensor(broadcastTo(line.reshape(own).value, shape));
  });
}

/** A tensor from data or from a tensor; see `tensor`. */
export function array(data: TensorLike, dtype?: DType): Tensor {
  return new Tensor(asValue(toValue(data), dtype));
}
