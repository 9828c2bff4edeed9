/**
 * Rules of the reductions. The order in which a sum adds up may change, which
 * no device promises; a sum of `n` equal numbers is their product with `n`.
 *
 * @module
 */
import { round } from "../../base/dtype.ts";
import { range, sizeOf, withoutAxes } from "../../base/shape.ts";
import type { ReduceOp } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import { inferAvals } from "../../ir/shape_rules.ts";
import { constantLike } from "./fold.ts";
import {
  from,
  full,
  isIdentity,
  one,
  type Replacement,
  reshaped,
  type Rewriter,
  type Rule,
  shapeOf,
  unitReshapeOf,
} from "./rewriter.ts";

/** Reduction of `count` equal numbers; nothing where it is not simple. */
function reduceSplat(
  op: ReduceOp,
  value: number,
  count: number,
): number | undefined {
  if (op === "max" || op === "min") return value;
  if (op === "sum") return value * count;
  return value === 0 || value === 1 ? value : undefined;
}

/** Axes of size 1 and 0; constants, broadcasts, reshapes, transposes. */
export const reduce: Rule<"reduce"> = (
  r,
  inputs,
  { op, axes },
): Replacement => {
  const [x] = inputs;
  if (axes.length === 0) return x;
  const { dtype, shape } = r.avals[x];
  const kept = withoutAxes(shape, axes);
  const count = sizeOf(axes.map((a) => shape[a]));
  if (count === 0) {
    return full(r, { dtype, shape: kept }, op === "prod" ? 1 : 0);
  }
  const value = r.splat(x);
  if (value !== undefined) {
    const reduced = reduceSplat(op, value, count);
    if (reduced !== undefined) {
      return full(r, { dtype, shape: kept }, round(dtype, reduced));
    }
  }
  const long = axes.filter((a) => shape[a] !== 1);
  if (long.length < axes.length) {
    const y = one(r, "reduce", [x], { op, axes: long });
    return reshaped(r, y, kept);
  }
  return ofBroadcast(r, x, op, axes) ?? ofMoved(r, x, op, axes) ??
    ofReduce(r, x, op, axes);
};

/** Reduces the operand of a broadcast; repeats count once. */
function ofBroadcast(
  r: Rewriter,
  x: ValueId,
  op: ReduceOp,
  axes: readonly number[],
): ValueId | undefined {
  const node = from(r, x, "broadcast");
  if (!node) return undefined;
  const shape = shapeOf(r, x);
  const places = node.params.axes;
  const repeats = sizeOf(
    axes.filter((a) => !places.includes(a)).map((a) => shape[a]),
  );
  if (op === "prod" && repeats > 1) return undefined;
  const inner = range(places.length).filter((i) => axes.includes(places[i]));
  let y = one(r, "reduce", node.inputs, { op, axes: inner });
  if (op === "sum") {
    const factor = constantLike(r, y, repeats);
    y = one(r, "binary", [y, factor], { op: "mul" });
  }
  const left = range(shape.length).filter((a) => !axes.includes(a));
  return one(r, "broadcast", [y], {
    shape: left.map((a) => shape[a]),
    axes: places.filter((a) => !axes.includes(a)).map((a) => left.indexOf(a)),
  });
}

/** Reduces the operand of a transpose, or of a reshape that adds axes of 1. */
function ofMoved(
  r: Rewriter,
  x: ValueId,
  op: ReduceOp,
  axes: readonly number[],
): ValueId | undefined {
  const node = from(r, x, "transpose");
  if (node) {
    const { perm } = node.params;
    const inner = axes.map((a) => perm[a]).sort((a, b) => a - b);
    const y = one(r, "reduce", node.inputs, { op, axes: inner });
    const left = perm.filter((a) => !inner.includes(a));
    const order = left.map((a) => a - inner.filter((b) => b < a).length);
    return isIdentity(order) ? y : one(r, "transpose", [y], { perm: order });
  }
  const unit = unitReshapeOf(r, x);
  if (!unit) return undefined;
  const y = one(r, "reduce", [unit.x], {
    op,
    axes: axes.map((a) => unit.map[a]),
  });
  return reshaped(r, y, withoutAxes(shapeOf(r, x), axes));
}

/** One reduction over the axes of both. */
function ofReduce(
  r: Rewriter,
  x: ValueId,
  op: ReduceOp,
  axes: readonly number[],
): ValueId | undefined {
  const node = from(r, x, "reduce");
  if (node?.params.op !== op || !r.usedOnce(x)) return undefined;
  const [source] = node.inputs;
  const done = node.params.axes;
  const left = range(shapeOf(r, source).length).filter((a) =>
    !done.includes(a)
  );
  const all = [...done, ...axes.map((a) => left[a])].sort((a, b) => a - b);
  return one(r, "reduce", [source], { op, axes: all });
}

/** The first of equal numbers, or of one. */
export const argreduce: Rule<"argreduce"> = (
  r,
  inputs,
  { axis },
): Replacement => {
  const [x] = inputs;
  const shape = shapeOf(r, x);
  if (shape[axis] !== 1 && r.splat(x) === undefined) return undefined;
  return full(r, { dtype: "i32", shape: withoutAxes(shape, [axis]) }, 0);
};

/** A sum of one. */
export const cumsum: Rule<"cumsum"> = (r, inputs, { axis }): Replacement => {
  const [x] = inputs;
  return shapeOf(r, x)[axis] === 1 ? x : undefined;
};

/** Sums of windows of zeros are zeros. */
export const reduceWindow: Rule<"reduceWindow"> = (
  r,
  inputs,
  params,
): Replacement => {
  if (params.op !== "sum" || r.splat(inputs[0]) !== 0) return undefined;
  const avals = inputs.map((id) => r.avals[id]);
  return full(r, inferAvals("reduceWindow", avals, params)[0], 0);
};

/** Zeros that are added to zeros: the gradient of what has none. */
export const scatter: Rule<"scatter"> = (
  r,
  [x, , updates],
  { mode },
): Replacement =>
  mode === "add" && r.splat(x) === 0 && r.splat(updates) === 0 ? x : undefined;

/** Rows of one element are in order. */
export const sort: Rule<"sort"> = (r, inputs, { axis }) =>
  shapeOf(r, inputs[0])[axis] <= 1 ? inputs : undefined;
