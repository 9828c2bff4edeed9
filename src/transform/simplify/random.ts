/**
 * Rules of `random`, and how slices and reshapes reach it. A training step
 * splits its key once per sample and layer, and uses few of the rows; these
 * rules leave one node per row that is used, whatever the length of the chain
 * of splits before it.
 *
 * @module
 */
import { sameShape, type Shape } from "../../base/shape.ts";
import type { PrimitiveParams } from "../../ir/primitives.ts";
import type { Node, ValueId } from "../../ir/program.ts";
import {
  from,
  one,
  type Replacement,
  reshaped,
  type Rewriter,
  type Rule,
  shapeOf,
  unitReshape,
} from "./rewriter.ts";

type Draw = PrimitiveParams["random"]["draw"];

/**
 * Steps that may be walked again by every user of a key. A longer path is only
 * joined to its single user: a chain whose every key is used would otherwise
 * take quadratic time.
 */
const SHORT_PATH = 8;

/** How many axes of the output belong to one key. */
function trailing(draw: Draw): number {
  if (draw.kind === "bits") return draw.shape.length;
  return draw.kind === "split" ? 2 : 1;
}

/**
 * The key itself; one row of a split; a path after a path; a key repeated over
 * a batch.
 */
export const random: Rule<"random"> = (r, inputs, params): Replacement => {
  const [key] = inputs;
  const { draw, path, partitionable } = params;
  if (draw.kind === "key" && path.length === 0) return key;
  if (draw.kind === "split" && draw.count === 1) {
    const row = one(r, "random", inputs, {
      partitionable,
      path: [...path, [draw.start, draw.total]],
      draw: { kind: "key" },
    });
    return reshaped(r, row, [...shapeOf(r, key).slice(0, -1), 1, 2]);
  }
  const inner = from(r, key, "random");
  if (
    inner?.params.draw.kind === "key" &&
    inner.params.partitionable === partitionable
  ) {
    const joined = [...inner.params.path, ...path];
    if (joined.length <= SHORT_PATH || r.usedOnce(key)) {
      return one(r, "random", inner.inputs, { ...params, path: joined });
    }
  }
  const repeated = from(r, key, "broadcast");
  const batch = shapeOf(r, key).length - 1;
  if (!repeated?.params.axes.includes(batch)) return undefined;
  const drawn = one(r, "random", repeated.inputs, params);
  const small = shapeOf(r, drawn);
  const tail = small.slice(small.length - trailing(draw));
  return one(r, "broadcast", [drawn], {
    shape: [...shapeOf(r, key).slice(0, batch), ...tail],
    axes: [
      ...repeated.params.axes.slice(0, -1),
      ...tail.map((_, i) => batch + i),
    ],
  });
};

/** A reshape that only adds or removes axes of size 1 moves to the key. */
export function reshapedRandom(
  r: Rewriter,
  x: ValueId,
  shape: Shape,
): ValueId | undefined {
  const node = from(r, x, "random");
  const before = shapeOf(r, x);
  if (!node || !unitReshape(before, shape)) return undefined;
  const { params, inputs: [key] } = node;
  const tail = before.slice(before.length - trailing(params.draw));
  const batch = shape.slice(0, Math.max(0, shape.length - tail.length));
  if (!sameShape(shape, [...batch, ...tail])) return undefined;
  return one(r, "random", [reshaped(r, key, [...batch, 2])], params);
}

/** Bounds of a slice, as the parameters of `slice`. */
export type Bounds = PrimitiveParams["slice"];

/** Whether a slice leaves an axis as it is. */
function isWhole(bounds: Bounds, shape: Shape, axis: number): boolean {
  return bounds.start[axis] === 0 && bounds.limit[axis] === shape[axis] &&
    bounds.stride[axis] === 1;
}

/** Whether a slice touches only the axes of the keys and the rows of a split. */
export function narrowsRandom(
  r: Rewriter,
  node: Node<"random">,
  bounds: Bounds,
): boolean {
  const shape = shapeOf(r, node.outputs[0]);
  const { draw } = node.params;
  const fixed = draw.kind === "split" ? 1 : trailing(draw);
  for (let axis = shape.length - fixed; axis < shape.length; axis++) {
    if (!isWhole(bounds, shape, axis)) return false;
  }
  const rows = shape.length - 2;
  return draw.kind !== "split" || bounds.stride[rows] === 1;
}

/** A slice of random rows as random rows of a slice of the keys. */
export function slicedRandom(
  r: Rewriter,
  x: ValueId,
  bounds: Bounds,
): ValueId | undefined {
  const node = from(r, x, "random");
  if (!node || !narrowsRandom(r, node, bounds)) return undefined;
  const { params, inputs: [key] } = node;
  let { draw } = params;
  const shape = shapeOf(r, x);
  const batch = shape.length - trailing(draw);
  const rowsOnly = shape.slice(0, batch).every((_, i) =>
    isWhole(bounds, shape, i)
  );
  // Rows of a split cost nothing to leave out; keys may be needed elsewhere.
  if (!rowsOnly && !r.usedOnce(x)) return undefined;
  if (draw.kind === "split") {
    draw = {
      kind: "split",
      start: draw.start + bounds.start[batch],
      count: bounds.limit[batch] - bounds.start[batch],
      total: draw.total,
    };
  }
  const keys = one(r, "slice", [key], {
    start: [...bounds.start.slice(0, batch), 0],
    limit: [...bounds.limit.slice(0, batch), 2],
    stride: [...bounds.stride.slice(0, batch), 1],
  });
  return one(r, "random", [keys], { ...params, draw });
}
