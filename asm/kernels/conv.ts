/**
 * Convolution as a matrix product: the weights, rows of A, times panels packed
 * straight from the image. Where things are is said by two tables of offsets
 * in bytes: of the window's elements (taps) from its start, and of the windows
 * (columns of the product). So any strides, dilation and number of axes are one
 * kernel, which serves both gradients as well. What is padded was padded before.
 */
import { BLOCK_K, BLOCK_M, panelWidth } from "./gemm_pack";
import { strip } from "./gemm_tiles";
import { align } from "./words";

/** Columns whose panels are packed together: they stay in the L2 cache. */
const BLOCK_N: i32 = 512;

/** Four columns of a panel whose rows are `step` bytes; x at its feature. */
function packQuad(
  depth: i32,
  t: i32,
  T: i32,
  taps: usize,
  x: usize,
  sf: usize,
  columns: usize,
  w: usize,
  step: usize,
): void {
  let c0 = x + load<i32>(columns);
  const d1 = load<i32>(columns, 4) - load<i32>(columns);
  const d2 = load<i32>(columns, 8) - load<i32>(columns);
  const d3 = load<i32>(columns, 12) - load<i32>(columns);
  const row = d1 == 4 && d2 == 8 && d3 == 12;
  let tap = taps + (<usize> t << 2);
  while (depth > 0) {
    const at = load<i32>(tap);
    const c = c0 + at;
    if (row) {
      v128.store(w, v128.load(c));
    } else if (
      depth >= 4 && t + 4 <= T && load<i32>(tap, 4) == at + 4 &&
      load<i32>(tap, 8) == at + 8 && load<i32>(tap, 12) == at + 12
    ) {
      // Four taps in a row: the columns' vectors, transposed.
      const r0 = v128.load(c);
      const r1 = v128.load(c + d1);
      const r2 = v128.load(c + d2);
      const r3 = v128.load(c + d3);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(w, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
      w += step;
      v128.store(w, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7));
      w += step;
      v128.store(w, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5));
      w += step;
      v128.store(w, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7));
      tap += 12;
      t += 3;
      depth -= 3;
    } else {
      let v = v128.load32_zero(c);
      v = v128.load32_lane(c + d1, v, 1);
      v = v128.load32_lane(c + d2, v, 2);
      v128.store(w, v128.load32_lane(c + d3, v, 3));
    }
    w += step;
    tap += 4;
    depth--;
    if (++t == T) {
      t = 0;
      tap = taps;
      c0 += sf;
    }
  }
}

/** `n` samples of `p` columns each, at most `BLOCK_N` in all. */
function block(
  n: i32,
  p: i32,
  o: i32,
  F: i32,
  T: i32,
  table: usize,
  columns: usize,
  x: usize,
  w: usize,
  out: usize,
  panels: usize,
): void {
  const sf = load<usize>(table);
  const sb = load<usize>(table, 4);
  const wf = load<usize>(table, 8);
  const wo = load<usize>(table, 12);
  const ob = load<usize>(table, 16);
  const oo = load<usize>(table, 20);
  const taps = table + 24;
  // Rows of the weights that run on from feature to feature need fewer blocks.
  const whole = wf == <usize> T << 2;
  let acc = false;
  let f: i32 = 0;
  let t: i32 = 0;
  while (f < F) {
    const depth = min(BLOCK_K, (whole ? (F - f) * T : T) - t);
    const image = x + <usize> f * sf;
    const weights = w + <usize> f * wf + (<usize> t << 2);
    for (let i: i32 = 0; i < o; i += BLOCK_M) {
      const rows = min(BLOCK_M, o - i);
      const a = weights + <usize> i * wo;
      let panel = panels;
      for (let s: i32 = 0; s < n; s++) {
        const from = image + <usize> s * sb;
        const c = out + <usize> s * ob + <usize> i * oo;
        for (let j: i32 = 0; j < p;) {
          const width = panelWidth(p - j);
          const at = <usize> j << 2;
          const step = <usize> width << 2;
          if (i == 0) {
            for (let q: usize = 0; q < step; q += 16) {
              packQuad(
                depth,
                t,
                T,
                taps,
                from,
                sf,
                columns + at + q,
                panel + q,
                step,
              );
            }
          }
          const n = min(width, p - j);
          strip(n, rows, depth, a, wo, 4, panel, step, c + at, oo, acc);
          panel += step * <usize> depth;
          j += width;
        }
      }
    }
    acc = true;
    t += depth;
    f += t / T;
    t %= T;
  }
}

/**
 * `out[b,o,p] = sum w[o,f,t] x[b, f, columns[p] + taps[t]]`. The table holds
 * the bytes from one feature and one sample of x to the next, one feature and
 * one output of w, one sample and one output of out; then the taps. Columns
 * are followed by three more that may be read.
 */
export function conv(
  b: i32,
  p: i32,
  o: i32,
  F: i32,
  T: i32,
  table: usize,
  columns: usize,
  x: usize,
  w: usize,
  out: usize,
  scratch: usize,
): void {
  if (p <= 0) return;
  const sb = load<usize>(table, 4);
  const ob = load<usize>(table, 16);
  const panels = align(scratch);
  const samples = max(1, BLOCK_N / ((p + 3) & ~3));
  for (let s: i32 = 0; s < b; s += samples) {
    const n = min(samples, b - s);
    for (let j: i32 = 0; j < p; j += BLOCK_N) {
      const at = <usize> j << 2;
      block(
        n,
        min(BLOCK_N, p - j),
        o,
        F,
        T,
        table,
        columns + at,
        x + <usize> s * sb,
        w,
        out + <usize> s * ob + at,
        panels,
      );
    }
  }
}

/** Bytes of scratch for a convolution of windows of `K` elements. */
export function conv_scratch(K: i32): usize {
  return (<usize> BLOCK_N * <usize> min(K, BLOCK_K) << 2) + 63;
}
