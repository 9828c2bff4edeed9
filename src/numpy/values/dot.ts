/**
 * Products of values: numpy's matmul, dot and tensordot, in f32.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import {
  type Aval,
  broadcastShapes,
  formatAval,
  normalizeAxis,
  range,
} from "../../base/shape.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { broadcastId, compute } from "./operand.ts";

function needInner(a: Aval, b: Aval, axisA: number, axisB: number): void {
  const m = a.shape[axisA], n = b.shape[axisB];
  if (m === n) return;
  throw new ShapeError(
    `Cannot multiply ${formatAval(a)} and ${formatAval(b)}: the last axis of ` +
      `the first has size ${m}, axis ${axisB} of the second ${n}, expected ` +
      "equal sizes",
  );
}

/** Matrix product; leading axes of matrices broadcast. */
export function matmul(x: Value, y: Value): Value {
  const a = x.aval, b = y.aval;
  const rankA = a.shape.length, rankB = b.shape.length;
  if (rankA === 0 || rankB === 0) {
    throw new ShapeError(
      `Cannot multiply ${formatAval(a)} and ${formatAval(b)} as matrices: a ` +
        "scalar was given, expected at least one axis: use mul",
    );
  }
  const innerB = Math.max(0, rankB - 2);
  needInner(a, b, rankA - 1, innerB);
  // Without leading axes on one side, the other's are free axes.
  if (rankB <= 2) return tensordot(x, y, [[rankA - 1], [innerB]]);
  if (rankA <= 2) {
    const out = tensordot(y, x, [[innerB], [rankA - 1]]);
    return rankA === 1 ? out : transposeLast(out);
  }
  const lead = broadcastShapes(
    { dtype: a.dtype, shape: a.shape.slice(0, -2) },
    { dtype: b.dtype, shape: b.shape.slice(0, -2) },
    "multiply matrices with leading axes",
  );
  const batch = range(lead.length);
  const spread = (o: Ops, id: ValueId) =>
    broadcastId(o, o.cast(id, "f32"), [...lead, ...o.shape(id).slice(-2)]);
  return compute([x, y], (o, [p, q]) =>
    o.dot(spread(o, p), spread(o, q), {
      contract: [[lead.length + 1], [lead.length]],
      batch: [batch, batch],
    }));
}

function transposeLast(x: Value): Value {
  const rank = x.aval.shape.length;
  const perm = [...range(rank - 2), rank - 1, rank - 2];
  return compute([x], (o, [id]) => o.transpose(id, perm));
}

/** numpy's dot: scalars multiply, otherwise last with second last axis. */
export function dot(x: Value, y: Value): Value {
  const rankA = x.aval.shape.length, rankB = y.aval.shape.length;
  if (rankA === 0 || rankB === 0) {
    return compute([x, y], (o, [p, q]) => {
      const shape = rankA === 0 ? o.shape(q) : o.shape(p);
      return o.mul(
        broadcastId(o, o.cast(p, "f32"), shape),
        broadcastId(o, o.cast(q, "f32"), shape),
      );
    });
  }
  const inner = Math.max(0, rankB - 2);
  needInner(x.aval, y.aval, rankA - 1, inner);
  return tensordot(x, y, [[rankA - 1], [inner]]);
}

/** Sum of products over pairs of axes. */
export function tensordot(
  x: Value,
  y: Value,
  axes: number | readonly [readonly number[], readonly number[]],
): Value {
  const rankA = x.aval.shape.length, rankB = y.aval.shape.length;
  const what = `multiply ${formatAval(x.aval)} and ${formatAval(y.aval)}`;
  const [left, right] = typeof axes === "number"
    ? [range(axes).map((i) => rankA - axes + i), range(axes)]
    : axes;
  const contract = [
    left.map((i) => normalizeAxis(i, rankA, what)),
    right.map((i) => normalizeAxis(i, rankB, what)),
  ] as const;
  if (contract[0].length !== contract[1].length) {
    throw new ShapeError(
      `Cannot ${what}: axes [${left}] and [${right}] were given, expected ` +
        "as many of both",
    );
  }
  return dotGeneral(x, y, contract, [[], []]);
}

/** The dot primitive itself, in f32. */
export function dotGeneral(
  x: Value,
  y: Value,
  contract: readonly [readonly number[], readonly number[]],
  batch: readonly [readonly number[], readonly number[]],
): Value {
  return compute(
    [x, y],
    (o, [p, q]) =>
      o.dot(o.cast(p, "f32"), o.cast(q, "f32"), { contract, batch }),
  );
}
