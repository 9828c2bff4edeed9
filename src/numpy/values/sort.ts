/**
 * Sorting on values.
 *
 * @module
 */
import { normalizeAxis } from "../../base/shape.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { compute, computeAll } from "./operand.ts";

/** Values of one shape, in the order of the first `keys` of them. */
export function sortTogether(
  xs: readonly Value[],
  axis: number,
  keys: number,
): Value[] {
  const at = normalizeAxis(axis, xs[0].aval.shape.length, "sort");
  return computeAll(
    xs,
    (o, ids) => o.target.emit("sort", ids, { axis: at, keys }),
  );
}

/** Sorted elements and, for each, its place before. */
export interface Sorted {
  /** The elements in order. */
  readonly values: ValueId;
  /** i32: where they were. */
  readonly places: ValueId;
}

/**
 * Emits a stable sort with places. Descending, elements that are equal keep
 * their order too: what is reversed is sorted and reversed again.
 */
export function emitSort(
  o: Ops,
  x: ValueId,
  axis: number,
  descending: boolean,
): Sorted {
  const shape = o.shape(x);
  const reverse = (y: ValueId) =>
    descending ? o.bind("reverse", [y], { axes: [axis] }) : y;
  const [values, places] = o.target.emit("sort", [
    reverse(x),
    o.iota("i32", shape, axis),
  ], { axis, keys: 1 });
  return {
    values: reverse(values),
    places: descending ? o.from(shape[axis] - 1, reverse(places)) : places,
  };
}

/** Sorted values with their places, of which `most` are kept. */
export function sortWithPlaces(
  x: Value,
  axis: number,
  descending: boolean,
  most?: number,
): [values: Value, places: Value] {
  const at = normalizeAxis(axis, x.aval.shape.length, "sort");
  const [values, places] = computeAll([x], (o, [id]) => {
    const sorted = emitSort(o, id, at, descending);
    const kept = (y: ValueId) =>
      most === undefined ? y : o.sliceAxis(y, at, 0, most);
    return [kept(sorted.values), kept(sorted.places)];
  });
  return [values, places];
}

/** The places of elements in the order of keys. */
export function sortPlaces(keys: readonly Value[], axis: number): Value {
  const at = normalizeAxis(axis, keys[0].aval.shape.length, "sort");
  return compute(keys, (o, ids) => {
    const places = o.iota("i32", o.shape(ids[0]), at);
    const operands = [...ids, places];
    return o.target.emit("sort", operands, { axis: at, keys: keys.length })[
      keys.length
    ];
  });
}
