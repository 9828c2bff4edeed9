/**
 * Lane operations of the build without relaxed SIMD.
 */

/** `a * b + c`. */
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** `c - a * b`. */
export function nmadd(a: v128, b: v128, c: v128): v128 {
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** `mask ? a : b` per lane. */
export function choose(a: v128, b: v128, mask: v128): v128 {
  return v128.bitselect(a, b, mask);
}
