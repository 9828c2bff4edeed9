/**
 * Rules of `binary`. They are exact for every float including NaN and the
 * infinities, with three exceptions: `x + 0` and `x - (-0)` give `x`, where a -0
 * would become 0; factors of a product are joined when one is a power of two,
 * which differs only where the product in between would leave the range of
 * normal floats; and `x / c` is `x` times the rounded `1 / c`, as in XLA. With
 * `finiteMath`, `0 * x`, `0 / x` and `x - x` are 0.
 *
 * @module
 */
import { type DType, round } from "../../base/dtype.ts";
import { BINARY } from "../../device/scalar_ops.ts";
import type { BinaryOp, PrimitiveParams } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import { constantLike, splats, throughMovement } from "./fold.ts";
import {
  dtypeOf,
  from,
  one,
  type Replacement,
  type Rewriter,
  type Rule,
} from "./rewriter.ts";

type Identity = (
  r: Rewriter,
  a: ValueId,
  b: ValueId,
  dtype: DType,
) => ValueId | undefined;

const LARGEST = 2 ** 127;
const SMALLEST = 2 ** -126;

/** Whether scaling by `c` and by `1 / c` is exact. */
function isPowerOfTwo(c: number): boolean {
  const size = Math.abs(c);
  return size >= SMALLEST && size <= 1 / SMALLEST &&
    2 ** Math.round(Math.log2(size)) === size;
}

function binary(r: Rewriter, op: BinaryOp, a: ValueId, b: ValueId): ValueId {
  return one(r, "binary", [a, b], { op });
}

function unary(r: Rewriter, op: "neg" | "square" | "not", x: ValueId): ValueId {
  return one(r, "unary", [x], { op });
}

/** `x` of a value that is `-x`. */
function negated(r: Rewriter, value: ValueId): ValueId | undefined {
  const node = from(r, value, "unary");
  return node?.params.op === "neg" ? node.inputs[0] : undefined;
}

/** `x` and `c` of a value that is `x op c`. */
function withConstant(
  r: Rewriter,
  value: ValueId,
  op: BinaryOp,
): { x: ValueId; c: number } | undefined {
  const node = from(r, value, "binary");
  if (node?.params.op !== op) return undefined;
  const c = r.splat(node.inputs[1]);
  return c === undefined ? undefined : { x: node.inputs[0], c };
}

/**
 * The sum of two choices by one condition, where at most one number on each
 * side is not known: as the gradient of a leaky activation comes out.
 */
function sumOfChoices(
  r: Rewriter,
  a: ValueId,
  b: ValueId,
): ValueId | undefined {
  const first = from(r, a, "select")?.inputs;
  const second = from(r, b, "select")?.inputs;
  if (!first || !second || first[0] !== second[0]) return undefined;
  const known = [...first, ...second].map((x) => r.splat(x) !== undefined);
  if (!(known[1] || known[4]) || !(known[2] || known[5])) return undefined;
  const then = binary(r, "add", first[1], second[1]);
  const otherwise = binary(r, "add", first[2], second[2]);
  return one(r, "select", [first[0], then, otherwise], {});
}

/** `c ? x * k : y * k`, where x or y is known. */
function scaledChoice(
  r: Rewriter,
  a: ValueId,
  k: ValueId,
): ValueId | undefined {
  const node = from(r, a, "select");
  if (!node) return undefined;
  const [condition, x, y] = node.inputs;
  if (r.splat(x) === undefined && r.splat(y) === undefined) return undefined;
  const branches = [binary(r, "mul", x, k), binary(r, "mul", y, k)];
  return one(r, "select", [condition, ...branches], {});
}

const add: Identity = (r, a, b, dtype) => {
  const c = r.splat(b);
  if (c === 0) return a;
  if (a === b) return binary(r, "mul", a, constantLike(r, a, 2));
  if (c !== undefined && dtype !== "f32") {
    const inner = withConstant(r, a, "add");
    if (inner) {
      return binary(r, "add", inner.x, constantLike(r, b, inner.c + c));
    }
  }
  const minusB = negated(r, b);
  if (minusB !== undefined) return binary(r, "sub", a, minusB);
  const minusA = negated(r, a);
  if (minusA !== undefined) return binary(r, "sub", b, minusA);
  return sumOfChoices(r, a, b);
};

