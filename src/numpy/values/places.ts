/**
 * Parts of a value by ranges and index values: where they are, and how they are
 * read and written.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import {
  broadcastShapes,
  formatAval,
  range,
  type Shape,
  sizeOf,
  stridesOf,
} from "../../base/shape.ts";
import type { ScatterMode } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import { bind, Value } from "../../transform/trace.ts";
import {
  needIndices,
  normalIndices,
  type Range,
  slice,
  type Span,
  spanOf,
} from "./index.ts";
import { broadcastTo, reshape } from "./movement.ts";
import { asValue, broadcastId, compute } from "./operand.ts";

/** What is taken of each axis. */
type Entry = Span | Value;

/** A part of a value. */
export interface Place {
  /** Its shape. */
  readonly shape: Shape;
  /** Whether no element can be in it twice. */
  readonly unique: boolean;
  /** What is taken of each axis. */
  readonly entries: readonly Entry[];
  /** The ranges, where there are no index values. */
  readonly ranges: readonly Range[] | null;
  /** Where in `shape` the axes of the index values start. */
  readonly front: number;
  /** The shape to which the index values broadcast. */
  readonly common: Shape;
}

/** The part at an index per leading axis. */
export function locate(x: Value, index: readonly (Range | Value)[]): Place {
  const { shape } = x.aval;
  if (index.length > shape.length) {
    throw new ShapeError(
      `Cannot index ${formatAval(x.aval)}: ${index.length} indices were ` +
        `given, expected at most ${shape.length}`,
    );
  }
  const what = `index ${formatAval(x.aval)}`;
  const entries = shape.map((_, axis): Entry => {
    const entry = index[axis] ?? null;
    if (!(entry instanceof Value)) return spanOf(x, axis, entry);
    needIndices(what, entry);
    return entry;
  });
  const values = entries.filter((e) => e instanceof Value);
  const common = values.reduce(
    (a: Shape, v) =>
      broadcastShapes({ dtype: "i32", shape: a }, v.aval, "index with"),
    [],
  );
  // As in numpy, a single index goes along with index values.
  const taken = range(shape.length).filter((axis) => {
    const entry = entries[axis];
    return entry instanceof Value || (values.length > 0 && entry.dropped);
  });
  const together = taken.every((axis, i) =>
    i === 0 || axis === taken[i - 1] + 1
  );
  const before = entries.slice(0, taken[0] ?? 0).filter(isKept).length;
  const front = together ? before : 0;
  const sizes = entries.filter(isKept).map(countOf);
  return {
    shape: [...sizes.slice(0, front), ...common, ...sizes.slice(front)],
    unique: values.length === 0 || sizeOf(common) === 1,
    entries,
    ranges: values.length === 0 ? index as readonly Range[] : null,
    front,
    common,
  };
}

function isKept(entry: Entry): entry is Span {
  return !(entry instanceof Value) && !entry.dropped;
}

function countOf({ start, limit, stride }: Span): number {
  return Math.max(0, Math.ceil((limit - start) / stride));
}

/**
 * i32 positions of the part's elements in row-major order. Indices outside are
 * clamped, or give -1.
 */
export function positions(x: Value, place: Place, clamp: boolean): Value {
  const { shape } = x.aval;
  const strides = stridesOf(shape);
  const values = place.entries.filter((e) => e instanceof Value);
  return compute(values, (o, ids) => {
    const aval = { dtype: "i32", shape: place.shape } as const;
    let sum = o.full(aval, 0);
    let inside: ValueId | null = null;
    let next = 0;
    let kept = 0;
    place.entries.forEach((entry, axis) => {
      if (entry instanceof Value) {
        const own = normalIndices(o, ids[next++], shape[axis]);
        const spread = aligned(o, own, place);
        sum = o.add(
          sum,
          o.scale(limited(o, spread, shape[axis]), strides[axis]),
        );
        const fits = within(o, spread, shape[axis]);
        inside = inside === null ? fits : o.binary("and", inside, fits);
        return;
      }
      const { start, stride, reversed, dropped } = entry;
      if (dropped) {
        sum = o.addNumber(sum, start * strides[axis]);
        return;
      }
      const count = countOf(entry);
      const at = kept < place.front ? kept : kept + place.common.length;
      kept++;
      const steps = o.iota("i32", place.shape, at);
      const first = reversed ? start + (count - 1) * stride : start;
      const indices = o.addNumber(
        o.scale(steps, reversed ? -stride : stride),
        first,
      );
      sum = o.add(sum, o.scale(indices, strides[axis]));
    });
    if (clamp || inside === null) return sum;
    return o.select(inside, sum, o.full(aval, -1));
  });
}

