/**
 * Trigonometric functions in WGSL, of any argument: it is reduced in integers,
 * with as many digits of 1 / (2 pi) as its exponent asks for.
 *
 * @module
 */
import { INFINITY, NAN, type WgslFunctions } from "./functions_bits.ts";
import { polynomial } from "./functions_exp.ts";

// Cephes sinf: sin(r) = r + r^3 P(r^2) for |r| <= pi / 4.
const SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
// Cephes cosf: cos(r) = 1 - r^2 / 2 + r^4 P(r^2) there.
const COS = [
  2.443315711809948e-5,
  -1.388731625493765e-3,
  4.166664568298827e-2,
];
// tan(r) = r + r^3 P(r^2) there, to 2e-8; minimax.
const TAN = [
  0.009391148,
  0.003109695,
  0.024436956,
  0.05340919,
  0.13338828,
  0.33333156,
];
// Cephes atanf: atan(r) = r + r^3 P(r^2) for |r| <= tan(pi / 8).
const ATAN = [
  8.05374449538e-2,
  -1.38776856032e-1,
  1.99777106478e-1,
  -3.33329491539e-1,
];

// Binary digits of 1 / (2 pi) in words, after a word of zeros.
const TURNS = [
  0x00000000,
  0x28be60db,
  0x9391054a,
  0x7f09d5f4,
  0x7d4d3770,
  0x36d8a566,
  0x4f10e410,
  0x7f9458ea,
];

/** Word `offset` of four of the digits, for `skip` leading words left out. */
function turnsWord(offset: number): string {
  return [1, 2, 3, 4].reduce(
    (text, skip) =>
      `select(${text}, ${word(offset + skip)}, skip >= I(${skip}))`,
    word(offset),
  );
}

function word(i: number): string {
  return `U(${TURNS[i]}u)`;
}

