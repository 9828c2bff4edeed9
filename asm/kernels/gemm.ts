/**
 * Matrix product C = A B or C += A B, C row-major, A and B as stored or
 * transposed. The inner loops are generated (`templates/gemm_tiles.ts`).
 *
 * B is packed into panels of 16 columns, A is read in place; a transposed A is
 * transposed into scratch first. Small or flat products skip the packing;
 * those with one column, or with few rows and a transposed B, are dot products
 * of stored rows. Inside this file leading dimensions are in bytes.
 */
import { fill } from "./words";
import { dots } from "./gemm_dots";
import { packEdge, packPanel, transpose } from "./gemm_pack";
import {
  edge1x4,
  edge4x4,
  tile1x16,
  tile1x4,
  tile1x8,
  tile2x16,
  tile4x4,
  tile4x8,
} from "./gemm_tiles";

/** Depth of a block: panels of this depth stay in the caches. */
const BLOCK_K: i32 = 256;
/** Rows of A per pass over the panels. */
const BLOCK_M: i32 = 96;
/** Up to this many elements B is read in place: it fits the L1 cache. */
const SMALL_B: i32 = 4096;
/** Up to this many rows packing B costs more than it gains. */
const FEW_ROWS: i32 = 4;
/** Up to this many rows a transposed B is read by dot products. */
const FEW_DOTS: i32 = 3;

/** C's columns `j .. j+width` for `M` rows, from a panel or B in place. */
export function strip(
  width: i32,
  M: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  acc: bool,
): void {
  if (width == 16) {
    for (; M >= 2; M -= 2) {
      tile2x16(K, a, lda, b, ldb, c, ldc, acc);
      a += 2 * lda;
      c += 2 * ldc;
    }
    if (M) tile1x16(K, a, lda, b, ldb, c, ldc, acc);
  } else if (width == 8) {
    for (; M >= 4; M -= 4) {
      tile4x8(K, a, lda, b, ldb, c, ldc, acc);
      a += 4 * lda;
      c += 4 * ldc;
    }
    for (; M; M--) {
      tile1x8(K, a, lda, b, ldb, c, ldc, acc);
      a += lda;
      c += ldc;
    }
  } else {
    for (; M >= 4; M -= 4) {
      tile4x4(K, a, lda, b, ldb, c, ldc, acc);
      a += 4 * lda;
      c += 4 * ldc;
    }
    for (; M; M--) {
      tile1x4(K, a, lda, b, ldb, c, ldc, acc);
      a += lda;
      c += ldc;
    }
  }
}

/** C's last 1 to 3 columns, from a panel of 4. */
export function edge(
  n: i32,
  M: i32,
  K: i32,
  a: usize,
  lda: usize,
  w: usize,
  c: usize,
  ldc: usize,
  acc: bool,
): void {
  for (; M >= 4; M -= 4) {
    edge4x4(K, a, lda, w, 16, c, ldc, acc, n);
    a += 4 * lda;
    c += 4 * ldc;
  }
  for (; M; M--) {
    edge1x4(K, a, lda, w, 16, c, ldc, acc, n);
    a += lda;
    c += ldc;
  }
}

/** Width of the panel that starts with `left` columns to go. */
export function panelWidth(left: i32): i32 {
  return left >= 16 ? 16 : left >= 8 ? 8 : 4;
}

/** B `[K,N]` read in place. */
function unpacked(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  w: usize,
  acc: bool,
): void {
  let j: i32 = 0;
  while (j + 4 <= N) {
    const width = panelWidth(N - j);
    const at = <usize> j << 2;
    strip(width, M, K, a, lda, b + at, ldb, c + at, ldc, acc);
    j += width;
  }
  if (j < N) {
    const at = <usize> j << 2;
    packEdge(K, N - j, b + at, ldb, 4, w);
    edge(N - j, M, K, a, lda, w, c + at, ldc, acc);
  }
}

/** B packed block by block; `bt` when B is stored `[N,K]`. */
function packed(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  bt: bool,
  c: usize,
  ldc: usize,
  w: usize,
  acc: bool,
): void {
  const stepK: usize = bt ? 4 : ldb;
  const stepN: usize = bt ? ldb : 4;
  for (let k: i32 = 0; k < K; k += BLOCK_K) {
    const depth = min(BLOCK_K, K - k);
    const blockB = b + <usize> k * stepK;
    for (let i: i32 = 0; i < M; i += BLOCK_M) {
      const rows = min(BLOCK_M, M - i);
      const blockA = a + <usize> i * lda + (<usize> k << 2);
      const blockC = c + <usize> i * ldc;
      let j: i32 = 0;
      while (j + 4 <= N) {
        const width = panelWidth(N - j);
        const panel = w + ((<usize> j * <usize> depth) << 2);
        const from = blockB + <usize> j * stepN;
        const rowBytes = <usize> width << 2;
        if (i == 0) {
          if (bt) transpose(width, depth, from, ldb, panel, rowBytes);
          else packPanel(depth, width, from, ldb, panel);
        }
        const to = blockC + (<usize> j << 2);
        strip(width, rows, depth, blockA, lda, panel, rowBytes, to, ldc, acc);
        j += width;
      }
      if (j < N) {
        const panel = w + ((<usize> j * <usize> depth) << 2);
        if (i == 0) {
          packEdge(
            depth,
            N - j,
            blockB + <usize> j * stepN,
            stepK,
            stepN,
            panel,
          );
        }
        const to = blockC + (<usize> j << 2);
        edge(N - j, rows, depth, blockA, lda, panel, to, ldc, acc);
      }
    }
    acc = true;
  }
}

