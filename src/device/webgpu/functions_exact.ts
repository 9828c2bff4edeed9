/**
 * Functions in WGSL that need more digits than a float has: they carry two
 * floats whose sum is meant. `keep_` guards the sums that make the second one
 * from compilers that take them for zero.
 *
 * @module
 */
import { INFINITY, NAN, type WgslFunctions } from "./functions_bits.ts";
import { polynomial } from "./functions_exp.ts";

// log(m) = q + q^3 P(q^2) for q = 2 (m - 1) / (m + 1).
const ATANH = [1 / 11264, 1 / 2304, 1 / 448, 1 / 80, 1 / 12];

/** The functions. */
export const EXACT_FUNCTIONS: WgslFunctions = {
  // x (s + s2) + (t + t2), rounded as good as once.
  affine_f32: {
    needs: ["keep_", "half_", "magnitude_", "choose_"],
    text: `\
fn affine_f32(x: F, s: F, s2: F, t: F, t2: F) -> F {
  let p = keep_(x * s);
  let xh = half_(x);
  let sh = half_(s);
  let xl = x - xh;
  let sl = s - sh;
  let p2 = keep_(keep_(keep_(xh * sh - p) + xh * sl) + xl * sh) + xl * sl;
  let sum = keep_(p + t);
  let back = keep_(sum - p);
  let lost = keep_(p - keep_(sum - back)) + keep_(t - back);
  let y = sum + keep_(lost + ((p2 + x * s2) + t2));
  // Where parts of the product may overflow.
  let plain = x * s + t;
  return choose_(y, bitcast<U>(plain), magnitude_(plain) >= U(0x7f000000u));
}`,
  },

  // 2^(y log2 |x|); what is special is chosen at the end.
  pow_f32: {
    needs: [
      "magnitude_",
      "sign_bit_",
      "is_nan_",
      "choose_",
      "keep_",
      "half_",
      "scale_",
      "exp_tail_",
      "log2_",
    ],
    text: `\
fn pow_f32(x: F, y: F) -> F {
  let a = magnitude_(x);
  let b = magnitude_(y);
  let l = log2_(a);
  // Beyond this exponent all but 1 overflow or underflow.
  let c = clamp(y, F(-0x1p34), F(0x1p34));
  let ch = half_(c);
  let p = clamp(ch * l.high, F(-400.0), F(400.0));
  let p2 = clamp((c - ch) * l.high + c * l.low, F(-1.0), F(1.0));
  let n = floor(p + p2 + F(0.5));
  let f = (keep_(p - n) + p2) * F(0.6931471805599453);
  let power = scale_(F(1.0) + exp_tail_(f), I(n));
  let shown = choose_(power, bitcast<U>(x * x), y == F(2.0));
  // Of 0 and infinities only the direction counts.
  let grows = (a < U(0x3f800000u)) == (sign_bit_(y) != U(0u));
  let limit = select(U(0u), ${INFINITY}, grows);
  let extreme = (a == U(0u)) | (a == ${INFINITY}) | (b == ${INFINITY});
  let limited = choose_(shown, limit, extreme);
  let size = choose_(limited, U(0x3f800000u), a == U(0x3f800000u));
  // From 2^24 on all numbers are even.
  let ay = min(abs(y), F(16777216.0));
  let whole = floor(ay) == ay;
  let odd = whole & ((U(ay) & U(1u)) != U(0u));
  let with_sign = bitcast<U>(size) | select(U(0u), sign_bit_(x), odd);
  let negative = (bitcast<U>(x) > U(0x80000000u)) & (a < ${INFINITY});
  let result = select(with_sign, ${NAN}, negative & !whole);
  let number = select(result, ${NAN}, is_nan_(x) | is_nan_(y));
  let one = (bitcast<U>(x) == U(0x3f800000u)) | (b == U(0u));
  return bitcast<F>(select(number, U(0x3f800000u), one));
}`,
  },

  // The logarithm to base 2 of a positive number, given by its bits; the high
  // part has 12 digits.
  log2_: {
    needs: ["keep_", "half_", "unfold_"],
    text: `\
struct Log2_ {
  high: F,
  low: F,
}

fn log2_(w: U) -> Log2_ {
  let v = unfold_(w) + I(0x004afb0d);
  let k = F((v >> U(23u)) - I(127));
  let m = bitcast<F>((v & I(0x007fffff)) + I(0x3f3504f3));
  let f = m - F(1.0);
  let g = f + f;
  let d = keep_(m + F(1.0));
  let d2 = m - keep_(d - F(1.0));
  // q = g / (d + d2) as a high and a low part, by long division.
  let qh = half_(g / d);
  let dh = half_(d);
  let ql = (keep_(keep_(g - qh * dh) - qh * (d - dh)) - qh * d2) / d;
  let q = qh + ql;
  let z = q * q;
  let tail = q * z * ${polynomial("z", ATANH)};
  // 1 / ln 2 is 1.4423828125, of 12 digits, and the rest.
  let p = qh * F(1.4423828125);
  let p2 = qh * F(3.1222838896340736e-4) + (ql + tail) * F(1.4426950408889634);
  let high = half_(k + p + p2);
  return Log2_(high, keep_(keep_(k - high) + p) + p2);
}`,
  },
};
