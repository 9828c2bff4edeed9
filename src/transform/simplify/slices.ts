/**
 * Rules of the primitives that take a part: a slice moves towards the source
 * of its operand, where it leaves less to compute; gathers and dynamic slices
 * at known places are slices.
 *
 * @module
 */
import { range, type Shape, sizeOf } from "../../base/shape.ts";
import type { Node, ValueId } from "../../ir/program.ts";
import { type Bounds, narrowsRandom, slicedRandom } from "./random.ts";
import {
  from,
  full,
  one,
  type Replacement,
  reshaped,
  type Rewriter,
  type Rule,
  shapeOf,
  unitReshapeOf,
} from "./rewriter.ts";

/** How the slice `bounds` of `x`, of the given shape, looks at its source. */
type Source = (
  r: Rewriter,
  x: ValueId,
  bounds: Bounds,
  shape: Shape,
) => ValueId | undefined;

/** How far a slice looks through elementwise nodes for random bits. */
const DEPTH = 12;

const ELEMENTWISE: ReadonlySet<string> = new Set([
  "unary",
  "binary",
  "compare",
  "select",
  "affine",
  "cast",
  "bitcast",
]);

function take(r: Rewriter, x: ValueId, bounds: Bounds): ValueId {
  return one(r, "slice", [x], bounds);
}

/** The whole of an axis of each given size. */
function whole(shape: Shape) {
  return {
    start: shape.map(() => 0),
    limit: [...shape],
    stride: shape.map(() => 1),
  };
}

/** Bounds per axis of the source, from those of axis `axes[i]` of the result. */
function picked(bounds: Bounds, axes: readonly number[]): Bounds {
  return {
    start: axes.map((a) => bounds.start[a]),
    limit: axes.map((a) => bounds.limit[a]),
    stride: axes.map((a) => bounds.stride[a]),
  };
}

const ofSlice: Source = (r, x, { start, stride }, shape) => {
  const inner = from(r, x, "slice");
  if (!inner) return undefined;
  const steps = stride.map((s, i) => s * inner.params.stride[i]);
  const first = start.map((s, i) =>
    inner.params.start[i] + s * inner.params.stride[i]
  );
  return take(r, inner.inputs[0], {
    start: first,
    limit: first.map((s, i) => s + (shape[i] - 1) * steps[i] + 1),
    stride: steps,
  });
};

const ofBroadcast: Source = (r, x, bounds, shape) => {
  const node = from(r, x, "broadcast");
  if (!node) return undefined;
  const { axes } = node.params;
  const y = take(r, node.inputs[0], picked(bounds, axes));
  return one(r, "broadcast", [y], { shape, axes });
};

const ofReshape: Source = (r, x, bounds, shape) => {
  const unit = unitReshapeOf(r, x);
  if (!unit) return undefined;
  const inner = shapeOf(r, unit.x);
  const axes = inner.map(() => -1);
  unit.map.forEach((to, axis) => {
    if (to >= 0) axes[to] = axis;
  });
  const { start, limit, stride } = picked(
    bounds,
    axes.map((a) => Math.max(a, 0)),
  );
  const pick = (list: readonly number[], unitValue: number) =>
    list.map((value, i) => axes[i] < 0 ? unitValue : value);
  const y = take(r, unit.x, {
    start: pick(start, 0),
    limit: pick(limit, 1),
    stride: pick(stride, 1),
  });
  return reshaped(r, y, shape);
};

const ofTranspose: Source = (r, x, bounds) => {
  const node = from(r, x, "transpose");
  if (!node) return undefined;
  const { perm } = node.params;
  const y = take(
    r,
    node.inputs[0],
    picked(bounds, perm.map((_, i) => perm.indexOf(i))),
  );
  return one(r, "transpose", [y], { perm });
};

const ofIota: Source = (r, x, { start, stride }, shape) => {
  const node = from(r, x, "iota");
  if (!node) return undefined;
  const { dtype, axis } = node.params;
  if (shape[axis] === 1) return full(r, { dtype, shape }, start[axis]);
  return start[axis] === 0 && stride[axis] === 1
    ? one(r, "iota", [], { dtype, shape, axis })
    : undefined;
};

