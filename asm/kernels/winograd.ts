/**
 * Convolution with windows of 3 x 3 by Winograd's F(2x2, 3x3): a tile of 2 x 2
 * results takes 16 products instead of 36 (Lavin and Gray 2016,
 * arXiv:1509.09308). Tiles and weights are transformed, one matrix product per
 * place of a transformed tile follows, and the sums are transformed back. All
 * strides are in bytes.
 */
import { BLOCK_K, BLOCK_M, panelWidth } from "./gemm_pack";
import { strip } from "./gemm_tiles";
import { align } from "./words";

/** Tiles that are transformed together. */
const BLOCK_N: i32 = 64;
/** Bytes that keep slabs from sharing the sets of a cache. */
const APART: usize = 64;
/** Places of a transformed tile. */
const PLACES: usize = 16;

/** Four elements that lie `step` apart. */
function gather4(p: usize, step: usize): v128 {
  let v = v128.load32_zero(p);
  v = v128.load32_lane(p + step, v, 1);
  v = v128.load32_lane(p + 2 * step, v, 2);
  return v128.load32_lane(p + 3 * step, v, 3);
}

/** A row of weights becomes four: `out` and three further slabs. */
@inline
function spreadWeights(a: v128, b: v128, c: v128, out: usize, slab: usize): void {
  const half = f32x4.splat(0.5);
  const ends = f32x4.add(a, c);
  v128.store(out, a);
  v128.store(out + slab, f32x4.mul(f32x4.add(ends, b), half));
  v128.store(out + 2 * slab, f32x4.mul(f32x4.sub(ends, b), half));
  v128.store(out + 3 * slab, c);
}

/**
 * `u[place, o, f] = (G w[o, f] G^T)[place]`, at least four features. The table
 * holds the bytes from one output, feature, row and column of w to the next,
 * and from one place of u to the next.
 */
export function winograd_weights(
  o: i32,
  F: i32,
  table: usize,
  w: usize,
  u: usize,
): void {
  const so = load<usize>(table);
  const sf = load<usize>(table, 4);
  const sr = load<usize>(table, 8);
  const sc = load<usize>(table, 12);
  const slab = load<usize>(table, 16);
  const half = f32x4.splat(0.5);
  for (; o > 0; o--) {
    for (let i: i32 = 0; i < F; i += 4) {
      // The last four may overlap the ones before.
      const f = <usize> min(i, F - 4);
      let p = w + f * sf;
      const a0 = gather4(p, sf);
      const b0 = gather4(p + sc, sf);
      const c0 = gather4(p + 2 * sc, sf);
      p += sr;
      const a1 = gather4(p, sf);
      const b1 = gather4(p + sc, sf);
      const c1 = gather4(p + 2 * sc, sf);
      p += sr;
      const a2 = gather4(p, sf);
      const b2 = gather4(p + sc, sf);
      const c2 = gather4(p + 2 * sc, sf);
      const a = f32x4.add(a0, a2);
      const b = f32x4.add(b0, b2);
      const c = f32x4.add(c0, c2);
      const at = u + (f << 2);
      spreadWeights(a0, b0, c0, at, slab);
      spreadWeights(
        f32x4.mul(f32x4.add(a, a1), half),
        f32x4.mul(f32x4.add(b, b1), half),
        f32x4.mul(f32x4.add(c, c1), half),
        at + 4 * slab,
        slab,
      );
      spreadWeights(
        f32x4.mul(f32x4.sub(a, a1), half),
        f32x4.mul(f32x4.sub(b, b1), half),
        f32x4.mul(f32x4.sub(c, c1), half),
        at + 8 * slab,
        slab,
      );
      spreadWeights(a2, b2, c2, at + 12 * slab, slab);
    }
    w += so;
    u += <usize> F << 2;
  }
}

/** `(B^T d)` of one column of four tiles, at `out` and three further slabs. */
@inline
function spreadTiles(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  out: usize,
  slab: usize,
): void {
  v128.store(out, f32x4.sub(d0, d2));
  v128.store(out + slab, f32x4.add(d1, d2));
  v128.store(out + 2 * slab, f32x4.sub(d2, d1));
  v128.store(out + 3 * slab, f32x4.sub(d1, d3));
}

