/**
 * Operands as users give them, and `compute`, by which every function of this
 * floor runs: its nodes go into the current trace, or into one small Program
 * that runs at once. So an eager operation costs one call of the device,
 * whatever it needs of casts, constants and broadcasts.
 *
 * @module
 */
import { type DType, isFloat, promote } from "../../base/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import {
  type Aval,
  broadcastShapes,
  formatAval,
  sameShape,
  type Shape,
} from "../../base/shape.ts";
import { Builder, type ValueId } from "../../ir/program.ts";
import { Ops } from "../../transform/ops.ts";
import { apply, currentTrace, Value } from "../../transform/trace.ts";

/** A value, or a JS scalar, which adopts the dtype of what it meets. */
export type Operand = Value | number | boolean;

/** What a user function knows of one Program under construction. */
export type Body = (o: Ops, ids: ValueId[]) => ValueId;

/** Emits several results; see {@link compute}. */
export function computeAll(
  inputs: readonly Value[],
  body: (o: Ops, ids: ValueId[]) => readonly ValueId[],
): Value[] {
  const trace = currentTrace();
  if (trace !== null) {
    const ids = inputs.map((v) => trace.lift(v));
    return trace.wrap(body(new Ops(trace.builder), ids));
  }
  const builder = new Builder();
  const ids = inputs.map((v) => builder.input(v.aval));
  return apply(builder.build(body(new Ops(builder), ids)), inputs);
}

/** Emits nodes on `inputs` into the current trace, or runs them at once. */
export function compute(inputs: readonly Value[], body: Body): Value {
  return computeAll(inputs, (o, ids) => [body(o, ids)])[0];
}

/** Whether an operand is a value and not a JS scalar. */
export function isValue(x: Operand): x is Value {
  return x instanceof Value;
}

/**
 * The dtype of a JS scalar on its own: bool, i32 for a number without fraction
 * that fits, else f32.
 */
export function scalarDtype(x: number | boolean): DType {
  if (typeof x === "boolean") return "bool";
  return Number.isInteger(x) && x >= -(2 ** 31) && x < 2 ** 31 ? "i32" : "f32";
}

/** The common dtype of operands; JS scalars are weak. */
export function commonDtype(operands: readonly Operand[]): DType {
  let strong: DType | null = null;
  let weak: DType = "bool";
  for (const x of operands) {
    if (isValue(x)) {
      const { dtype } = x.aval;
      strong = strong === null ? dtype : promote(strong, dtype);
    } else weak = promote(weak, scalarDtype(x));
  }
  if (strong === null || weak === "f32") return weak;
  if (weak === "i32" && strong === "bool") return "i32";
  return strong;
}

/** The common dtype, or f32 where that is not a float. */
export function floatDtype(operands: readonly Operand[]): DType {
  const dtype = commonDtype(operands);
  return isFloat(dtype) ? dtype : "f32";
}

/** Aval of an operand on its own. */
export function avalOf(x: Operand): Aval {
  return isValue(x) ? x.aval : { dtype: scalarDtype(x), shape: [] };
}

/** The shape operands broadcast to, named after `what` in errors. */
export function commonShape(operands: readonly Operand[], what: string): Shape {
  return operands.map(avalOf).reduce((a, b) => ({
    dtype: a.dtype,
    shape: broadcastShapes(a, b, what),
  })).shape;
}

/** Repeats `x` to `shape` by numpy's rule: axes align at the right. */
export function broadcastId(o: Ops, x: ValueId, shape: Shape): ValueId {
  const from = o.shape(x);
  if (sameShape(from, shape)) return x;
  const lead = shape.length - from.length;
  const kept = from.flatMap((n, i) => n === shape[i + lead] ? [i] : []);
  const core = o.reshape(x, kept.map((i) => from[i]));
  return o.broadcast(core, shape, kept.map((i) => i + lead));
}

/** Applies `body` to operands of one dtype and one shape. */
export function elementwise(
  what: string,
  operands: readonly Operand[],
  dtype: DType,
  body: Body,
): Value {
  const shape = commonShape(operands, what);
  return computeMixed(
    operands,
    operands.map(() => dtype),
    (o, ids) => body(o, ids.map((id) => broadcastId(o, id, shape))),
  );
}

/** Applies `body` to operands of given dtypes; JS scalars become constants. */
export function computeMixed(
  operands: readonly Operand[],
  dtypes: readonly DType[],
  body: Body,
): Value {
  return compute(operands.filter(isValue), (o, ids) => {
    let next = 0;
    return body(
      o,
      operands.map((x, i) =>
        isValue(x)
          ? o.cast(ids[next++], dtypes[i])
          : o.full({ dtype: dtypes[i], shape: [] }, Number(x))
      ),
    );
  });
}

/** Refuses dtypes that have no numbers to compute with. */
export function needNumeric(what: string, x: Value): void {
  if (x.aval.dtype === "bool") {
    throw new ShapeError(
      `Cannot ${what} ${formatAval(x.aval)}: a bool has no arithmetic, ` +
        'expected f32, i32 or u32: convert it with .astype("f32")',
    );
  }
}

/** An operand as a value of its own dtype, or of `dtype`. */
export function asValue(x: Operand, dtype?: DType): Value {
  if (isValue(x) && (dtype === undefined || x.aval.dtype === dtype)) return x;
  return computeMixed([x], [dtype ?? avalOf(x).dtype], (_, [id]) => id);
}
