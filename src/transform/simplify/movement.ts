/**
 * Rules of the primitives that only move elements, except slices. Their normal
 * form: reshapes and broadcasts of a movement become one movement, a broadcast
 * operand has no axes of size 1, and whatever only moves axes of size 1 is a
 * reshape.
 *
 * @module
 */
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import type { ValueId } from "../../ir/program.ts";
import { reshapedRandom } from "./random.ts";
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
  unitReshape,
} from "./rewriter.ts";

/** Only zeros. */
export const iota: Rule<"iota"> = (r, _, { dtype, shape, axis }): Replacement =>
  shape[axis] === 1 ? full(r, { dtype, shape }, 0) : undefined;

/** No repetition; a broadcast of a broadcast; operand axes of size 1. */
export const broadcast: Rule<"broadcast"> = (
  r,
  inputs,
  { shape, axes },
): Replacement => {
  const [x] = inputs;
  const before = shapeOf(r, x);
  if (sameShape(before, shape)) return x;
  if (from(r, x, "constant")) return undefined;
  const inner = from(r, x, "broadcast");
  if (inner) {
    const composed = inner.params.axes.map((a) => axes[a]);
    return one(r, "broadcast", inner.inputs, { shape, axes: composed });
  }
  if (shape.every((size, i) => size === 1 || axes.includes(i))) {
    return reshaped(r, x, shape);
  }
  if (!before.includes(1)) return undefined;
  const squeezed = reshaped(r, x, before.filter((size) => size !== 1));
  return one(r, "broadcast", [squeezed], {
    shape,
    axes: axes.filter((_, i) => before[i] !== 1),
  });
};

/** The same shape; of a reshape, a constant, a broadcast, random keys. */
export const reshape: Rule<"reshape"> = (r, inputs, { shape }): Replacement => {
  const [x] = inputs;
  const before = shapeOf(r, x);
  if (sameShape(before, shape)) return x;
  const inner = from(r, x, "reshape");
  if (inner) return reshaped(r, inner.inputs[0], shape);
  const value = r.splat(x);
  if (value !== undefined) {
    return full(r, { dtype: r.avals[x].dtype, shape }, value);
  }
  const repeated = from(r, x, "broadcast");
  if (repeated) {
    const map = unitReshape(before, shape);
    // Operand axes have sizes other than 1, so each has a place in the map.
    return map && one(r, "broadcast", repeated.inputs, {
      shape,
      axes: repeated.params.axes.map((a) => map[a]),
    });
  }
  return reshapedRandom(r, x, shape);
};

