/**
 * Functions computed one element at a time: in f64 and rounded once, or in
 * integers with every case defined, since a kernel must never trap. What is
 * large and seldom called comes from the engine.
 */

@external("env", "tan")
declare function tan64(x: f64): f64;
@external("env", "pow")
declare function pow64(x: f64, y: f64): f64;
@external("env", "atan2")
declare function atan264(y: f64, x: f64): f64;

/** Sine of any argument. */
export function sin(x: f32): f32 {
  return <f32> Math.sin(<f64> x);
}

/** Cosine of any argument. */
export function cos(x: f32): f32 {
  return <f32> Math.cos(<f64> x);
}

/** Tangent of any argument. */
export function tan(x: f32): f32 {
  return <f32> tan64(<f64> x);
}

/** Power as in C: `pow(1, y)` and `pow(x, 0)` are 1, `pow(-1, inf)` too. */
export function pow(x: f32, y: f32): f32 {
  if (y == 2) return x * x;
  if (x == 1 || y == 0 || (x == -1 && abs(y) == Infinity)) return 1;
  return <f32> pow64(<f64> x, <f64> y);
}

/** Remainder with the sign of the dividend, exact. */
export function rem(x: f32, y: f32): f32 {
  return x % y;
}

/** Angle of the point (x, y). */
export function atan2(y: f32, x: f32): f32 {
  return <f32> atan264(<f64> y, <f64> x);
}

/** Quotient toward zero; -1 for y = 0; the one overflow wraps. */
export function div_i32(x: i32, y: i32): i32 {
  if (y == 0) return -1;
  return y == -1 ? 0 - x : x / y;
}

/** Remainder with the sign of the dividend; x for y = 0. */
export function rem_i32(x: i32, y: i32): i32 {
  if (y == 0) return x;
  return y == -1 ? 0 : x % y;
}

/** Quotient; all ones for y = 0. */
export function div_u32(x: u32, y: u32): u32 {
  return y == 0 ? u32.MAX_VALUE : x / y;
}

/** Remainder; x for y = 0. */
export function rem_u32(x: u32, y: u32): u32 {
  return y == 0 ? x : x % y;
}

/** Power modulo 2^32; for y < 0 the quotient 1 / x^-y toward zero. */
export function pow_i32(x: i32, y: i32): i32 {
  if (y < 0) {
    if (x == 1) return 1;
    if (x == -1) return (y & 1) == 0 ? 1 : -1;
    return x == 0 ? -1 : 0;
  }
  let result = 1;
  for (; y > 0; y >>= 1) {
    if (y & 1) result *= x;
    x *= x;
  }
  return result;
}

/** Bits shifted left; 0 for a count outside 0 to 31. */
export function shl(x: u32, y: u32): u32 {
  return y > 31 ? 0 : x << y;
}

/** Shift right with the sign; all sign for a count outside 0 to 31. */
export function shr_s(x: i32, y: u32): i32 {
  return x >> <i32> (y > 31 ? 31 : y);
}

/** Shift right with zeros; 0 for a count outside 0 to 31. */
export function shr_u(x: u32, y: u32): u32 {
  return y > 31 ? 0 : x >> y;
}

// Giles' single precision approximation of the inverse error function.
const CENTRAL: usize = memory.data<f32>([
  2.81022636e-08,
  3.43273939e-07,
  -3.5233877e-06,
  -4.39150654e-06,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941,
]);
const TAIL: usize = memory.data<f32>([
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682,
]);

/**
 * Inverse error function as XLA computes it: every step of the polynomial is
 * a fused multiply-add, which f64 and one rounding reproduce.
 */
export function erfinv(x: f32): f32 {
  if (abs(x) == 1) return x * <f32> Infinity;
  const square: f32 = x * x;
  let w: f32 = -(<f32> Math.log1p(<f64> -square));
  const central = w < 5;
  const table = central ? CENTRAL : TAIL;
  w = central ? w - 2.5 : sqrt(w) - 3;
  let p = load<f32>(table);
  for (let i: usize = 4; i < 36; i += 4) {
    p = <f32> (<f64> load<f32>(table + i) + <f64> p * <f64> w);
  }
  return p * x;
}
