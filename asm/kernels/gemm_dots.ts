/**
 * Matrix product as dot products of stored rows: few rows of A times a
 * transposed B, each element of which is then read once or twice.
 */
import { madd } from "./lanes";

/** A `[M,K]` with its rows `lda` apart, B stored `[N,K]`. */
export function gemm_dots(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  lda: i32,
  B: usize,
  ldb: i32,
  C: usize,
  ldc: i32,
): void {
  for (; M > 0; M--) {
    dots(N, K, A, B, <usize> ldb << 2, C);
    A += <usize> lda << 2;
    C += <usize> ldc << 2;
  }
}

/** `c[i] = a . row i of B` for `n` rows. */
function dots(
  n: i32,
  K: i32,
  a: usize,
  b: usize,
  ldb: usize,
  c: usize,
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
    store<f32>(c, sum);
    b += ldb;
    c += 4;
  }
}