const sub: Identity = (r, a, b, dtype) => {
  if (r.splat(b) === 0) return a;
  if (a === b && (dtype !== "f32" || r.finiteMath)) {
    return constantLike(r, a, 0);
  }
  if (dtype !== "f32" && r.splat(a) === 0) return unary(r, "neg", b);
  const minusB = negated(r, b);
  return minusB === undefined ? undefined : binary(r, "add", a, minusB);
};

const mul: Identity = (r, a, b, dtype) => {
  if (a === b) return unary(r, "square", a);
  const c = r.splat(b);
  const minusA = negated(r, a);
  if (c === undefined) {
    const minusB = negated(r, b);
    const both = minusA !== undefined && minusB !== undefined;
    return both ? binary(r, "mul", minusA, minusB) : undefined;
  }
  if (c === 1) return a;
  if (c === 0 && (dtype !== "f32" || r.finiteMath)) return b;
  if (c === round(dtype, -1)) return unary(r, "neg", a);
  if (minusA !== undefined) {
    return binary(r, "mul", minusA, constantLike(r, b, -c));
  }
  const inner = withConstant(r, a, "mul");
  if (!inner) return scaledChoice(r, a, b);
  const product = round(dtype, BINARY.mul(inner.c, c, dtype));
  if (dtype === "f32") {
    const size = Math.abs(product);
    const exact = isPowerOfTwo(c) || isPowerOfTwo(inner.c);
    if (!exact || !(size >= SMALLEST && size < LARGEST)) return undefined;
  }
  return binary(r, "mul", inner.x, constantLike(r, b, product));
};

const div: Identity = (r, a, b, dtype) => {
  const c = r.splat(b);
  if (r.finiteMath && dtype === "f32" && r.splat(a) === 0 && c !== 0) return a;
  if (c === undefined) return undefined;
  if (c === 1) return a;
  if (dtype !== "f32") return undefined;
  const inverse = Math.abs(Math.fround(1 / c));
  return inverse >= SMALLEST && inverse < Infinity
    ? binary(r, "mul", a, constantLike(r, b, 1 / c))
    : undefined;
};

/** Of max and min: the number below, or above, all others. */
const extreme = (neutral: number): Identity => (r, a, b) => {
  return a === b || r.splat(b) === neutral ? a : undefined;
};

const pow: Identity = (r, a, b) => {
  const c = r.splat(b);
  if (c === 0) return constantLike(r, b, 1);
  if (c === 1) return a;
  return c === 2 ? unary(r, "square", a) : undefined;
};

/** All bits of the dtype set. */
const ones = (dtype: DType) => dtype === "bool" ? 1 : round(dtype, -1);

const and: Identity = (r, a, b, dtype) => {
  const c = r.splat(b);
  if (a === b || c === ones(dtype)) return a;
  return c === 0 ? b : undefined;
};

const or: Identity = (r, a, b, dtype) => {
  const c = r.splat(b);
  if (a === b || c === 0) return a;
  return c === ones(dtype) ? b : undefined;
};

const xor: Identity = (r, a, b, dtype) => {
  const c = r.splat(b);
  if (a === b) return constantLike(r, a, 0);
  if (c === 0) return a;
  return c === ones(dtype) ? unary(r, "not", a) : undefined;
};

const shift: Identity = (r, a, b) => r.splat(b) === 0 ? a : undefined;

const none: Identity = () => undefined;

/** Identities with the known operand, if any, on the right. */
const IDENTITIES: { readonly [op in BinaryOp]: Identity } = {
  add,
  sub,
  mul,
  div,
  max: extreme(-Infinity),
  min: extreme(Infinity),
  pow,
  rem: none,
  atan2: none,
  and,
  or,
  xor,
  shl: shift,
  shr: shift,
};

const COMMUTATIVE: ReadonlySet<BinaryOp> = new Set<BinaryOp>([
  "add",
  "mul",
  "max",
  "min",
  "and",
  "or",
  "xor",
]);

/** Constants and the identities of each operation. */
export const binaryRule: Rule<"binary"> = (
  r: Rewriter,
  inputs: readonly ValueId[],
  params: PrimitiveParams["binary"],
): Replacement => {
  const { op } = params;
  const [a, b] = inputs;
  const dtype = dtypeOf(r, a);
  const values = splats(r, inputs);
  if (values) {
    return constantLike(r, a, BINARY[op](values[0], values[1], dtype));
  }
  if (COMMUTATIVE.has(op) && r.splat(a) !== undefined) {
    return binary(r, op, b, a);
  }
  return IDENTITIES[op](r, a, b, dtype) ??
    throughMovement(r, "binary", inputs, params);
};
