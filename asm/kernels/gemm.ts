/**
 * Matrix product C = A B. The inner loops are generated
 * (`templates/gemm_tiles.ts`): they read A with any strides, and B in rows of
 * their width. B is either read in place, or was packed before into panels of
 * columns, one after another (`gemm_pack.ts`).
 */
import { BLOCK_K, BLOCK_M, PANEL, panelWidth } from "./gemm_pack";
import { strip } from "./gemm_tiles";

/** Steps of k at once: about the same number in each block. */
function blockDepth(K: i32): i32 {
  const blocks = (K + BLOCK_K - 1) / BLOCK_K;
  return ((K + blocks - 1) / blocks + 3) & ~3;
}

/** Strides in bytes. Columns are those of `gemm_packed`. */
function product(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  rows: usize,
  steps: usize,
  b: usize,
  ldb: usize,
  packed: bool,
  c: usize,
  ldc: usize,
  first: i32,
  count: i32,
): void {
  const end = min(N, PANEL * (first + count));
  const depth = blockDepth(K);
  for (let k: i32 = 0; k < K; k += depth) {
    const d = min(depth, K - k);
    const acc = k > 0;
    for (let i: i32 = 0; i < M; i += BLOCK_M) {
      const m = min(BLOCK_M, M - i);
      const from = a + <usize> i * rows + <usize> k * steps;
      for (let j = PANEL * first; j < end;) {
        const width = panelWidth(N - j);
        const to = c + <usize> i * ldc + (<usize> j << 2);
        const row = packed ? <usize> width << 2 : ldb;
        const panel = b + (<usize> j * <usize> (packed ? K : 1) << 2) +
          <usize> k * row;
        const n = min(width, N - j);
        strip(n, m, d, from, rows, steps, panel, row, to, ldc, acc);
        j += width;
      }
    }
  }
}

/**
 * A `[M,K]` with any strides, B `[K,N]` with rows `ldb` apart. Computes the
 * columns `24 * first .. 24 * (first + count)` of C.
 */
export function gemm(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  rows: i32,
  steps: i32,
  B: usize,
  ldb: i32,
  C: usize,
  ldc: i32,
  first: i32,
  count: i32,
): void {
  rows <<= 2;
  steps <<= 2;
  ldc <<= 2;
  product(M, N, K, A, rows, steps, B, ldb << 2, false, C, ldc, first, count);
}

/** The same, B packed by `gemm_pack`. */
export function gemm_packed(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  rows: i32,
  steps: i32,
  P: usize,
  C: usize,
  ldc: i32,
  first: i32,
  count: i32,
): void {
  rows <<= 2;
  steps <<= 2;
  ldc <<= 2;
  product(M, N, K, A, rows, steps, P, 0, true, C, ldc, first, count);
}
