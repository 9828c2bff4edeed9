/**
 * Reductions on values: sums, extremes, positions of extremes.
 *
 * @module
 */
import { isFloat } from "../../base/dtype.ts";
import {
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sizeOf,
} from "../../base/shape.ts";
import type { ReduceOp } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { compute } from "./operand.ts";

/** Axis or axes of a reduction; `null` or nothing means all. */
export type Axes = number | readonly number[] | null;

/** Options of a reduction. */
export interface ReduceOptions {
  /** Keep the reduced axes with size 1. */
  readonly keepdims?: boolean;
}

/** Options of a variance. */
export interface VarianceOptions extends ReduceOptions {
  /** Taken off the number of elements in the divisor; 0 by default. */
  readonly ddof?: number;
}

/** Puts back the reduced axes with size 1. */
function keepAxes(
  o: Ops,
  x: ValueId,
  shape: Shape,
  axes: readonly number[],
): ValueId {
  return o.reshape(x, shape.map((n, i) => axes.includes(i) ? 1 : n));
}

function reduceWith(
  what: string,
  x: Value,
  axis: Axes | undefined,
  keepdims: boolean,
  body: (o: Ops, id: ValueId, axes: readonly number[]) => ValueId,
): Value {
  const { shape } = x.aval;
  const axes = normalizeAxes(axis, shape.length, what);
  return compute([x], (o, [id]) => {
    const out = body(o, id, axes);
    return keepdims ? keepAxes(o, out, shape, axes) : out;
  });
}

/** Sum, product, largest or smallest element; bools are added as i32. */
export function reduce(
  op: ReduceOp,
  x: Value,
  axis?: Axes,
  keepdims = false,
): Value {
  const { dtype } = x.aval;
  return reduceWith(op, x, axis, keepdims, (o, id, axes) => {
    if (dtype !== "bool") return o.reduce(op, id, axes);
    const out = o.reduce(op, o.cast(id, "i32"), axes);
    return op === "max" || op === "min" ? o.cast(out, "bool") : out;
  });
}

/** How many elements each result of a reduction is made of. */
export function countOf(shape: Shape, axis?: Axes, what = "count"): number {
  return sizeOf(normalizeAxes(axis, shape.length, what).map((a) => shape[a]));
}

/** Arithmetic mean, in f32. */
export function mean(x: Value, axis?: Axes, keepdims = false): Value {
  const n = countOf(x.aval.shape, axis, "mean");
  return reduceWith("mean", x, axis, keepdims, (o, id, axes) => {
    const sum = o.sum(o.cast(id, "f32"), axes);
    return o.div(sum, o.full(o.aval(sum), n));
  });
}

/** Mean squared distance from the mean; `ddof` is taken off the count. */
export function variance(
  x: Value,
  axis?: Axes,
  keepdims = false,
  ddof = 0,
): Value {
  const n = countOf(x.aval.shape, axis, "var");
  return reduceWith("var", x, axis, keepdims, (o, id, axes) => {
    const a = o.cast(id, "f32");
    const sum = o.sum(a, axes);
    const center = o.spread(
      o.div(sum, o.full(o.aval(sum), n)),
      o.shape(a),
      axes,
    );
    const squares = o.sum(o.unary("square", o.sub(a, center)), axes);
    return o.div(squares, o.full(o.aval(squares), n - ddof));
  });
}

/** Square root of the variance. */
export function std(
  x: Value,
  axis?: Axes,
  keepdims = false,
  ddof = 0,
): Value {
  const v = variance(x, axis, keepdims, ddof);
  return compute([v], (o, [id]) => o.unary("sqrt", id));
}

/** Whether any element is true (not 0). */
export function any(x: Value, axis?: Axes, keepdims = false): Value {
  return reduceWith(
    "any",
    x,
    axis,
    keepdims,
    (o, id, axes) => some(o, o.cast(id, "bool"), axes),
  );
}

/** Whether all elements are true (not 0). */
export function all(x: Value, axis?: Axes, keepdims = false): Value {
  return reduceWith(
    "all",
    x,
    axis,
    keepdims,
    (o, id, axes) =>
      o.unary("not", some(o, o.unary("not", o.cast(id, "bool")), axes)),
  );
}

function some(o: Ops, x: ValueId, axes: readonly number[]): ValueId {
  const count = o.sum(o.cast(x, "i32"), axes);
  return o.compareNumber("ne", count, 0);
}

/** Index of the first extreme along an axis, or in row-major order. */
export function argExtreme(
  op: "max" | "min",
  x: Value,
  axis?: number | null,
  keepdims = false,
): Value {
  const { shape, dtype } = x.aval;
  const flat = axis === undefined || axis === null;
  const at = flat ? 0 : normalizeAxis(axis, shape.length, `arg${op}`);
  return compute([x], (o, [id]) => {
    const a = dtype === "bool" ? o.cast(id, "i32") : id;
    const line = flat ? o.reshape(a, [sizeOf(shape)]) : a;
    const out = o.bind("argreduce", [line], { op, axis: at });
    if (!keepdims) return out;
    return keepAxes(o, out, shape, flat ? shape.map((_, i) => i) : [at]);
  });
}

/** Running sum along an axis, or in row-major order. */
export function cumsum(x: Value, axis?: number | null, reverse = false): Value {
  const { shape, dtype } = x.aval;
  const flat = axis === undefined || axis === null;
  const at = flat ? 0 : normalizeAxis(axis, shape.length, "cumsum");
  return compute([x], (o, [id]) => {
    const a = isFloat(dtype) ? id : o.cast(id, "i32");
    const line = flat ? o.reshape(a, [sizeOf(shape)]) : a;
    const sums = o.bind("cumsum", [line], { axis: at, reverse });
    return dtype === "u32" ? o.cast(sums, "u32") : sums;
  });
}
