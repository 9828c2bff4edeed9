/**
 * What a simplification rule sees: the Program under construction, with the
 * producer and, where known, the repeated constant of each value. A rule
 * answers with the values that replace the node, or with nothing. What a rule
 * emits is simplified in turn, so rules stay small and never look two steps
 * ahead.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type { Aval, Shape } from "../../base/shape.ts";
import type { Primitive, PrimitiveParams } from "../../ir/primitives.ts";
import {
  type Emitter,
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../../ir/program.ts";

/** The Program under construction, as a rule sees it. */
export interface Rewriter extends Emitter {
  /** Whether nothing is infinite or NaN, so that `0 * x` is 0. */
  readonly finiteMath: boolean;
  /** The node that yields `value`; nothing for an input. */
  producer(value: ValueId): Node | undefined;
  /** The number that every element of `value` is, when known. */
  splat(value: ValueId): number | undefined;
  /**
   * Whether `value` has at most one user. Only a pass over an already reduced
   * Program knows; the first pass answers no and asks for another one.
   */
  usedOnce(value: ValueId): boolean;
  /** Simplifies the body of a loop. */
  simplifyBody(body: Program): Program;
}

/** Values that replace a node, or nothing where the rule does not apply. */
export type Replacement = ValueId | readonly ValueId[] | undefined;

/** Simplification of one primitive. */
export type Rule<P extends Primitive> = (
  r: Rewriter,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
) => Replacement;

/** Emits a node with a single output. */
export function one<P extends Primitive>(
  r: Emitter,
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): ValueId {
  return r.emit(primitive, inputs, params)[0];
}

/** The node that yields `value`, if it is of the given primitive. */
export function from<P extends Primitive>(
  r: Rewriter,
  value: ValueId,
  primitive: P,
): Node<P> | undefined {
  const node = r.producer(value);
  return node && isNode(node, primitive) ? node : undefined;
}

/** Shape of a value. */
export function shapeOf(r: Rewriter, value: ValueId): Shape {
  return r.avals[value].shape;
}

/** Dtype of a value. */
export function dtypeOf(r: Rewriter, value: ValueId): DType {
  return r.avals[value].dtype;
}

/** A tensor of one repeated number. */
export function full(r: Emitter, aval: Aval, value: number): ValueId {
  const scalar = one(r, "constant", [], { dtype: aval.dtype, value });
  return one(r, "broadcast", [scalar], { shape: aval.shape, axes: [] });
}

/** `x` in another shape; nothing is emitted where the shape is the same. */
export function reshaped(r: Rewriter, x: ValueId, shape: Shape): ValueId {
  return one(r, "reshape", [x], { shape });
}

/**
 * Where a reshape that only adds or removes axes of size 1 puts the other axes:
 * `map[axis before]` is the axis after, -1 for an axis of size 1. Nothing for
 * any other reshape.
 */
export function unitReshape(before: Shape, after: Shape): number[] | undefined {
  const map: number[] = [];
  let j = 0;
  for (const size of before) {
    if (size === 1) {
      map.push(-1);
      continue;
    }
    while (after[j] === 1) j++;
    if (after[j] !== size) return undefined;
    map.push(j++);
  }
  while (after[j] === 1) j++;
  return j === after.length ? map : undefined;
}

/** The operand of `value` where that is a {@link unitReshape}, with its map. */
export function unitReshapeOf(
  r: Rewriter,
  value: ValueId,
): { x: ValueId; map: number[] } | undefined {
  const node = from(r, value, "reshape");
  if (!node) return undefined;
  const [x] = node.inputs;
  const map = unitReshape(shapeOf(r, value), shapeOf(r, x));
  return map && { x, map };
}

/** Whether a list is `0, 1, 2, ...`. */
export function isIdentity(list: readonly number[]): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] !== i) return false;
  return true;
}