/** Whether `perm` keeps the order of all axes but those of size 1. */
function movesOnlyUnits(shape: Shape, perm: readonly number[]): boolean {
  let last = -1;
  for (const axis of perm) {
    if (shape[axis] === 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

/** No move; of a transpose, a constant, a broadcast, an iota, a dot. */
export const transpose: Rule<"transpose"> = (
  r,
  inputs,
  { perm },
): Replacement => {
  const [x] = inputs;
  if (isIdentity(perm)) return x;
  const before = shapeOf(r, x);
  const shape = perm.map((a) => before[a]);
  if (movesOnlyUnits(before, perm)) return reshaped(r, x, shape);
  const inner = from(r, x, "transpose");
  if (inner) {
    const composed = perm.map((a) => inner.params.perm[a]);
    return one(r, "transpose", inner.inputs, { perm: composed });
  }
  const repeated = from(r, x, "broadcast");
  if (repeated) {
    const places = repeated.params.axes.map((a) => perm.indexOf(a));
    const order = places.map((_, i) => i).sort((i, j) => places[i] - places[j]);
    const y = one(r, "transpose", repeated.inputs, { perm: order });
    const axes = order.map((i) => places[i]);
    return one(r, "broadcast", [y], { shape, axes });
  }
  const iota = from(r, x, "iota");
  if (iota) {
    const { dtype, axis } = iota.params;
    return one(r, "iota", [], { dtype, shape, axis: perm.indexOf(axis) });
  }
  return transposedDot(r, x, perm);
};

/**
 * A transpose that moves batch axes among themselves and may swap the free axes
 * of the two operands: the dot itself can yield that order.
 */
function transposedDot(
  r: Rewriter,
  x: ValueId,
  perm: readonly number[],
): ValueId | undefined {
  const dot = from(r, x, "dot");
  if (!dot) return undefined;
  const [a, b] = dot.inputs;
  const { contract, batch } = dot.params;
  const batched = batch[0].length;
  const split = shapeOf(r, a).length - contract[0].length;
  if (perm.slice(0, batched).some((axis) => axis >= batched)) return undefined;
  const reorder = (axes: readonly number[]) =>
    perm.slice(0, batched).map((i) => axes[i]);
  const free = perm.slice(batched);
  const left = Array.from({ length: split - batched }, (_, i) => batched + i);
  const right = Array.from(
    { length: perm.length - split },
    (_, i) => split + i,
  );
  const swapped = sameShape(free, [...right, ...left]);
  if (!swapped && !sameShape(free, [...left, ...right])) return undefined;
  if (!r.usedOnce(x)) return undefined;
  if (!swapped) {
    return one(r, "dot", [a, b], {
      contract,
      batch: [reorder(batch[0]), reorder(batch[1])],
    });
  }
  return one(r, "dot", [b, a], {
    contract: [contract[1], contract[0]],
    batch: [reorder(batch[1]), reorder(batch[0])],
  });
}

/** Nothing reversed; of a reverse, a constant, a broadcast. */
export const reverse: Rule<"reverse"> = (r, inputs, { axes }): Replacement => {
  const [x] = inputs;
  const shape = shapeOf(r, x);
  const inner = from(r, x, "reverse");
  const repeated = from(r, x, "broadcast");
  if (repeated) {
    const places = repeated.params.axes;
    const moved = axes.map((a) => places.indexOf(a)).filter((i) => i >= 0);
    const y = one(r, "reverse", repeated.inputs, { axes: moved });
    return one(r, "broadcast", [y], repeated.params);
  }
  const once = new Set(axes.filter((a) => shape[a] !== 1));
  for (const a of inner?.params.axes ?? []) {
    if (!once.delete(a)) once.add(a);
  }
  const source = inner ? inner.inputs[0] : x;
  if (once.size === 0) return source;
  if (!inner && once.size === axes.length) return undefined;
  const sorted = [...once].sort((a, b) => a - b);
  return one(r, "reverse", [source], { axes: sorted });
};

/** Widths of 0; a constant padded with itself; an empty operand. */
export const pad: Rule<"pad"> = (r, inputs, { lo, hi, inner }): Replacement => {
  const [x, fill] = inputs;
  const before = shapeOf(r, x);
  const widens = before.some((n, i) =>
    lo[i] > 0 || hi[i] > 0 || (inner[i] > 0 && n > 1)
  );
  if (!widens) return x;
  const value = r.splat(fill);
  const same = value !== undefined && Object.is(value, r.splat(x));
  if (!same && sizeOf(before) > 0) return undefined;
  const shape = before.map((n, i) =>
    n + lo[i] + hi[i] + Math.max(0, n - 1) * inner[i]
  );
  return one(r, "broadcast", [fill], { shape, axes: [] });
};

/** One operand; empty operands; equal constants; a concat inside. */
export const concat: Rule<"concat"> = (r, inputs, params): Replacement => {
  const { axis } = params;
  if (inputs.length === 1) return inputs[0];
  const parts = inputs.flatMap((x) => {
    if (shapeOf(r, x)[axis] === 0) return [];
    const inner = from(r, x, "concat");
    return inner?.params.axis === axis ? inner.inputs : [x];
  });
  if (parts.length === 0) return inputs[0];
  const [first] = parts;
  const value = r.splat(first);
  if (
    value !== undefined && parts.every((x) => Object.is(r.splat(x), value))
  ) {
    const shape = [...shapeOf(r, first)];
    shape[axis] = inputs.reduce((n, x) => n + shapeOf(r, x)[axis], 0);
    return full(r, { dtype: r.avals[first].dtype, shape }, value);
  }
  return sameShape(parts, inputs) ? undefined : one(r, "concat", parts, params);
};