/** Index values repeated to the shape of the part. */
function aligned(o: Ops, index: ValueId, place: Place): ValueId {
  const wide = broadcastId(o, index, place.common);
  const axes = range(place.common.length).map((i) => place.front + i);
  return o.broadcast(wide, place.shape, axes);
}

function limited(o: Ops, index: ValueId, size: number): ValueId {
  const last = o.full(o.aval(index), Math.max(0, size - 1));
  return o.binary("min", o.binary("max", index, o.zerosLike(index)), last);
}

function within(o: Ops, index: ValueId, size: number): ValueId {
  return o.binary(
    "and",
    o.compareNumber("ge", index, 0),
    o.compareNumber("lt", index, size),
  );
}

/** The axis that one index value picks from, when all others are whole. */
function onlyAxis(x: Value, place: Place): number | null {
  const axes = place.entries.flatMap((e, i) => e instanceof Value ? [i] : []);
  const whole = place.entries.every((e, i) =>
    e instanceof Value ||
    (!e.dropped && !e.reversed && countOf(e) === x.aval.shape[i])
  );
  return whole && axes.length === 1 ? axes[0] : null;
}

/** The part itself. */
export function readPlace(x: Value, place: Place): Value {
  if (place.ranges !== null) return slice(x, place.ranges);
  const axis = onlyAxis(x, place);
  if (axis !== null) {
    const index = place.entries[axis] as Value;
    return compute(
      [x, index],
      (o, [id, i]) =>
        o.bind("gather", [id, normalIndices(o, i, x.aval.shape[axis])], {
          axis,
          batchDims: 0,
        }),
    );
  }
  const flat = reshape(x, [sizeOf(x.aval.shape)]);
  return bind("gather", [flat, positions(x, place, true)], {
    axis: 0,
    batchDims: 0,
  })[0];
}

/** `x` with `updates`, which broadcast, combined into the part. */
export function writePlace(
  x: Value,
  place: Place,
  updates: Value,
  mode: ScatterMode,
): Value {
  const { shape, dtype } = x.aval;
  const part = broadcastTo(asValue(updates, dtype), place.shape);
  const starts = blockStarts(place);
  if (starts !== null && mode === "set") {
    const sizes = place.entries.map((e) => countOf(e as Span));
    const where = compute([], (o) => constants(o, starts));
    return bind("dynamicUpdateSlice", [x, reshape(part, sizes), where], {
      batchDims: 0,
    })[0];
  }
  const axis = onlyAxis(x, place);
  if (axis !== null) {
    const index = place.entries[axis] as Value;
    return compute(
      [x, index, part],
      (o, [id, i, p]) =>
        o.bind("scatter", [id, normalIndices(o, i, shape[axis]), p], {
          axis,
          batchDims: 0,
          mode,
        }),
    );
  }
  const flat = reshape(x, [sizeOf(shape)]);
  const inputs = [flat, positions(x, place, false), part];
  const params = { axis: 0, batchDims: 0, mode };
  return reshape(bind("scatter", inputs, params)[0], shape);
}

/** Where the part starts, when it is a block without gaps, else null. */
function blockStarts(place: Place): number[] | null {
  const starts: number[] = [];
  for (const entry of place.entries) {
    if (entry instanceof Value || entry.reversed) return null;
    if (entry.stride !== 1 || countOf(entry) === 0) return null;
    starts.push(entry.start);
  }
  return starts;
}

/** An i32 vector of known numbers. */
function constants(o: Ops, numbers: readonly number[]): ValueId {
  const aval = { dtype: "i32", shape: [1] } as const;
  if (numbers.length === 0) return o.full({ ...aval, shape: [0] }, 0);
  const parts = numbers.map((n) => o.full(aval, n));
  return parts.length === 1 ? parts[0] : o.bind("concat", parts, { axis: 0 });
}