function zeroRows(M: i32, N: i32, c: usize, ldc: usize): void {
  for (; M > 0; M--) {
    fill(N, 0, c);
    c += ldc;
  }
}

/** A `[M,K]`; B by `bt`; leading dimensions in bytes. */
function product(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  bt: bool,
  c: usize,
  ldc: usize,
  w: usize,
  acc: bool,
): void {
  if (M <= 0 || N <= 0) return;
  if (K <= 0) {
    if (!acc) zeroRows(M, N, c, ldc);
  } else if (N == 1 && (bt || ldb == 4)) {
    dots(M, K, b, a, lda, c, ldc, acc);
  } else if (bt && M <= FEW_DOTS) {
    for (; M; M--) {
      dots(N, K, a, b, ldb, c, 4, acc);
      a += lda;
      c += ldc;
    }
  } else if (!bt && (M <= FEW_ROWS || K * N <= SMALL_B)) {
    unpacked(M, N, K, a, lda, b, ldb, c, ldc, w, acc);
  } else {
    packed(M, N, K, a, lda, b, ldb, bt, c, ldc, w, acc);
  }
}

/** The same with A stored `[K,M]`. */
function productOfTransposed(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  bt: bool,
  c: usize,
  ldc: usize,
  w: usize,
  acc: bool,
): void {
  if (M <= 0 || N <= 0) return;
  if (N == 1 && ldc == 4 && K > 0 && (bt || ldb == 4)) {
    // The transposed problem: row vector b times A.
    unpacked(1, M, K, b, 0, a, lda, c, 0, w, acc);
    return;
  }
  const rowBytes = <usize> K << 2;
  if (!acc && K > 0 && fewColumns(M, N, K)) {
    // The transposed problem again: B and C are cheaper to transpose than A.
    const columns = <usize> M << 2;
    const result = align(w + <usize> N * rowBytes + 16);
    const rest = align(result + <usize> N * columns + 16);
    if (!bt) transpose(K, N, b, ldb, w, rowBytes);
    const left = bt ? b : w;
    const leftBytes = bt ? ldb : rowBytes;
    product(N, M, K, left, leftBytes, a, lda, false, result, columns, rest, 0);
    transpose(N, M, result, columns, c, ldc);
    return;
  }
  transpose(K, M, a, lda, w, rowBytes);
  const rest = align(w + <usize> M * rowBytes + 16);
  product(M, N, K, w, rowBytes, b, ldb, bt, c, ldc, rest, acc);
}

/** Whether B and C together are much smaller than A. */
function fewColumns(M: i32, N: i32, K: i32): bool {
  return 4 * N <= M && 4 * N <= K;
}

export function align(w: usize): usize {
  return (w + 63) & ~63;
}

/** A `[M,K]`, B `[K,N]`. */
export function gemm_nn(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  lda: usize,
  B: usize,
  ldb: usize,
  C: usize,
  ldc: usize,
  W: usize,
  acc: bool,
): void {
  W = align(W);
  product(M, N, K, A, lda << 2, B, ldb << 2, false, C, ldc << 2, W, acc);
}

/** A `[M,K]`, B stored `[N,K]`. */
export function gemm_nt(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  lda: usize,
  B: usize,
  ldb: usize,
  C: usize,
  ldc: usize,
  W: usize,
  acc: bool,
): void {
  W = align(W);
  product(M, N, K, A, lda << 2, B, ldb << 2, true, C, ldc << 2, W, acc);
}

/** A stored `[K,M]`, B `[K,N]`. */
export function gemm_tn(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  lda: usize,
  B: usize,
  ldb: usize,
  C: usize,
  ldc: usize,
  W: usize,
  acc: bool,
): void {
  W = align(W);
  lda <<= 2;
  productOfTransposed(M, N, K, A, lda, B, ldb << 2, false, C, ldc << 2, W, acc);
}

/** A stored `[K,M]`, B stored `[N,K]`. */
export function gemm_tt(
  M: i32,
  N: i32,
  K: i32,
  A: usize,
  lda: usize,
  B: usize,
  ldb: usize,
  C: usize,
  ldc: usize,
  W: usize,
  acc: bool,
): void {
  W = align(W);
  lda <<= 2;
  productOfTransposed(M, N, K, A, lda, B, ldb << 2, true, C, ldc << 2, W, acc);
}

/** Bytes of scratch for a product; form 0 nn, 1 nt, 2 tn, 3 tt. */
export function gemm_scratch(M: i32, N: i32, K: i32, form: i32): usize {
  const swaps = form >= 2 && fewColumns(M, N, K);
  const columns = <usize> (((swaps ? M : N) + 3) & ~3);
  const panels = max(columns * <usize> min(K, BLOCK_K), <usize> K << 2) << 2;
  const transposed = form >= 2 ? ((<usize> M * <usize> K) << 2) + 158 : 0;
  return panels + transposed + 63;
}
