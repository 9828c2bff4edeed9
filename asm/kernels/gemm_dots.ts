/**
 * Dot products of stored rows: what a matrix product with one column, or with
 * few rows and a transposed B, consists of.
 */
import { madd } from "./lanes";

/** `c[i * step] (+)= a . row i of B` for `n` rows; step in bytes. */
export function dots(
  n: i32,
  K: i32,
  a: usize,
  b: usize,
  ldb: usize,
  c: usize,
  step: usize,
  acc: bool,
): void {
  const whole = K & ~3;
  for (; n > 0; n--) {
    let s0 = f32x4.splat(0);
    let s1 = s0, s2 = s0, s3 = s0;
    let k: i32 = 0;
    let p = a;
    let q = b;
    for (; k + 16 <= whole; k += 16) {
      s0 = madd(v128.load(p), v128.load(q), s0);
      s1 = madd(v128.load(p, 16), v128.load(q, 16), s1);
      s2 = madd(v128.load(p, 32), v128.load(q, 32), s2);
      s3 = madd(v128.load(p, 48), v128.load(q, 48), s3);
      p += 64;
      q += 64;
    }
    for (; k < whole; k += 4) {
      s0 = madd(v128.load(p), v128.load(q), s0);
      p += 16;
      q += 16;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    s0 = f32x4.add(s0, v128.shuffle<f32>(s0, s0, 2, 3, 0, 1));
    let sum = f32x4.extract_lane(s0, 0) + f32x4.extract_lane(s0, 1);
    for (; k < K; k++) {
      sum += load<f32>(p) * load<f32>(q);
      p += 4;
      q += 4;
    }
    store<f32>(c, acc ? load<f32>(c) + sum : sum);
    b += ldb;
    c += step;
  }
}
