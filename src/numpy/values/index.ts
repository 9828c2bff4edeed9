/**
 * Elements picked by position: ranges known beforehand, and indices that are
 * values themselves.
 *
 * @module
 */
import { isInteger } from "../../base/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import { formatAval, normalizeAxis, range } from "../../base/shape.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { hostRows } from "./on_host.ts";
import { compute } from "./operand.ts";

/**
 * What to take of one axis: an index, which drops the axis, `null` for all, or
 * `[start, stop, step]` as Python's `start:stop:step`.
 */
export type Range =
  | number
  | null
  | readonly [
    start: number | null,
    stop?: number | null,
    step?: number | null,
  ];

/** A range of an axis, from its lowest index up. */
export interface Span {
  /** The lowest index. */
  readonly start: number;
  /** Above the highest index. */
  readonly limit: number;
  /** From one index to the next. */
  readonly stride: number;
  /** Whether the highest comes first. */
  readonly reversed: boolean;
  /** Whether the axis disappears. */
  readonly dropped: boolean;
}

function indexSpan(x: Value, axis: number, index: number): Span {
  const size = x.aval.shape[axis];
  const at = index < 0 ? index + size : index;
  if (!Number.isInteger(index) || at < 0 || at >= size) {
    throw new ShapeError(
      `Cannot index ${formatAval(x.aval)}: index ${index} was given on axis ` +
        `${axis}, expected ${
          size === 0 ? "none: it is empty" : `${-size} to ${size - 1}`
        }`,
    );
  }
  return {
    start: at,
    limit: at + 1,
    stride: 1,
    reversed: false,
    dropped: true,
  };
}

/** Python's slice arithmetic. */
function rangeSpan(
  size: number,
  start: number | null,
  stop: number | null,
  step: number,
): Span {
  const clamp = (i: number, low: number, high: number) =>
    Math.min(Math.max(i < 0 ? i + size : i, low), high);
  const shared = { dropped: false, stride: Math.abs(step) };
  if (step > 0) {
    const from = clamp(start ?? 0, 0, size);
    const limit = Math.max(from, clamp(stop ?? size, 0, size));
    return { ...shared, start: from, limit, reversed: false };
  }
  const from = clamp(start ?? size - 1, -1, size - 1);
  const end = stop === null ? -1 : clamp(stop, -1, size - 1);
  const count = Math.max(0, Math.ceil((from - end) / -step));
  if (count === 0) {
    return { ...shared, start: 0, limit: 0, reversed: true };
  }
  const last = from + (count - 1) * step;
  return { ...shared, start: last, limit: from + 1, reversed: true };
}

/** What a range takes of one axis. */
export function spanOf(x: Value, axis: number, range: Range): Span {
  if (typeof range === "number") return indexSpan(x, axis, range);
  const [start, stop = null, step = 1] = range ?? [null];
  const by = step ?? 1;
  const given = [start, stop, by].filter((n) => n !== null);
  if (by === 0 || !given.every(Number.isInteger)) {
    throw new ShapeError(
      `Cannot slice ${formatAval(x.aval)}: [${range}] was given on axis ` +
        `${axis}, expected integers and a step that is not 0`,
    );
  }
  return rangeSpan(x.aval.shape[axis], start, stop, by);
}

/** The given ranges, one per leading axis; the other axes are whole. */
export function slice(x: Value, ranges: readonly Range[]): Value {
  const { shape } = x.aval;
  if (ranges.length > shape.length) {
    throw new ShapeError(
      `Cannot slice ${formatAval(x.aval)}: ${ranges.length} ranges were ` +
        `given, expected at most ${shape.length}`,
    );
  }
  const spans = shape.map((_, axis) => spanOf(x, axis, ranges[axis] ?? null));
  const reversed = spans.flatMap((s, i) => s.reversed ? [i] : []);
  const rows = leadingRows(x, spans);
  if (rows !== null) return rows;
  return compute([x], (o, [id]) => {
    const part = o.bind("slice", [id], {
      start: spans.map((s) => s.start),
      limit: spans.map((s) => s.limit),
      stride: spans.map((s) => s.stride),
    });
    const turned = reversed.length === 0
      ? part
      : o.bind("reverse", [part], { axes: reversed });
    const kept = o.shape(turned).filter((_, i) => !spans[i].dropped);
    return o.reshape(turned, kept);
  });
}

/** The slice as a part of the same memory, where that is possible. */
function leadingRows(x: Value, spans: readonly Span[]): Value | null {
  const { shape } = x.aval;
  const whole = spans.every((s, i) =>
    s.stride === 1 && !s.reversed &&
    (i === 0 || !s.dropped && s.start === 0 && s.limit === shape[i])
  );
  if (!whole || spans.length === 0) return null;
  const [{ start, limit, dropped }] = spans;
  const rest = shape.slice(1);
  return hostRows(x, start, limit, dropped ? rest : [limit - start, ...rest]);
}

/** i32 indices, counted from the end where they are negative. */
export function normalIndices(o: Ops, indices: ValueId, size: number): ValueId {
  const unsigned = o.aval(indices).dtype !== "i32";
  const i = o.cast(indices, "i32");
  if (unsigned) return i;
  return o.select(
    o.compareNumber("lt", i, 0),
    o.addNumber(i, size),
    i,
  );
}

/** Refuses indices that are no integers. */
export function needIndices(what: string, indices: Value): void {
  if (!isInteger(indices.aval.dtype)) {
    throw new ShapeError(
      `Cannot ${what}: indices ${formatAval(indices.aval)} were given, ` +
        'expected integers: convert them with .astype("i32")',
    );
  }
}

/**
 * Elements along an axis by index; negative indices count from the end, others
 * outside are clamped.
 */
export function take(x: Value, indices: Value, axis: number): Value {
  const { shape } = x.aval;
  const at = normalizeAxis(
    axis,
    shape.length,
    `take from ${formatAval(x.aval)}`,
  );
  needIndices("take", indices);
  return compute(
    [x, indices],
    (o, [id, i]) =>
      o.bind("gather", [id, normalIndices(o, i, shape[at])], {
        axis: at,
        batchDims: 0,
      }),
  );
}

/** One element per place of `indices`, which has the axes of `x`. */
export function takeAlongAxis(x: Value, indices: Value, axis: number): Value {
  const what = `take along axis ${axis} of ${formatAval(x.aval)}`;
  const { shape } = x.aval;
  const at = normalizeAxis(axis, shape.length, what);
  needIndices(what, indices);
  const fits = indices.aval.shape.length === shape.length &&
    indices.aval.shape.every((n, i) => i === at || n === shape[i]);
  if (!fits) {
    throw new ShapeError(
      `Cannot ${what}: indices ${formatAval(indices.aval)} were given, ` +
        "expected the same sizes on all other axes",
    );
  }
  const last = shape.length - 1;
  return compute([x, indices], (o, [id, i]) => {
    // With the axis last, all others are batch axes of a gather.
    const rows = o.moveAxis(id, at, last);
    const places = normalIndices(o, o.moveAxis(i, at, last), shape[at]);
    const taken = o.bind("gather", [rows, places], {
      axis: last,
      batchDims: last,
    });
    return o.transpose(taken, restore(last, at));
  });
}

/** The permutation that takes the last axis to `at`. */
function restore(last: number, at: number): number[] {
  const perm = range(last);
  perm.splice(at, 0, last);
  return perm;
}
