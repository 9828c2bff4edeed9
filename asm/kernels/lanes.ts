/**
 * Lane operations of relaxed SIMD: fused where the engine fuses. Masks
 * must be all ones or all zeros per lane.
 */

/** `a * b + c`. */
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/** `c - a * b`. */
export function nmadd(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_nmadd(a, b, c);
}

/** `mask ? a : b` per lane. */
export function choose(a: v128, b: v128, mask: v128): v128 {
  return i32x4.relaxed_laneselect(a, b, mask);
}
