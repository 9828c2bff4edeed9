/**
 * Rules of products. Of `dot`: transposes and reshapes of its operands that it
 * can express itself, so that products which are equal become one node.
 *
 * @module
 */
import { range } from "../../base/shape.ts";
import type { PrimitiveParams } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import { inferAvals } from "../../ir/shape_rules.ts";
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

type Params = PrimitiveParams["dot"];

/** Absorbs operands that are transposed, or have axes of size 1 added. */
export const dot: Rule<"dot"> = (r, inputs, params): Replacement => {
  return ofZero(r, "dot", inputs, params) ??
    ofTranspose(r, inputs, params, 0) ??
    ofTranspose(r, inputs, params, 1) ??
    ofReshape(r, inputs, params, 0) ?? ofReshape(r, inputs, params, 1);
};

/** A convolution is simpler only where it is zero. */
export const conv: Rule<"conv"> = (r, inputs, params) =>
  ofZero(r, "conv", inputs, params);

/** A product with zeros is zeros, where nothing is infinite or NaN. */
function ofZero<P extends "dot" | "conv">(
  r: Rewriter,
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId | undefined {
  const [a, b] = inputs;
  if (!r.finiteMath || r.splat(a) !== 0 && r.splat(b) !== 0) return undefined;
  const [aval] = inferAvals(primitive, [r.avals[a], r.avals[b]], params);
  return full(r, aval, 0);
}

function replaced<T>(pair: readonly T[], side: number, value: T): [T, T] {
  return side === 0 ? [value, pair[1]] : [pair[0], value];
}

/** Allowed where the free axes keep their order, and with it the output. */
function ofTranspose(
  r: Rewriter,
  inputs: readonly ValueId[],
  { contract, batch }: Params,
  side: number,
): ValueId | undefined {
  const node = from(r, inputs[side], "transpose");
  if (!node) return undefined;
  const { perm } = node.params;
  const bound = [...contract[side], ...batch[side]];
  const free = range(perm.length).filter((a) => !bound.includes(a));
  if (free.some((a, i) => i > 0 && perm[free[i - 1]] > perm[a])) {
    return undefined;
  }
  const through = (axes: readonly number[]) => axes.map((a) => perm[a]);
  return one(r, "dot", replaced(inputs, side, node.inputs[0]), {
    contract: replaced(contract, side, through(contract[side])),
    batch: replaced(batch, side, through(batch[side])),
  });
}

/** Allowed where only free axes have size 1: the result is reshaped instead. */
function ofReshape(
  r: Rewriter,
  inputs: readonly ValueId[],
  { contract, batch }: Params,
  side: number,
): ValueId | undefined {
  const unit = unitReshapeOf(r, inputs[side]);
  if (!unit) return undefined;
  const shape = inputs.map((x) => shapeOf(r, x));
  const through = (axes: readonly number[]) => axes.map((a) => unit.map[a]);
  const bound = [...contract[side], ...batch[side]];
  if (through(bound).includes(-1)) return undefined;
  const free = (i: number) =>
    shape[i].filter((_, a) =>
      !contract[i].includes(a) && !batch[i].includes(a)
    );
  const y = one(r, "dot", replaced(inputs, side, unit.x), {
    contract: replaced(contract, side, through(contract[side])),
    batch: replaced(batch, side, through(batch[side])),
  });
  const batched = batch[0].map((a) => shape[0][a]);
  return reshaped(r, y, [...batched, ...free(0), ...free(1)]);
}
