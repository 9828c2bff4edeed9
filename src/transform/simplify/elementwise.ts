/**
 * Rules of the elementwise primitives other than `binary`, exact for every
 * float including NaN and the infinities.
 *
 * @module
 */
import { type DType, round } from "../../base/dtype.ts";
import { bitcast, cast, COMPARE, UNARY } from "../../device/scalar_ops.ts";
import type { CompareOp, UnaryOp } from "../../ir/primitives.ts";
import { isNode, type ValueId } from "../../ir/program.ts";
import { constantLike, splats, throughMovement } from "./fold.ts";
import {
  dtypeOf,
  from,
  full,
  one,
  type Replacement,
  type Rewriter,
  type Rule,
  shapeOf,
} from "./rewriter.ts";

/** Two applications undo each other. */
const INVOLUTIONS: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["neg", "not"]);

/** A second application changes nothing. */
const IDEMPOTENT: ReadonlySet<UnaryOp> = new Set<UnaryOp>([
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
]);

/** What these drop from their operand: the sign. */
const EVEN: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["abs", "square"]);

/** Constants; `neg(neg(x))`, `abs(abs(x))`, `abs(neg(x))`, `neg(x * c)`. */
export const unary: Rule<"unary"> = (r, inputs, params): Replacement => {
  const { op } = params;
  const [x] = inputs;
  const value = r.splat(x);
  if (value !== undefined) {
    const dtype = op === "isnan" ? "bool" : dtypeOf(r, x);
    const y = round(dtype, UNARY[op](value, dtypeOf(r, x)));
    return full(r, { dtype, shape: shapeOf(r, x) }, y);
  }
  return nestedUnary(r, op, x) ?? throughMovement(r, "unary", inputs, params);
};

function nestedUnary(
  r: Rewriter,
  op: UnaryOp,
  x: ValueId,
): ValueId | undefined {
  const node = r.producer(x);
  if (!node) return undefined;
  if (isNode(node, "unary")) {
    const inner = node.params.op;
    if (inner === op && INVOLUTIONS.has(op)) return node.inputs[0];
    if (inner === op && IDEMPOTENT.has(op)) return x;
    if (EVEN.has(op) && (inner === "neg" || inner === "abs")) {
      return one(r, "unary", node.inputs, { op });
    }
  }
  if (op === "neg" && isNode(node, "binary") && node.params.op === "mul") {
    const [a, c] = node.inputs;
    const factor = r.splat(c);
    if (factor === undefined) return undefined;
    const scaled = constantLike(r, c, -factor);
    return one(r, "binary", [a, scaled], { op: "mul" });
  }
  return undefined;
}

/** Of integers compared with themselves. */
const REFLEXIVE: Record<CompareOp, number> = {
  eq: 1,
  le: 1,
  ge: 1,
  ne: 0,
  lt: 0,
  gt: 0,
};

/** Constants; an integer against itself. */
export const compare: Rule<"compare"> = (r, inputs, params): Replacement => {
  const { op } = params;
  const [a, b] = inputs;
  const values = splats(r, inputs);
  const result = (value: number) =>
    full(r, { dtype: "bool", shape: shapeOf(r, a) }, value);
  if (values) return result(Number(COMPARE[op](values[0], values[1])));
  // A float may be NaN, which differs from itself.
  if (a === b && dtypeOf(r, a) !== "f32") return result(REFLEXIVE[op]);
  return throughMovement(r, "compare", inputs, params);
};

/** A known condition; equal branches; a negated condition. */
export const select: Rule<"select"> = (r, inputs, params): Replacement => {
  const [condition, a, b] = inputs;
  if (a === b) return a;
  const known = r.splat(condition);
  if (known !== undefined) return known !== 0 ? a : b;
  const not = from(r, condition, "unary");
  if (not?.params.op === "not") {
    return one(r, "select", [not.inputs[0], b, a], {});
  }
  return throughMovement(r, "select", inputs, params);
};

/** Constants; `x * 1 + 0` (a -0 becomes 0). */
export const affine: Rule<"affine"> = (r, inputs, params): Replacement => {
  const [x] = inputs;
  const value = r.splat(x);
  const { scale, shift } = params;
  if (value !== undefined) return constantLike(r, x, value * scale + shift);
  if (scale === 1 && shift === 0) return x;
  return throughMovement(r, "affine", inputs, params);
};

/** Whether `to` can hold every value of `from`, so that casting back undoes. */
function isLossless(from: DType, to: DType): boolean {
  return from === "bool" || (from !== "f32" && to !== "f32" && to !== "bool");
}

/** Constants; the same dtype; a cast of a cast that lost nothing. */
export const castRule: Rule<"cast"> = (r, inputs, params): Replacement => {
  const [x] = inputs;
  const { dtype } = params;
  const was = dtypeOf(r, x);
  if (was === dtype) return x;
  const value = r.splat(x);
  if (value !== undefined) {
    const y = cast(value, was, dtype);
    return full(r, { dtype, shape: shapeOf(r, x) }, y);
  }
  const inner = from(r, x, "cast");
  if (inner) {
    const [origin] = inner.inputs;
    const first = dtypeOf(r, origin);
    // i32 and u32 differ as floats where they agree as bits.
    const sameAfter = first === "bool" || dtype !== "f32";
    if (isLossless(first, was) && sameAfter) {
      return one(r, "cast", [origin], { dtype });
    }
  }
  return throughMovement(r, "cast", inputs, params);
};

/** Constants; the same dtype; a bitcast of a bitcast. */
export const bitcastRule: Rule<"bitcast"> = (
  r,
  inputs,
  params,
): Replacement => {
  const [x] = inputs;
  const { dtype } = params;
  const was = dtypeOf(r, x);
  if (was === dtype) return x;
  const value = r.splat(x);
  if (value !== undefined) {
    const y = bitcast(value, was, dtype);
    // A NaN constant would not keep its payload.
    if (Number.isNaN(y)) return undefined;
    return full(r, { dtype, shape: shapeOf(r, x) }, y);
  }
  const inner = from(r, x, "bitcast");
  if (inner) return one(r, "bitcast", inner.inputs, { dtype });
  return throughMovement(r, "bitcast", inputs, params);
};
