/**
 * WGSL functions that look at the bits of a float: what a compiler may assume
 * about NaN, infinities and denormals does not reach them.
 *
 * @module
 */

/** A function in WGSL. */
export interface WgslFunction {
  /** Names of the functions that it calls. */
  readonly needs?: readonly string[];
  /** Its declaration, in the types F, I, U and B. */
  readonly text: string;
}

/** Functions by name. */
export type WgslFunctions = { readonly [name: string]: WgslFunction };

/** Bits of infinity, in WGSL. */
export const INFINITY = "U(0x7f800000u)";
/** Bits of a NaN, in WGSL. */
export const NAN = "U(0x7fc00000u)";

/**
 * Functions of bits, and what is made of them alone. WGSL forbids constants
 * that are infinite or NaN, so those are chosen as bits.
 */
export const BIT_FUNCTIONS: WgslFunctions = {
  // As a parameter the bits are not constant, so WGSL cannot object to them.
  bits_: {
    text: `\
fn bits_(w: u32) -> F {
  return bitcast<F>(U(w));
}`,
  },

  // Gives x back, but compilers do not know: none may take sums apart that go
  // through here. Only one NaN changes, to another.
  keep_: {
    text: `\
fn keep_(x: F) -> F {
  return bitcast<F>(min(bitcast<U>(x), U(0xfffffffeu)));
}`,
  },

  magnitude_: {
    text: `\
fn magnitude_(x: F) -> U {
  return bitcast<U>(x) & U(0x7fffffffu);
}`,
  },

  sign_bit_: {
    text: `\
fn sign_bit_(x: F) -> U {
  return bitcast<U>(x) & U(0x80000000u);
}`,
  },

  is_nan_: {
    needs: ["magnitude_"],
    text: `\
fn is_nan_(x: F) -> B {
  return magnitude_(x) > ${INFINITY};
}`,
  },

  // Like select, with the bits of the second value.
  choose_: {
    text: `\
fn choose_(no: F, yes: U, when: B) -> F {
  return bitcast<F>(select(bitcast<U>(no), yes, when));
}`,
  },

  // The leading 12 digits: products of two such numbers are exact, and so is
  // what is left of x.
  half_: {
    text: `\
fn half_(x: F) -> F {
  return bitcast<F>(bitcast<U>(x) & U(0xfffff000u));
}`,
  },

  // The bits of a number that is not negative, where the exponent of a
  // denormal goes on below 1 and its leading digit is left out as of others.
  unfold_: {
    text: `\
fn unfold_(w: U) -> I {
  let zeros = select(U(0u), countLeadingZeros(w) - U(8u), w < U(0x800000u));
  return I(w << zeros) - I(zeros << U(23u));
}`,
  },

  // y 2^n for y from 1/2 to 2; overflows to infinity, and is rounded to a
  // denormal in integers, since arithmetic may take denormals for 0.
  scale_: {
    text: `\
fn scale_(y: F, n: I) -> F {
  let e = clamp(n, I(-160), I(128));
  let w = I(bitcast<U>(y)) + (e << U(23u));
  let unit = bitcast<F>(U(min(e, I(-125)) + I(276)) << U(23u));
  let denormal = U(floor(y * unit + F(0.5)));
  let finite = select(U(w), denormal, w < I(0x800000));
  let infinite = (w >= I(0x7f800000)) | (n > I(128));
  return bitcast<F>(select(finite, ${INFINITY}, infinite));
}`,
  },

  nothing_f32: {
    needs: ["magnitude_"],
    text: `\
// x - x: 0, or NaN where x is NaN or infinite.
fn nothing_f32(x: F) -> F {
  let word = magnitude_(x);
  return bitcast<F>(select(U(0u), U(0x7fc00000u), word >= U(0x7f800000u)));
}`,
  },
  neg_f32: {
    text: `\
fn neg_f32(x: F) -> F {
  return bitcast<F>(bitcast<U>(x) ^ U(0x80000000u));
}`,
  },

  sign_f32: {
    needs: ["magnitude_", "sign_bit_", "choose_"],
    text: `\
fn sign_f32(x: F) -> F {
  let w = magnitude_(x);
  let one = sign_bit_(x) | U(0x3f800000u);
  return choose_(x, one, (w > U(0u)) & (w <= ${INFINITY}));
}`,
  },

  // Halves go to the even neighbour; zeros keep their sign.
  round_f32: {
    needs: ["magnitude_", "sign_bit_", "choose_"],
    text: `\
fn round_f32(x: F) -> F {
  let a = abs(x);
  let low = floor(a);
  let part = a - low;
  let odd = low - F(2.0) * floor(low * F(0.5)) == F(1.0);
  let up = (part > F(0.5)) | ((part == F(0.5)) & odd);
  let size = select(low, low + F(1.0), up);
  let with_sign = bitcast<U>(size) | sign_bit_(x);
  return choose_(x, with_sign, magnitude_(x) < U(0x4b000000u));
}`,
  },

  // Numbers in the order of integers.
  order_: {
    text: `\
fn order_(x: F) -> I {
  let w = bitcast<I>(x);
  return w ^ ((w >> U(31u)) & I(0x7fffffff));
}`,
  },

  max_f32: {
    needs: ["is_nan_", "order_"],
    text: `\
fn max_f32(a: F, b: F) -> F {
  let first = (order_(a) > order_(b)) & !is_nan_(b);
  return select(b, a, first | is_nan_(a));
}`,
  },

  min_f32: {
    needs: ["is_nan_", "order_"],
    text: `\
fn min_f32(a: F, b: F) -> F {
  let first = (order_(a) < order_(b)) & !is_nan_(b);
  return select(b, a, first | is_nan_(a));
}`,
  },

  // Some compilers take != for an ordered comparison.
  ne_f32: {
    needs: ["is_nan_"],
    text: `\
fn ne_f32(a: F, b: F) -> B {
  return !(a == b) | is_nan_(a) | is_nan_(b);
}`,
  },

  // Rounded once, by the sum; some adapters convert large numbers worse.
  u32_to_f32: {
    text: `\
fn u32_to_f32(x: U) -> F {
  return F(x >> U(16u)) * F(65536.0) + F(x & U(0xffffu));
}`,
  },

  f32_to_bool: {
    needs: ["magnitude_"],
    text: `\
fn f32_to_bool(x: F) -> B {
  return magnitude_(x) != U(0u);
}`,
  },

  f32_to_i32: {
    needs: ["is_nan_", "choose_"],
    text: `\
fn f32_to_i32(x: F) -> I {
  let number = choose_(x, U(0u), is_nan_(x));
  let inside = I(clamp(number, F(-2147483648.0), F(2147483520.0)));
  return select(inside, I(0x7fffffff), number >= F(2147483648.0));
}`,
  },

  f32_to_u32: {
    needs: ["is_nan_", "choose_"],
    text: `\
fn f32_to_u32(x: F) -> U {
  let number = choose_(x, U(0u), is_nan_(x));
  let inside = U(clamp(number, F(0.0), F(4294967040.0)));
  return select(inside, U(0xffffffffu), number >= F(4294967296.0));
}`,
  },
};
