/**
 * Integer arithmetic in WGSL with every case defined, and the remainder of
 * floats, which is integer arithmetic too.
 *
 * @module
 */
import { INFINITY, NAN, type WgslFunctions } from "./functions_bits.ts";

/** Steps of 8 digits between the largest and the smallest exponent. */
const REM_STEPS = Math.ceil((254 + 22) / 8);

/** The functions. */
export const INT_FUNCTIONS: WgslFunctions = {
  // What a quotient is taken by: the one overflow becomes a division by 1.
  divisor_: {
    text: `\
fn divisor_(a: I, b: I) -> I {
  let overflow = (a == I(-0x7fffffff - 1)) & (b == I(-1));
  return select(b, I(1), (b == I(0)) | overflow);
}`,
  },

  div_i32: {
    needs: ["divisor_"],
    text: `\
fn div_i32(a: I, b: I) -> I {
  return select(a / divisor_(a, b), I(-1), b == I(0));
}`,
  },

  rem_i32: {
    needs: ["divisor_"],
    text: `\
// Not with %: some drivers have it wrong for negative numbers.
fn rem_i32(a: I, b: I) -> I {
  let d = divisor_(a, b);
  return select(a - a / d * d, a, b == I(0));
}`,
  },

  div_u32: {
    text: `\
fn div_u32(a: U, b: U) -> U {
  return select(a / max(b, U(1u)), U(0xffffffffu), b == U(0u));
}`,
  },

  rem_u32: {
    text: `\
fn rem_u32(a: U, b: U) -> U {
  return select(a % max(b, U(1u)), a, b == U(0u));
}`,
  },

  shl_i32: {
    text: `\
fn shl_i32(a: I, n: U) -> I {
  return select(a << (n & U(31u)), I(0), n > U(31u));
}`,
  },

  shl_u32: {
    text: `\
fn shl_u32(a: U, n: U) -> U {
  return select(a << (n & U(31u)), U(0u), n > U(31u));
}`,
  },

  shr_i32: {
    text: `\
fn shr_i32(a: I, n: U) -> I {
  return a >> min(n, U(31u));
}`,
  },

  shr_u32: {
    text: `\
fn shr_u32(a: U, n: U) -> U {
  return select(a >> (n & U(31u)), U(0u), n > U(31u));
}`,
  },

  // Long division of the digits; exact, of denormals too.
  rem_f32: {
    needs: ["magnitude_", "sign_bit_", "unfold_"],
    text: `\
fn rem_f32(x: F, y: F) -> F {
  let a = magnitude_(x);
  let b = magnitude_(y);
  let ux = unfold_(a);
  let uy = unfold_(b);
  let e = uy >> U(23u);
  let m = U(uy & I(0x007fffff)) | U(0x00800000u);
  var r = (U(ux & I(0x007fffff)) | U(0x00800000u)) % m;
  var n = max((ux >> U(23u)) - e, I(0));
  for (var i = 0; i < ${REM_STEPS}; i++) {
    let step = min(n, I(8));
    r = (r << U(step)) % m;
    n -= step;
  }
  // r 2^(e - 150), shifted as far as its exponent lets it.
  let shift = min(I(countLeadingZeros(r)) - I(8), e - I(1));
  let left = r << U(max(shift, I(0)));
  let digits = select(left, r >> U(max(-shift, I(0))), shift < I(0));
  let size = digits + (U(e - shift - I(1)) << U(23u));
  let rest = select(size, U(0u), r == U(0u)) | sign_bit_(x);
  let whole = select(rest, bitcast<U>(x), a < b);
  let undefined = (a >= ${INFINITY}) | (b > ${INFINITY}) | (b == U(0u));
  return bitcast<F>(select(whole, ${NAN}, undefined));
}`,
  },
};
