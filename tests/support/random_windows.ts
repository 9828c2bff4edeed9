/**
 * Random convolutions and reductions over windows, for random Programs.
 */
import { range, sizeOf } from "../../src/base/shape.ts";
import type { ValueId } from "../../src/ir/program.ts";
import type { Ops } from "../../src/transform/ops.ts";
import type { Dice } from "./dice.ts";

function sliding(dice: Dice, rank: number) {
  const each = (f: () => number) => range(rank).map(f);
  return {
    strides: each(() => 1 + dice.below(3)),
    dilation: each(() => 1 + dice.below(2)),
    lo: each(() => dice.below(4) - 1),
    hi: each(() => dice.below(4) - 1),
    inner: each(() => dice.below(2)),
  };
}

/** A convolution of two values, where they can be made to fit. */
export function randomConv(
  o: Ops,
  dice: Dice,
  ...values: readonly [x: ValueId, w: ValueId]
): ValueId[] {
  const [x, w] = values.map((id) => {
    const size = sizeOf(o.shape(id));
    const shape = size % 2 === 0
      ? dice.shuffled([1, 2, size / 2])
      : [1, size, 1];
    return o.reshape(id, shape);
  });
  if ([x, w].some((id) => o.aval(id).dtype !== "f32")) return [];
  const [batch, features] = o.shape(x);
  const [outs, inputs] = o.shape(w);
  const groups = features / inputs;
  if (!Number.isInteger(groups) || outs % groups !== 0) return [];
  const even = groups === 1 && batch % 2 === 0 && outs % 2 === 0;
  const y = o.bind("conv", [x, w], {
    ...sliding(dice, 1),
    groups,
    batchGroups: even ? 1 + dice.below(2) : 1,
    outsFirst: dice.next() < 0.5,
  });
  return [o.unary("tanh", y)];
}

/** A reduction over windows of a value, and the places of its extremes. */
export function randomWindows(o: Ops, dice: Dice, x: ValueId): ValueId[] {
  const rank = dice.below(o.shape(x).length + 1);
  if (o.aval(x).dtype !== "f32") return [];
  const op = dice.of(["max", "min", "sum"] as const);
  const window = range(rank).map(() => 1 + dice.below(3));
  const { inner, ...params } = sliding(dice, rank);
  if (op === "sum") {
    return [o.bind("reduceWindow", [x], { op, window, ...params, inner })];
  }
  const place = o.bind("argWindow", [x], { op, window, ...params });
  const zeros = inner.map(() => 0);
  const all = { op, window, ...params, inner: zeros };
  const extreme = o.bind("reduceWindow", [x], all);
  // Windows that see nothing but padding would spread infinities.
  const none = o.compareNumber("lt", place, 0);
  return [o.select(none, o.zerosLike(extreme), extreme), place];
}
