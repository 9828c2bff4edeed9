/**
 * Rearranging operands of the matrix product: panels of columns of B, and
 * transposes.
 */

/** Most steps of k at once: panels of this depth stay in the L1 cache. */
export const BLOCK_K: i32 = 256;
/** Rows of A per pass over the panels. */
export const BLOCK_M: i32 = 96;
/** Columns of all panels but the last, whose are rounded up to vectors. */
export const PANEL: i32 = 24;

/** Width of the panel that starts with `left` columns to go. */
export function panelWidth(left: i32): i32 {
  return min(PANEL, left + 3 & ~3);
}

/**
 * Packs B `[K,N]`, stored row-major or transposed: the panels that start in
 * columns `24 * first .. 24 * (first + count)`. The panel that starts with
 * column j is at `P + 4 * j * K`; missing columns of the last are zeros.
 */
export function gemm_pack(
  K: i32,
  N: i32,
  B: usize,
  ldb: i32,
  transposed: bool,
  first: i32,
  count: i32,
  P: usize,
): void {
  const row = <usize> ldb << 2;
  const end = min(N, PANEL * (first + count));
  for (let j = PANEL * first; j < end;) {
    const width = panelWidth(N - j);
    const columns = min(width, N - j);
    const to = P + (<usize> j * <usize> K << 2);
    if (columns < width) memory.fill(to, 0, <usize> (width * K) << 2);
    if (transposed) {
      transposeTo(columns, K, B + <usize> j * row, row, to, <usize> width << 2);
    } else {
      copyRows(K, columns, B + (<usize> j << 2), row, to, <usize> width << 2);
    }
    j += width;
  }
}

/** Copies `n` words of each row. */
function copyRows(
  rows: i32,
  n: i32,
  b: usize,
  ldb: usize,
  w: usize,
  ldw: usize,
): void {
  for (; rows > 0; rows--) {
    let k: i32 = 0;
    let p = b;
    let q = w;
    for (; k + 4 <= n; k += 4) {
      v128.store(q, v128.load(p));
      p += 16;
      q += 16;
    }
    for (; k < n; k++) {
      store<f32>(q, load<f32>(p));
      p += 4;
      q += 4;
    }
    b += ldb;
    w += ldw;
  }
}

/** Transposes `[rows,cols]` into `[cols,rows]`; rows are `ld` elements apart. */
export function transpose(
  rows: i32,
  cols: i32,
  A: usize,
  lda: i32,
  W: usize,
  ldw: i32,
): void {
  transposeTo(rows, cols, A, <usize> lda << 2, W, <usize> ldw << 2);
}

/**
 * Transposes a matrix of `rows` x `cols`, a row every `lda` bytes, into one of
 * `cols` x `rows`, a row every `ldw` bytes. Writes nothing else.
 */
export function transposeTo(
  rows: i32,
  cols: i32,
  a: usize,
  lda: usize,
  w: usize,
  ldw: usize,
): void {
  let i: i32 = 0;
  for (; i + 4 <= rows; i += 4) {
    let p = a;
    let q = w;
    let j: i32 = 0;
    for (; j + 4 <= cols; j += 4) {
      const r0 = v128.load(p);
      const r1 = v128.load(p + lda);
      const r2 = v128.load(p + 2 * lda);
      const r3 = v128.load(p + 3 * lda);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(q, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
      v128.store(q + ldw, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7));
      v128.store(q + 2 * ldw, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5));
      v128.store(q + 3 * ldw, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7));
      p += 16;
      q += 4 * ldw;
    }
    for (; j < cols; j++) {
      store<f32>(q, load<f32>(p));
      store<f32>(q, load<f32>(p + lda), 4);
      store<f32>(q, load<f32>(p + 2 * lda), 8);
      store<f32>(q, load<f32>(p + 3 * lda), 12);
      p += 4;
      q += ldw;
    }
    a += 4 * lda;
    w += 16;
  }
  for (; i < rows; i++) {
    let q = w;
    for (let j: i32 = 0; j < cols; j++) {
      store<f32>(q, load<f32>(a + (<usize> j << 2)));
      q += ldw;
    }
    a += lda;
    w += 4;
  }
}