/** Four tiles of one feature: `B^T d B`, a place every `slab` bytes. */
function transformTiles(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  sr: usize,
  out: usize,
  slab: usize,
): void {
  // Row by row: the tiles' vectors transposed, then combined.
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  let c20 = c00, c21 = c00, c22 = c00, c23 = c00;
  for (let row: i32 = 0;; row++) {
    const r0 = v128.load(p0);
    const r1 = v128.load(p1);
    const r2 = v128.load(p2);
    const r3 = v128.load(p3);
    p0 += sr;
    p1 += sr;
    p2 += sr;
    p3 += sr;
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const d0 = v128.shuffle<f32>(t0, t1, 0, 1, 4, 5);
    const d1 = v128.shuffle<f32>(t0, t1, 2, 3, 6, 7);
    const d2 = v128.shuffle<f32>(t2, t3, 0, 1, 4, 5);
    const d3 = v128.shuffle<f32>(t2, t3, 2, 3, 6, 7);
    const e0 = f32x4.sub(d0, d2);
    const e1 = f32x4.add(d1, d2);
    const e2 = f32x4.sub(d2, d1);
    const e3 = f32x4.sub(d1, d3);
    if (row == 3) {
      spreadTiles(c00, c10, c20, e0, out, 4 * slab);
      spreadTiles(c01, c11, c21, e1, out + slab, 4 * slab);
      spreadTiles(c02, c12, c22, e2, out + 2 * slab, 4 * slab);
      spreadTiles(c03, c13, c23, e3, out + 3 * slab, 4 * slab);
      return;
    }
    c00 = c10;
    c01 = c11;
    c02 = c12;
    c03 = c13;
    c10 = c20;
    c11 = c21;
    c12 = c22;
    c13 = c23;
    c20 = e0;
    c21 = e1;
    c22 = e2;
    c23 = e3;
  }
}

/** The tiles at `places` become panels, a slab for each place. */
function packTiles(
  n: i32,
  F: i32,
  places: usize,
  x: usize,
  sf: usize,
  sr: usize,
  panels: usize,
  slab: usize,
): void {
  for (let f: i32 = 0; f < F; f++) {
    let at = places;
    for (let j: i32 = 0; j < n;) {
      const width = panelWidth(n - j);
      const row = panels +
        ((<usize> j * <usize> F + <usize> f * <usize> width) << 2);
      for (let q: i32 = 0; q < width; q += 4) {
        transformTiles(
          x + load<usize>(at),
          x + load<usize>(at, 8),
          x + load<usize>(at, 16),
          x + load<usize>(at, 24),
          sr,
          row + (<usize> q << 2),
          slab,
        );
        at += 32;
      }
      j += width;
    }
    x += sf;
  }
}

/** The products of one place: weights `[o,F]` times panels `[F,n]`. */
function multiply(
  o: i32,
  n: i32,
  F: i32,
  u: usize,
  panels: usize,
  sums: usize,
): void {
  const lda = <usize> F << 2;
  const ldc = <usize> n << 2;
  for (let k: i32 = 0; k < F; k += BLOCK_K) {
    const depth = min(BLOCK_K, F - k);
    for (let i: i32 = 0; i < o; i += BLOCK_M) {
      const rows = min(BLOCK_M, o - i);
      const a = u + <usize> i * lda + (<usize> k << 2);
      const c = sums + <usize> i * ldc;
      for (let j: i32 = 0; j < n;) {
        const width = panelWidth(n - j);
        const step = <usize> width << 2;
        const b = panels + ((<usize> j * <usize> F) << 2) + <usize> k * step;
        const to = c + (<usize> j << 2);
        strip(width, rows, depth, a, lda, 4, b, step, to, ldc, k > 0);
        j += width;
      }
    }
  }
}