/** A slice that lies in one of the operands. */
const ofConcat: Source = (r, x, { start, limit, stride }) => {
  const node = from(r, x, "concat");
  if (!node) return undefined;
  const { axis } = node.params;
  let offset = 0;
  for (const part of node.inputs) {
    const end = offset + shapeOf(r, part)[axis];
    if (start[axis] < end) {
      if (limit[axis] > end) return undefined;
      const move = (list: readonly number[]) =>
        list.map((n, i) => i === axis ? n - offset : n);
      return take(r, part, { start: move(start), limit: move(limit), stride });
    }
    offset = end;
  }
  return undefined;
};

/** A slice that leaves out part of the padding, or all that is not. */
const ofPad: Source = (r, x, { start, limit, stride }, shape) => {
  const node = from(r, x, "pad");
  if (!node) return undefined;
  const [source, fill] = node.inputs;
  const { lo, hi, inner } = node.params;
  const inside = whole(shapeOf(r, source));
  const padded = shapeOf(r, x);
  const newLo = [...lo];
  const newHi = [...hi];
  for (let i = 0; i < padded.length; i++) {
    if (start[i] === 0 && limit[i] === padded[i] && stride[i] === 1) continue;
    if (inner[i] !== 0 || stride[i] !== 1) return undefined;
    const end = lo[i] + inside.limit[i];
    if (limit[i] <= lo[i] || start[i] >= end) {
      return one(r, "broadcast", [fill], { shape, axes: [] });
    }
    newLo[i] = Math.max(0, lo[i] - start[i]);
    newHi[i] = Math.max(0, limit[i] - end);
    inside.start[i] = Math.max(0, start[i] - lo[i]);
    inside.limit[i] = Math.min(inside.limit[i], limit[i] - lo[i]);
  }
  const y = take(r, source, inside);
  return one(r, "pad", [y, fill], { lo: newLo, hi: newHi, inner });
};

/** A slice of what is computed from random rows alone: fewer rows are drawn. */
const ofElementwise: Source = (r, x, bounds) => {
  const node = r.producer(x);
  if (!node || !ELEMENTWISE.has(node.primitive)) return undefined;
  if (!reachesRandom(r, x, bounds, DEPTH)) return undefined;
  const operands = node.inputs.map((y) => take(r, y, bounds));
  return one(r, node.primitive, operands, node.params);
};

function reachesRandom(
  r: Rewriter,
  x: ValueId,
  bounds: Bounds,
  depth: number,
): boolean {
  const node = r.producer(x);
  if (!node || depth === 0) return false;
  if (node.primitive === "random") {
    return narrowsRandom(r, node as Node<"random">, bounds);
  }
  return ELEMENTWISE.has(node.primitive) &&
    node.inputs.some((y) => reachesRandom(r, y, bounds, depth - 1)) &&
    r.usedOnce(x);
}

/** Sources that take a slice with all its axes of size above 0. */
const SOURCES: readonly Source[] = [
  ofSlice,
  ofBroadcast,
  ofReshape,
  ofTranspose,
  ofIota,
  ofConcat,
  ofPad,
  slicedRandom,
  ofElementwise,
];

/** The whole; nothing; a slice of whatever can be made smaller. */
export const slice: Rule<"slice"> = (
  r,
  inputs,
  { start, limit, stride },
): Replacement => {
  const [x] = inputs;
  const before = shapeOf(r, x);
  const shape = before.map((_, i) =>
    Math.ceil((limit[i] - start[i]) / stride[i])
  );
  if (shape.every((n, i) => n === before[i])) return x;
  const { dtype } = r.avals[x];
  if (shape.includes(0)) return full(r, { dtype, shape }, 0);
  const value = r.splat(x);
  if (value !== undefined) return full(r, { dtype, shape }, value);
  const bounds = {
    start,
    limit: start.map((s, i) => s + (shape[i] - 1) * stride[i] + 1),
    stride: stride.map((s, i) => shape[i] === 1 ? 1 : s),
  };
  for (const source of SOURCES) {
    const y = source(r, x, bounds, shape);
    if (y !== undefined) return y;
  }
  const normal = limit.every((n, i) =>
    n === bounds.limit[i] && stride[i] === bounds.stride[i]
  );
  return normal ? undefined : take(r, x, bounds);
};