/** The functions. */
export const TRIG_FUNCTIONS: WgslFunctions = {
  // The high word of a product.
  multiply_high_: {
    text: `\
fn multiply_high_(a: U, b: U) -> U {
  let a0 = a & U(0xffffu);
  let b0 = b & U(0xffffu);
  let a1 = a >> U(16u);
  let b1 = b >> U(16u);
  let first = a0 * b1;
  let middle = ((a0 * b0) >> U(16u)) + (first & U(0xffffu)) + a1 * b0;
  return a1 * b1 + (first >> U(16u)) + (middle >> U(16u));
}`,
  },

  // w shifted left by n from 0 to 31, with what comes from the word below.
  shift_in_: {
    text: `\
fn shift_in_(w: U, below: U, n: U) -> U {
  return (w << n) | ((below >> U(1u)) >> (U(31u) - n));
}`,
  },

  // |x| = quarters pi / 2 + rest, |rest| <= pi / 4; quarters modulo 4.
  turn_: {
    needs: ["magnitude_", "multiply_high_", "shift_in_"],
    text: `\
struct Turn_ {
  quarters: U,
  rest: F,
}

fn turn_(x: F) -> Turn_ {
  let w = magnitude_(x);
  let m = (w << U(8u)) | U(0x80000000u);
  // |x| = m / 2^32 2^e; the digits are shifted by e.
  let e = clamp(I(w >> U(23u)) - I(126), I(0), I(128));
  let skip = e >> U(5u);
  let shift = U(e) & U(31u);
  let w0 = ${turnsWord(0)};
  let w1 = ${turnsWord(1)};
  let w2 = ${turnsWord(2)};
  let w3 = ${turnsWord(3)};
  let d0 = shift_in_(w0, w1, shift);
  let d1 = shift_in_(w1, w2, shift);
  let d2 = shift_in_(w2, w3, shift);
  // The fraction of the number of turns, in two words.
  let lower = multiply_high_(m, d2);
  let low = m * d1 + lower;
  let carry = select(U(0u), U(1u), low < lower);
  let high = m * d0 + multiply_high_(m, d1) + carry;
  let quarters = (high + U(0x20000000u)) >> U(30u);
  let left = high - (quarters << U(30u));
  let negative = left >= U(0x80000000u);
  let low_size = select(low, U(0u) - low, negative);
  let borrow = select(U(0u), U(1u), low != U(0u));
  let high_size = select(left, U(0u) - left - borrow, negative);
  // Its leading 24 digits, rounded.
  let zeros = min(countLeadingZeros(high_size), U(31u));
  let top = shift_in_(high_size, low_size, zeros);
  let digits = F((top >> U(8u)) + ((top >> U(7u)) & U(1u)));
  let unit = bitcast<F>((U(127u - 22u) - zeros) << U(23u));
  let size = bitcast<U>(digits * F(1.5707963267948966) * unit);
  let with_sign = size | select(U(0u), U(0x80000000u), negative);
  let inside = w < U(0x3f490fdbu);
  return Turn_(
    select(quarters, U(0u), inside),
    bitcast<F>(select(with_sign, w, inside)),
  );
}`,
  },

  sin_near_: {
    text: `\
fn sin_near_(r: F) -> F {
  let z = r * r;
  return r + r * (z * ${polynomial("z", SIN)});
}`,
  },

  cos_near_: {
    text: `\
fn cos_near_(r: F) -> F {
  let z = r * r;
  return F(1.0) + (z * z * ${polynomial("z", COS)} - F(0.5) * z);
}`,
  },

  // What a function of angles gives: y with some sign, or NaN for x infinite.
  angle_result_: {
    needs: ["magnitude_", "choose_"],
    text: `\
fn angle_result_(x: F, y: F, sign: U) -> F {
  let with_sign = bitcast<F>(bitcast<U>(y) ^ sign);
  return choose_(with_sign, ${NAN}, magnitude_(x) >= ${INFINITY});
}`,
  },

  sin_f32: {
    needs: ["turn_", "sin_near_", "cos_near_", "sign_bit_", "angle_result_"],
    text: `\
fn sin_f32(x: F) -> F {
  let t = turn_(x);
  let odd = (t.quarters & U(1u)) != U(0u);
  let y = select(sin_near_(t.rest), cos_near_(t.rest), odd);
  let sign = sign_bit_(x) ^ ((t.quarters & U(2u)) << U(30u));
  return angle_result_(x, y, sign);
}`,
  },

  cos_f32: {
    needs: ["turn_", "sin_near_", "cos_near_", "angle_result_"],
    text: `\
fn cos_f32(x: F) -> F {
  let t = turn_(x);
  let odd = (t.quarters & U(1u)) != U(0u);
  let y = select(cos_near_(t.rest), sin_near_(t.rest), odd);
  let sign = ((t.quarters + U(1u)) & U(2u)) << U(30u);
  return angle_result_(x, y, sign);
}`,
  },

  tan_f32: {
    needs: ["turn_", "sign_bit_", "angle_result_"],
    text: `\
fn tan_f32(x: F) -> F {
  let t = turn_(x);
  let odd = (t.quarters & U(1u)) != U(0u);
  let r = t.rest;
  let z = r * r;
  let near = r + r * (z * ${polynomial("z", TAN)});
  let y = select(near, F(-1.0) / near, odd);
  return angle_result_(x, y, sign_bit_(x));
}`,
  },

  // The angle of (x, y). Denormals are divided as integers.
  atan2_f32: {
    needs: ["magnitude_", "sign_bit_", "choose_"],
    text: `\
fn atan2_f32(y: F, x: F) -> F {
  let wy = magnitude_(y);
  let wx = magnitude_(x);
  let steep = wy > wx;
  let least = min(wx, wy);
  let most = max(wx, wy);
  // Brought to where quotients are exact enough on every adapter.
  let small = most < U(0x20000000u);
  let scale = select(select(F(1.0), F(0x1p-64), most > U(0x60000000u)), F(0x1p64), small);
  let tiny = most < U(0x00800000u);
  let above = select(bitcast<F>(least) * scale, F(least), tiny);
  let below = select(bitcast<F>(most) * scale, F(most), tiny);
  let quotient = choose_(above / below, U(0u), most == U(0u));
  let t = choose_(quotient, U(0x3f800000u), least == ${INFINITY});
  let high = t > F(0.4142135623730950);
  let r = select(t, (t - F(1.0)) / (t + F(1.0)), high);
  let z = r * r;
  let near = r + r * (z * ${polynomial("z", ATAN)});
  let first = select(near, near + F(0.7853981633974483), high);
  let second = select(first, F(1.5707963267948966) - first, steep);
  let left = sign_bit_(x) != U(0u);
  let angle = select(second, F(3.141592653589793) - second, left);
  let with_sign = bitcast<F>(bitcast<U>(angle) | sign_bit_(y));
  return choose_(with_sign, ${NAN}, most > ${INFINITY});
}`,
  },
};
