/**
 * Values with their elements moved: shapes, orders of axes, slices, joins.
 *
 * @module
 */
import { type DType, promote } from "../../base/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import {
  broadcastShapes,
  formatAval,
  normalizeAxes,
  normalizeAxis,
  range,
  sameShape,
  type Shape,
  sizeOf,
} from "../../base/shape.ts";
import { HostStorage } from "../../device/device.ts";
import { currentTrace, Value } from "../../transform/trace.ts";
import { asValue, broadcastId, compute, type Operand } from "./operand.ts";

/** Same elements, other shape; one size may be -1, to be found. */
export function reshape(x: Value, shape: Shape): Value {
  const size = sizeOf(x.aval.shape);
  let rest = 1;
  let unknown = 0;
  let bad = false;
  for (const n of shape) {
    if (n === -1) unknown++;
    else rest *= n;
    bad ||= !Number.isInteger(n) || n < -1;
  }
  bad ||= unknown > 1 ||
    (unknown === 0 ? rest !== size : rest === 0 || size % rest !== 0);
  if (bad) {
    throw new ShapeError(
      `Cannot reshape ${formatAval(x.aval)} to [${shape.join(",")}]: it has ` +
        `${size} elements, expected sizes whose product is ${size}, at most ` +
        "one of them -1",
    );
  }
  const full = unknown === 0
    ? [...shape]
    : shape.map((n) => n === -1 ? size / rest : n);
  if (sameShape(full, x.aval.shape)) return x;
  if (x.storage instanceof HostStorage && currentTrace() === null) {
    // Host storage never changes: both can have it.
    return new Value({ dtype: x.aval.dtype, shape: full }, x.storage);
  }
  return compute([x], (o, [id]) => o.reshape(id, full));
}

/** Axes in another order; reversed when none is given. */
export function transpose(x: Value, perm?: readonly number[] | null): Value {
  const rank = x.aval.shape.length;
  const axes =
    perm?.map((a) =>
      normalizeAxis(a, rank, `transpose ${formatAval(x.aval)}`)
    ) ?? range(rank).reverse();
  return compute([x], (o, [id]) => o.bind("transpose", [id], { perm: axes }));
}

/** Axes moved to other places; the others keep their order. */
export function moveaxis(
  x: Value,
  source: number | readonly number[],
  destination: number | readonly number[],
): Value {
  const rank = x.aval.shape.length;
  const list = (axes: number | readonly number[]) =>
    (typeof axes === "number" ? [axes] : axes).map((a) =>
      normalizeAxis(a, rank, `move axes of ${formatAval(x.aval)}`)
    );
  const from = list(source), to = list(destination);
  if (from.length !== to.length) {
    throw new ShapeError(
      `Cannot move axes of ${formatAval(x.aval)}: ${from.length} sources and ` +
        `${to.length} destinations were given, expected as many of both`,
    );
  }
  const perm = range(rank).filter((a) => !from.includes(a));
  const order = range(to.length).sort((i, j) => to[i] - to[j]);
  for (const i of order) perm.splice(to[i], 0, from[i]);
  return transpose(x, perm);
}

/** A new axis of size 1 at each given place of the result. */
export function expandDims(x: Value, axis: number | readonly number[]): Value {
  const list = typeof axis === "number" ? [axis] : axis;
  const rank = x.aval.shape.length + list.length;
  const axes = normalizeAxes(list, rank, `expand ${formatAval(x.aval)}`);
  const shape = [...x.aval.shape];
  for (const a of axes) shape.splice(a, 0, 1);
  return compute([x], (o, [id]) => o.reshape(id, shape));
}

/** Drops axes of size 1: those given, or all. */
export function squeeze(x: Value, axis?: number | readonly number[]): Value {
  const { shape } = x.aval;
  const all = range(shape.length).filter((i) => shape[i] === 1);
  const axes = axis === undefined
    ? all
    : normalizeAxes(axis, shape.length, `squeeze ${formatAval(x.aval)}`);
  const wrong = axes.find((a) => shape[a] !== 1);
  if (wrong !== undefined) {
    throw new ShapeError(
      `Cannot squeeze ${formatAval(x.aval)}: axis ${wrong} has size ` +
        `${shape[wrong]}, expected 1`,
    );
  }
  const kept = shape.filter((_, i) => !axes.includes(i));
  return compute([x], (o, [id]) => o.reshape(id, kept));
}

/** Repeats along axes of size 1 and new leading axes. */
export function broadcastTo(x: Value, shape: Shape): Value {
  const what = "broadcast";
  const target = { dtype: x.aval.dtype, shape };
  if (!sameShape(broadcastShapes(x.aval, target, what), shape)) {
    throw new ShapeError(
      `Cannot broadcast ${formatAval(x.aval)} to [${shape.join(",")}]: ` +
        "axes align at the right, expected each to have the target's size or 1",
    );
  }
  return compute([x], (o, [id]) => broadcastId(o, id, shape));
}

/** Order of elements reversed along axes, or all. */
export function flip(x: Value, axis?: number | readonly number[]): Value {
  const axes = normalizeAxes(axis, x.aval.shape.length, "flip");
  return compute([x], (o, [id]) => o.bind("reverse", [id], { axes }));
}

/** Values joined along an axis, in their common dtype. */
export function concatenate(xs: readonly Value[], axis = 0): Value {
  if (xs.length === 0) {
    throw new ShapeError(
      "Cannot concatenate: no tensors were given, expected at least one",
    );
  }
  const at = normalizeAxis(axis, xs[0].aval.shape.length, "concatenate");
  const dtype = commonOf(xs);
  return compute(
    xs,
    (o, ids) =>
      o.bind("concat", ids.map((id) => o.cast(id, dtype)), { axis: at }),
  );
}

/** Values of one shape joined along a new axis. */
export function stack(xs: readonly Value[], axis = 0): Value {
  const first = xs[0]?.aval;
  const other = xs.find((x) => !sameShape(x.aval.shape, first.shape));
  if (first === undefined || other !== undefined) {
    throw new ShapeError(
      other
        ? `Cannot stack ${formatAval(first)} and ${formatAval(other.aval)}: ` +
          "the shapes differ, expected equal shapes"
        : "Cannot stack: no tensors were given, expected at least one",
    );
  }
  const at = normalizeAxis(axis, first.shape.length + 1, "stack");
  const shape = [...first.shape];
  shape.splice(at, 0, 1);
  const dtype = commonOf(xs);
  return compute(
    xs,
    (o, ids) =>
      o.bind("concat", ids.map((id) => o.reshape(o.cast(id, dtype), shape)), {
        axis: at,
      }),
  );
}

function commonOf(xs: readonly Value[]): DType {
  return xs.map((x) => x.aval.dtype).reduce(promote);
}

/** Elements `start` to `limit` of one axis. */
export function sliceAxis(
  x: Value,
  axis: number,
  start: number,
  limit: number,
): Value {
  return compute([x], (o, [id]) => o.sliceAxis(id, axis, start, limit));
}

/** Widths before and after the elements of one axis. */
export type PadWidth = readonly [before: number, after: number];

/** Surrounds with `fill`. */
export function pad(
  x: Value,
  widths: readonly PadWidth[],
  fill: Operand,
): Value {
  return compute(
    [x, asValue(fill, x.aval.dtype)],
    (o, [id, f]) =>
      o.bind("pad", [id, f], {
        lo: widths.map((w) => w[0]),
        hi: widths.map((w) => w[1]),
        inner: widths.map(() => 0),
      }),
  );
}