/** The numbers of a small integer tensor, where all are known. */
function elements(r: Rewriter, x: ValueId): number[] | undefined {
  const value = r.splat(x);
  const size = sizeOf(shapeOf(r, x));
  if (value !== undefined) return new Array<number>(size).fill(value);
  const node = r.producer(x);
  switch (node?.primitive) {
    case "reshape":
      return elements(r, node.inputs[0]);
    case "iota":
      return shapeOf(r, x).length === 1
        ? Array.from({ length: size }, (_, i) => i)
        : undefined;
    case "concat": {
      if (shapeOf(r, x).length !== 1) return undefined;
      const parts = node.inputs.map((y) => elements(r, y));
      return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
    }
    default:
      return undefined;
  }
}

const clamp = (n: number, max: number) => Math.min(Math.max(n, 0), max);

/** Bounds of the slice that takes rows at equal distances of `size` rows. */
function progression(
  r: Rewriter,
  indices: ValueId,
  size: number,
): [start: number, limit: number, stride: number] | undefined {
  if (shapeOf(r, indices).length !== 1) return undefined;
  const rows = elements(r, indices);
  if (!rows || rows.length < 2) return undefined;
  const [first] = rows;
  const last = rows[rows.length - 1];
  const step = rows[1] - first;
  const regular = step > 0 && first >= 0 && last < size &&
    rows.every((row, i) => row === first + i * step);
  return regular ? [first, last + 1, step] : undefined;
}

/** The same row everywhere, or rows in a regular order from a known one. */
export const gather: Rule<"gather"> = (
  r,
  inputs,
  { axis, batchDims },
): Replacement => {
  const [x, indices] = inputs;
  const shape = shapeOf(r, x);
  const value = r.splat(x);
  const rows = shapeOf(r, indices).slice(batchDims);
  const out = [...shape.slice(0, axis), ...rows, ...shape.slice(axis + 1)];
  if (value !== undefined) {
    return full(r, { dtype: r.avals[x].dtype, shape: out }, value);
  }
  if (shape[axis] === 0) return undefined;
  const bounds = whole(shape);
  const index = r.splat(indices);
  if (index === undefined) {
    const steps = batchDims === 0 && progression(r, indices, shape[axis]);
    if (!steps) return undefined;
    [bounds.start[axis], bounds.limit[axis], bounds.stride[axis]] = steps;
    return take(r, x, bounds);
  }
  bounds.start[axis] = clamp(index, shape[axis] - 1);
  bounds.limit[axis] = bounds.start[axis] + 1;
  const row = reshaped(r, take(r, x, bounds), shape.toSpliced(axis, 1));
  const axes = range(shape.length - 1).map((i) =>
    i < axis ? i : i + rows.length
  );
  return one(r, "broadcast", [row], { shape: out, axes });
};

/** Known starts, equal for the whole batch. */
export const dynamicSlice: Rule<"dynamicSlice"> = (
  r,
  inputs,
  params,
): Replacement => {
  const [x, starts] = inputs;
  const { sizes, batchDims } = params;
  const shape = shapeOf(r, x);
  const bounds = whole(shape);
  const isEverything = sizes.every((n, i) => n === shape[batchDims + i]);
  if (isEverything) return x;
  // Starts that are the same for the whole batch are one repeated row.
  const repeated = from(r, starts, "broadcast");
  const oneRow = repeated && repeated.params.axes.length === 1 &&
    repeated.params.axes[0] === batchDims;
  const row = oneRow ? repeated.inputs[0] : starts;
  const known = elements(r, row);
  if (!known || (batchDims > 0 && row === starts)) return undefined;
  sizes.forEach((size, i) => {
    const axis = batchDims + i;
    bounds.start[axis] = clamp(known[i], shape[axis] - size);
    bounds.limit[axis] = bounds.start[axis] + size;
  });
  return take(r, x, bounds);
};

/** An update of everything. */
export const dynamicUpdateSlice: Rule<"dynamicUpdateSlice"> = (
  r,
  inputs,
): Replacement => {
  const [x, update] = inputs;
  const shape = shapeOf(r, x);
  return shapeOf(r, update).every((n, i) => n === shape[i])
    ? update
    : undefined;
};
