/** Sorts of random Programs. */
import type { ValueId } from "../../src/ir/program.ts";
import type { Ops } from "../../src/transform/ops.ts";
import type { Dice } from "./dice.ts";

/**
 * `x` in order along one of its axes, with where it was. A float goes alone:
 * by keys that nearly tie, what goes along could go either way.
 */
export function randomSort(
  o: Ops,
  dice: Dice,
  x: ValueId,
): readonly ValueId[] {
  const { dtype, shape } = o.aval(x);
  if (shape.length === 0) return [];
  const axis = dice.below(shape.length);
  const places = o.iota("i32", shape, axis);
  const others = dtype === "f32" ? [] : [places, x];
  const keys = 1 + dice.below(1 + others.length);
  return o.target.emit("sort", [x, ...others], { axis, keys });
}
