/**
 * Elementwise nodes whose operands are all known numbers become constants;
 * nodes whose operands are all broadcast alike, or reshaped alike, are computed
 * before the broadcast or the reshape.
 *
 * @module
 */
import { round } from "../../base/dtype.ts";
import { sameShape } from "../../base/shape.ts";
import type { Primitive, PrimitiveParams } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import {
  from,
  full,
  one,
  reshaped,
  type Rewriter,
  shapeOf,
  unitReshapeOf,
} from "./rewriter.ts";

/** The numbers all operands repeat, or nothing if one is not known. */
export function splats(
  r: Rewriter,
  inputs: readonly ValueId[],
): number[] | undefined {
  const values: number[] = [];
  for (const input of inputs) {
    const value = r.splat(input);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** A constant shaped and typed as `like`, rounded as a device would. */
export function constantLike(
  r: Rewriter,
  like: ValueId,
  value: number,
): ValueId {
  const aval = r.avals[like];
  return full(r, aval, round(aval.dtype, value));
}

/**
 * An elementwise node on broadcast operands as the broadcast of a smaller node,
 * or on operands with axes of size 1 added as a node without them.
 */
export function throughMovement<P extends Primitive>(
  r: Rewriter,
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId | undefined {
  return throughBroadcast(r, primitive, inputs, params) ??
    throughReshape(r, primitive, inputs, params);
}

function throughBroadcast<P extends Primitive>(
  r: Rewriter,
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId | undefined {
  let axes: readonly number[] | undefined;
  const small: ValueId[] = [];
  for (const input of inputs) {
    if (r.splat(input) !== undefined) continue;
    const node = from(r, input, "broadcast");
    if (!node || (axes && !sameShape(axes, node.params.axes))) return undefined;
    axes = node.params.axes;
    small.push(node.inputs[0]);
  }
  if (axes === undefined) return undefined;
  const y = applySmall(r, primitive, inputs, small, params);
  return one(r, "broadcast", [y], { shape: shapeOf(r, inputs[0]), axes });
}

function throughReshape<P extends Primitive>(
  r: Rewriter,
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId | undefined {
  const small: ValueId[] = [];
  for (const input of inputs) {
    if (r.splat(input) !== undefined) continue;
    const unit = unitReshapeOf(r, input);
    if (!unit) return undefined;
    const shape = shapeOf(r, unit.x);
    if (small.length > 0 && !sameShape(shape, shapeOf(r, small[0]))) {
      return undefined;
    }
    small.push(unit.x);
  }
  if (small.length === 0) return undefined;
  const y = applySmall(r, primitive, inputs, small, params);
  return reshaped(r, y, shapeOf(r, inputs[0]));
}

/** The node on `small` operands; known numbers take their shape. */
function applySmall<P extends Primitive>(
  r: Rewriter,
  primitive: P,
  inputs: readonly ValueId[],
  small: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId {
  const shape = shapeOf(r, small[0]);
  let next = 0;
  const operands = inputs.map((input) => {
    const value = r.splat(input);
    if (value === undefined) return small[next++];
    return full(r, { dtype: r.avals[input].dtype, shape }, value);
  });
  return one(r, primitive, operands, params);
}
