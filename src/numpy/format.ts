/**
 * Tensors as text and as nested JS arrays.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { TraceError } from "../base/errors.ts";
import {
  type Aval,
  formatAval,
  type Shape,
  sizeOf,
  stridesOf,
} from "../base/shape.ts";
import type { Value } from "../transform/trace.ts";

/** Nested JS arrays of numbers or booleans; a scalar is the element itself. */
export type NestedList = number | boolean | NestedList[];

/** Elements of one row-major array as nested JS arrays. */
export function toNested(
  dtype: DType,
  shape: Shape,
  data: TypedArray,
): NestedList {
  const strides = stridesOf(shape);
  const visit = (axis: number, offset: number): NestedList => {
    if (axis === shape.length) {
      return dtype === "bool" ? data[offset] !== 0 : data[offset];
    }
    const out: NestedList[] = [];
    for (let i = 0; i < shape[axis]; i++) {
      out.push(visit(axis + 1, offset + i * strides[axis]));
    }
    return out;
  };
  return visit(0, 0);
}

/** Tensors of more elements show only the edges of their axes. */
const MAX_ELEMENTS = 100;
const EDGE = 3;
const MAX_LINE = 60;

/** `Tensor f32[2] [1, 2]`, or `Traced f32[2] in "fn"`. */
export function formatTensor(value: Value): string {
  const aval = formatAval(value.aval);
  if (value.storage === null) return `Traced ${aval} in "${value.trace?.name}"`;
  if (!value.storage.isSync) {
    return `Tensor ${aval} on ${value.storage.device}, read with await x.data()`;
  }
  const text = formatElements(value.aval, value.storage.readSync());
  return `Tensor ${aval}${text[0] === "\n" ? "" : " "}${text}`;
}

/** In one line if that is short, else a line per row as numpy has it. */
function formatElements(
  { dtype, shape }: Aval,
  data: TypedArray,
): string {
  const strides = stridesOf(shape);
  const short = sizeOf(shape) > MAX_ELEMENTS;
  const visit = (axis: number, offset: number, lines: boolean): string => {
    if (axis === shape.length) return formatElement(dtype, data[offset]);
    const n = shape[axis];
    const parts: string[] = [];
    for (let i = 0; i < n; i++) {
      if (short && n > 2 * EDGE && i === EDGE) {
        parts.push("...");
        i = n - EDGE;
      }
      parts.push(visit(axis + 1, offset + i * strides[axis], lines));
    }
    const breaks = lines && axis < shape.length - 1;
    return `[${parts.join(breaks ? ",\n" + " ".repeat(axis + 1) : ", ")}]`;
  };
  const line = visit(0, 0, false);
  return line.length <= MAX_LINE ? line : "\n" + visit(0, 0, true);
}

/** Enough digits to tell elements apart by eye, not to restore them. */
function formatElement(dtype: DType, x: number): string {
  if (dtype === "bool") return String(x !== 0);
  if (dtype !== "f32" || !Number.isFinite(x)) return String(x);
  return Object.is(x, -0) ? "-0" : String(Number(x.toPrecision(6)));
}

/** What is said when a JS operator wants a tensor to be a number. */
export function noNumber(aval: Aval): TraceError {
  return new TraceError(
    `Cannot convert a tensor to a number: ${formatAval(aval)} was used with ` +
      "a JS operator, expected a method: write x.mul(2) instead of x * 2, and " +
      "await x.item() to read one element",
  );
}
