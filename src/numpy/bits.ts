/**
 * Functions of the bits of integers, and of bools.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { isInteger } from "../base/dtype.ts";
import { formatAval } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { bitcast } from "./lax.ts";
import { Tensor } from "./tensor.ts";
import { type TensorLike, toOperand } from "./values/host.ts";
import * as v from "./values/scalar.ts";

/** Bits set in both. */
export function bitwiseAnd(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.bitwise("and", toOperand(a), toOperand(b)));
}

/** Bits set in at least one. */
export function bitwiseOr(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.bitwise("or", toOperand(a), toOperand(b)));
}

/** Bits set in exactly one. */
export function bitwiseXor(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.bitwise("xor", toOperand(a), toOperand(b)));
}

/** All bits the other way around. */
export function bitwiseNot(x: TensorLike): Tensor {
  return new Tensor(v.bitwiseNot(toOperand(x)));
}

/** All bits the other way around, under its other name. */
export function invert(x: TensorLike): Tensor {
  return bitwiseNot(x);
}

/** Bits moved to the left: times `2^count`; 0 from 32 on. */
export function leftShift(x: TensorLike, count: TensorLike): Tensor {
  return new Tensor(v.shift("shl", toOperand(x), toOperand(count)));
}

/** Bits moved to the right: divided by `2^count`, rounded down. */
export function rightShift(x: TensorLike, count: TensorLike): Tensor {
  return new Tensor(v.shift("shr", toOperand(x), toOperand(count)));
}

/** Number of bits set in the absolute value, in the dtype of `x`. */
export function bitwiseCount(x: TensorLike): Tensor {
  const t = asTensor(x);
  if (!isInteger(t.dtype)) {
    throw new ShapeError(
      `Cannot count bits of ${formatAval(t.value.aval)}: expected integers: ` +
        "look at the bits of a float with lax.bitcast",
    );
  }
  const size = t.abs();
  const words = size.dtype === "u32" ? size : bitcast(size, "u32");
  const masked = (bits: Tensor, shift: number, mask: number) =>
    bitwiseAnd(rightShift(bits, shift), asTensor(Uint32Array.of(mask)).at(0));
  // Sums of neighbours: of pairs, of nibbles, of bytes, of all.
  const pairs = words.sub(masked(words, 1, 0x55555555));
  const nibbles = masked(pairs, 0, 0x33333333).add(
    masked(pairs, 2, 0x33333333),
  );
  const bytes = masked(nibbles.add(rightShift(nibbles, 4)), 0, 0x0f0f0f0f);
  const all = bytes.mul(asTensor(Uint32Array.of(0x01010101)).at(0));
  return rightShift(all, 24).astype(t.dtype);
}

export {
  bitwiseNot as bitwiseInvert,
  leftShift as bitwiseLeftShift,
  rightShift as bitwiseRightShift,
};