/** `A^T m A` of four tiles: two rows of two results each. */
function storeTiles(
  m: usize,
  slab: usize,
  at: usize,
  out: usize,
  row: usize,
): void {
  // Per column of a transformed tile: sums over its rows.
  let y00 = f32x4.splat(0), y01 = y00, y10 = y00, y11 = y00;
  for (let column: i32 = 0; column < 4; column++) {
    const m0 = v128.load(m);
    const m1 = v128.load(m + 4 * slab);
    const m2 = v128.load(m + 8 * slab);
    const m3 = v128.load(m + 12 * slab);
    const s0 = f32x4.add(f32x4.add(m0, m1), m2);
    const s1 = f32x4.sub(f32x4.sub(m1, m2), m3);
    if (column < 3) {
      y00 = f32x4.add(y00, s0);
      y10 = f32x4.add(y10, s1);
    }
    if (column == 1) {
      y01 = s0;
      y11 = s1;
    } else if (column > 1) {
      y01 = f32x4.sub(y01, s0);
      y11 = f32x4.sub(y11, s1);
    }
    m += slab;
  }
  for (let i: i32 = 0; i < 2; i++) {
    const left = v128.shuffle<f32>(y00, y01, 0, 4, 1, 5);
    const right = v128.shuffle<f32>(y00, y01, 2, 6, 3, 7);
    v128.store64_lane(out + load<usize>(at, 4), left, 0);
    v128.store64_lane(out + load<usize>(at, 12), left, 1);
    v128.store64_lane(out + load<usize>(at, 20), right, 0);
    v128.store64_lane(out + load<usize>(at, 28), right, 1);
    out += row;
    y00 = y10;
    y01 = y11;
  }
}

/**
 * `out[b,o] = sum w[o,f] * x[b,f]` over F features, with w as
 * {@link winograd_weights} gives it. Tiles: for each of the p tiles of a sample
 * the bytes to it in x and in out. The table holds the bytes from one feature
 * and sample of x, place of u, sample, output and row of out to the next; `sr`
 * is that of the rows of x.
 */
export function winograd(
  b: i32,
  p: i32,
  o: i32,
  F: i32,
  sr: usize,
  table: usize,
  tiles: usize,
  x: usize,
  u: usize,
  out: usize,
  scratch: usize,
): void {
  const sf = load<usize>(table);
  const sb = load<usize>(table, 4);
  const place = load<usize>(table, 8);
  const ob = load<usize>(table, 12);
  const oo = load<usize>(table, 16);
  const row = load<usize>(table, 20);
  const all = b * p;
  const places = align(scratch);
  const panels = align(places + 8 * BLOCK_N);
  for (let first: i32 = 0; first < all; first += BLOCK_N) {
    const n = (min(BLOCK_N, all - first) + 3) & ~3;
    const slab = ((<usize> n * <usize> F) << 2) + APART;
    const sums = align(panels + PLACES * slab);
    const sumSlab = ((<usize> n * <usize> o) << 2) + APART;
    for (let i: i32 = 0; i < n; i++) {
      // What fills up the last four is done twice.
      const t = min(first + i, all - 1);
      const s = t / p;
      const tile = tiles + (<usize> (t - s * p) << 3);
      const to = places + (<usize> i << 3);
      store<usize>(to, <usize> s * sb + load<usize>(tile));
      store<usize>(to, <usize> s * ob + load<usize>(tile, 4), 4);
    }
    packTiles(n, F, places, x, sf, sr, panels, slab);
    for (let i: usize = 0; i < PLACES; i++) {
      multiply(o, n, F, u + i * place, panels + i * slab, sums + i * sumSlab);
    }
    let to = out;
    let m = sums;
    for (let i: i32 = 0; i < o; i++) {
      for (let j: i32 = 0; j < n; j += 4) {
        storeTiles(m, sumSlab, places + (<usize> j << 3), to, row);
        m += 16;
      }
      to += oo;
    }
  }
}

/** Bytes of scratch for {@link winograd} of `tiles` tiles in all. */
export function winograd_scratch(tiles: i32, o: i32, F: i32): usize {
  const n = min(BLOCK_N, (tiles + 3) & ~3);
  const floats = PLACES * <usize> n * (<usize> o + <usize> F);
  return (floats << 2) + 2 * PLACES * APART + 8 * BLOCK_N + 3 * 63;
}
