/**
 * From data of the host to values: numbers, nested arrays, typed arrays, and
 * everything that says how it becomes a tensor.
 *
 * @module
 */
import {
  allocate,
  type DType,
  promote,
  round,
  type TypedArray,
} from "../../base/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { HostStorage } from "../../device/device.ts";
import { currentTrace, Value } from "../../transform/trace.ts";
import { asValue, compute, type Operand, scalarDtype } from "./operand.ts";

/** What holds a value: a tensor. */
export interface ValueHolder {
  /**
   * The value.
   *
   * @internal
   */
  readonly value: Value;
}

/** What can be used as a tensor: tensors themselves, and parameters. */
export interface TensorSource {
  /** The tensor. */
  toTensor(): ValueHolder;
}

/** Arrays of numbers, booleans or tensors, nested to any depth. */
export type NestedArray = readonly (
  | number
  | boolean
  | TensorSource
  | NestedArray
)[];

/** Typed arrays that can become tensors. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** What is accepted wherever a tensor is. */
export type TensorLike =
  | TensorSource
  | number
  | boolean
  | NestedArray
  | NumericArray;

/** Whether `x` says how it becomes a tensor. */
export function isTensorSource(x: unknown): x is TensorSource {
  return x !== null && (typeof x === "object" || typeof x === "function") &&
    "toTensor" in x && typeof x.toTensor === "function";
}

/** A user's operand; JS scalars stay weak. */
export function toOperand(x: TensorLike): Operand {
  if (typeof x === "number" || typeof x === "boolean") return x;
  return isTensorSource(x) ? x.toTensor().value : fromHost(x);
}

/** A user's operand as a value. */
export function toValue(x: TensorLike): Value {
  return asValue(toOperand(x));
}

/** A concrete value over `data`, which must not be written to afterwards. */
export function concrete(dtype: DType, shape: Shape, data: TypedArray): Value {
  return new Value({ dtype, shape }, new HostStorage(data));
}

/** A value with the elements of `data`, which is copied. */
export function fromHost(data: TensorLike, dtype?: DType): Value {
  if (isTensorSource(data)) return asValue(data.toTensor().value, dtype);
  if (typeof data === "number" || typeof data === "boolean") {
    return fromScalar(data, dtype ?? scalarDtype(data));
  }
  if (Array.isArray(data)) return fromNested(data, dtype);
  if (ArrayBuffer.isView(data)) return fromTyped(data, dtype);
  throw new ShapeError(
    `Cannot make a tensor: ${describe(data)} was given, expected numbers, ` +
      "booleans, nested arrays of them, a typed array or a tensor",
  );
}

function fromScalar(x: number | boolean, dtype: DType): Value {
  if (currentTrace() !== null) return asValue(x, dtype);
  const data = allocate(dtype, 1);
  data[0] = round(dtype, Number(x));
  return concrete(dtype, [], data);
}

function fromTyped(data: ArrayBufferView, dtype?: DType): Value {
  if (!isNumericArray(data)) {
    throw new ShapeError(
      `Cannot make a tensor: ${describe(data)} was given, expected elements ` +
        "of at most 32 bits: convert it, for instance with " +
        "Int32Array.from(data, Number)",
    );
  }
  const type = dtype ?? dtypeOfArray(data);
  // Typed arrays convert as `round` does, but for truth.
  if (type === "bool") {
    return concrete(type, [data.length], filled(type, data.length, data));
  }
  const copy = allocate(type, data.length);
  copy.set(data);
  return concrete(type, [data.length], copy);
}

function dtypeOfArray(x: NumericArray): DType {
  if (x instanceof Float32Array || x instanceof Float64Array) return "f32";
  const signed = x instanceof Int32Array || x instanceof Int16Array ||
    x instanceof Int8Array;
  return signed ? "i32" : "u32";
}

function isNumericArray(x: ArrayBufferView): x is NumericArray {
  return !(x instanceof DataView) && !(x instanceof BigInt64Array) &&
    !(x instanceof BigUint64Array);
}

function filled(
  dtype: DType,
  size: number,
  values: ArrayLike<number | boolean>,
): TypedArray {
  const out = allocate(dtype, size);
  for (let i = 0; i < size; i++) out[i] = round(dtype, Number(values[i]));
  return out;
}

function fromNested(data: NestedArray, dtype?: DType): Value {
  if (hasTensor(data)) return stackNested(data, dtype);
  const shape: number[] = [];
  for (let x: unknown = data; Array.isArray(x); x = x[0]) shape.push(x.length);
  const flat: (number | boolean)[] = [];
  flatten(data, shape, 0, flat);
  let type: DType = dtype ?? (flat.length === 0 ? "f32" : "bool");
  if (dtype === undefined) {
    for (const x of flat) type = promote(type, scalarDtype(x));
  }
  return concrete(type, shape, filled(type, sizeOf(shape), flat));
}

function hasTensor(data: NestedArray): boolean {
  return data.some((x) =>
    isTensorSource(x) || (Array.isArray(x) && hasTensor(x))
  );
}

/** Arrays that hold tensors are stacked, level by level. */
function stackNested(data: NestedArray, dtype?: DType): Value {
  const parts = data.map((x) => fromHost(x, dtype));
  const type = dtype ?? parts.map((v) => v.aval.dtype).reduce(promote);
  return compute(parts, (o, ids) =>
    o.bind(
      "concat",
      ids.map((id) => o.reshape(o.cast(id, type), [1, ...o.shape(id)])),
      { axis: 0 },
    ));
}

function flatten(
  data: unknown,
  shape: Shape,
  depth: number,
  out: (number | boolean)[],
): void {
  if (depth === shape.length) {
    if (typeof data === "number" || typeof data === "boolean") {
      out.push(data);
      return;
    }
  } else if (Array.isArray(data) && data.length === shape[depth]) {
    for (const x of data) flatten(x, shape, depth + 1, out);
    return;
  }
  const expected = depth === shape.length
    ? "a number or boolean"
    : `an array of ${shape[depth]}`;
  throw new ShapeError(
    `Cannot make a tensor: ${describe(data)} was given at depth ${depth} of ` +
      `nested arrays of shape [${shape}], expected ${expected}, as at the start`,
  );
}

/** A few words on a value that is not what was expected. */
export function describe(x: unknown): string {
  if (Array.isArray(x)) return `an array of ${x.length}`;
  if (typeof x === "string") return JSON.stringify(x);
  if (typeof x !== "object" || x === null) return String(x);
  return `a ${x.constructor?.name || "object"}`;
}
