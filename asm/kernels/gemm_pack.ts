/**
 * Rearranging operands of the matrix product: panels of B that are 16, 8 or 4
 * columns wide, and the transpose of A. Strides are in bytes.
 */

/** Copies `width` columns of row-major B into a panel. */
export function packPanel(
  K: i32,
  width: i32,
  b: usize,
  ldb: usize,
  w: usize,
): void {
  if (width == 16) {
    for (let k: i32 = 0; k < K; k++) {
      v128.store(w, v128.load(b));
      v128.store(w, v128.load(b, 16), 16);
      v128.store(w, v128.load(b, 32), 32);
      v128.store(w, v128.load(b, 48), 48);
      w += 64;
      b += ldb;
    }
  } else if (width == 8) {
    for (let k: i32 = 0; k < K; k++) {
      v128.store(w, v128.load(b));
      v128.store(w, v128.load(b, 16), 16);
      w += 32;
      b += ldb;
    }
  } else {
    for (let k: i32 = 0; k < K; k++) {
      v128.store(w, v128.load(b));
      w += 16;
      b += ldb;
    }
  }
}

/** Copies `n` columns of B, 1 to 3, into a panel of 4 padded with zeros. */
export function packEdge(
  K: i32,
  n: i32,
  b: usize,
  stepK: usize,
  stepN: usize,
  w: usize,
): void {
  for (let k: i32 = 0; k < K; k++) {
    let v = v128.load32_zero(b);
    if (n > 1) v = v128.load32_lane(b + stepN, v, 1);
    if (n > 2) v = v128.load32_lane(b + 2 * stepN, v, 2);
    v128.store(w, v);
    w += 16;
    b += stepK;
  }
}

/**
 * Transposes a matrix of `rows` x `cols`, a row every `lda` bytes, into one of
 * `cols` x `rows`, a row every `ldw` bytes. Writes nothing else.
 */
export function transpose(
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
