/**
 * Common divisors, and floats taken apart to their bits.
 *
 * @module
 */
import { isInteger } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { bitwiseAnd, bitwiseCount, bitwiseOr, rightShift } from "./bits.ts";
import { asTensor } from "./convert.ts";
import { abs, floorDivide, fmod, isnan, where } from "./elementwise.ts";
import { bitcast } from "./lax.ts";
import { foriLoop } from "./fori_loop.ts";
import { broadcastArrays } from "./shapes.ts";
import type { Tensor } from "./tensor.ts";
import { type TensorLike, toOperand } from "./values/host.ts";
import { commonDtype } from "./values/operand.ts";

function integers(what: string, a: TensorLike, b: TensorLike): Tensor[] {
  const both = [asTensor(a), asTensor(b)];
  if (both.every((t) => isInteger(t.dtype))) {
    const dtype = commonDtype([toOperand(a), toOperand(b)]);
    return broadcastArrays(...both.map((t) => t.astype(dtype)));
  }
  const [x, y] = both.map((t) => formatAval(t.value.aval));
  throw new ShapeError(
    `Cannot take the ${what} of ${x} and ${y}, expected integers`,
  );
}

/** Steps of Euclid's algorithm that two neighbouring Fibonacci numbers take. */
const MOST_STEPS = 47;

/** The greatest common divisor; 0 of two zeros. */
export function gcd(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = integers("common divisor", a, b);
  const step = (_: Tensor, [p, q]: [Tensor, Tensor]): [Tensor, Tensor] => {
    const done = q.equal(0);
    const rest = fmod(p, where(done, 1, q));
    return [where(done, p, q), where(done, 0, rest).astype(q.dtype)];
  };
  const start: [Tensor, Tensor] = [abs(x), abs(y)];
  return foriLoop<[Tensor, Tensor]>(0, MOST_STEPS, step, start)[0];
}

/** The least common multiple; 0 where one of them is 0. */
export function lcm(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = integers("common multiple", a, b);
  const divisor = gcd(x, y);
  const part = floorDivide(abs(x), where(divisor.equal(0), 1, divisor));
  return part.mul(abs(y));
}

/** Number of zeros before the first bit that is set; 32 for 0. */
export function clz(x: TensorLike): Tensor {
  const t = asTensor(x);
  if (!isInteger(t.dtype)) {
    throw new ShapeError(
      `Cannot count bits of ${formatAval(t.value.aval)}, expected integers`,
    );
  }
  let words = bitcast(t, "u32");
  // Every bit below the first one is set.
  for (const by of [1, 2, 4, 8, 16]) {
    words = bitwiseOr(words, rightShift(words, by));
  }
  return asTensor(32).sub(bitwiseCount(words).astype("i32")).astype(t.dtype);
}

/** The next f32 after `a` in the direction of `b`. */
export function nextafter(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastArrays(a, b).map((t) => t.astype("f32"));
  const bits = bitcast(x, "i32");
  // Away from 0 the bits of a float count up.
  const away = x.less(y).equal(x.greater(0));
  const moved = bitcast(bits.add(where(away, 1, -1)), "f32");
  const tiny = where(y.greater(0), 2 ** -149, -(2 ** -149));
  const next = where(x.equal(0), tiny, moved);
  const stays = where(x.equal(y), y, next);
  return where(isnan(x), x, where(isnan(y), y, stays));
}

/**
 * `[m, e]` with `x = m 2^e`, `m` of [0.5, 1) in size, and `e` i32; 0, infinity
 * and NaN are their own `m`. Numbers too small to be normal count as 0 where
 * the device has none.
 */
export function frexp(x: TensorLike): [mantissa: Tensor, exponent: Tensor] {
  const t = asTensor(x).astype("f32");
  const small = t.abs().less(2 ** -126);
  const scaled = t.mul(where(small, 2 ** 24, 1));
  const bits = bitcast(scaled, "i32");
  const plain = scaled.equal(0).logicalOr(scaled.abs().equal(Infinity))
    .logicalOr(isnan(scaled));
  const field = bitwiseAnd(rightShift(bits, 23), 0xff);
  const exponent = field.sub(126).sub(where(small, 24, 0));
  const half = bitwiseOr(bitwiseAnd(bits, ~0x7f800000), 126 << 23);
  return [
    where(plain, t, bitcast(half, "f32")),
    where(plain, 0, exponent).astype("i32"),
  ];
}
