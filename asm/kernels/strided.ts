/**
 * Copies between a contiguous array and a four-dimensional strided window:
 * transposes, slices, broadcasts, reversals, pads and joins.
 */
import { transposeTo } from "./gemm_pack";
import { copyWords, fill } from "./words";

/** One row of a gather: stride `s` in bytes. */
function gatherRow(n: i32, src: usize, s: usize, out: usize): void {
  if (s == 4) {
    copyWords(n, src, out);
  } else if (s == 0) {
    fill(n, load<u32>(src), out);
  } else {
    for (; n > 0; n--) {
      store<u32>(out, load<u32>(src));
      src += s;
      out += 4;
    }
  }
}

/** One row of a scatter: stride `s` in bytes. */
function storeRow(n: i32, src: usize, out: usize, s: usize): void {
  if (s == 4) {
    copyWords(n, src, out);
    return;
  }
  for (; n > 0; n--) {
    store<u32>(out, load<u32>(src));
    src += 4;
    out += s;
  }
}

/** The two inner axes, strides in bytes, into contiguous `out`. */
function gatherPlane(
  d2: i32,
  d3: i32,
  s2: usize,
  s3: usize,
  src: usize,
  out: usize,
): void {
  const row = <usize> d3 << 2;
  if (s2 == 4 && d2 > 3 && d3 > 3) {
    transposeTo(d3, d2, src, s3, out, row);
    return;
  }
  if (s3 == 4 && s2 == row) {
    copyWords(d2 * d3, src, out);
    return;
  }
  for (; d2 > 0; d2--) {
    gatherRow(d3, src, s3, out);
    src += s2;
    out += row;
  }
}

/** The two inner axes from contiguous `src`, strides in bytes. */
function storePlane(
  d2: i32,
  d3: i32,
  s2: usize,
  s3: usize,
  src: usize,
  out: usize,
): void {
  const row = <usize> d3 << 2;
  if (s2 == 4 && d2 > 3 && d3 > 3) {
    transposeTo(d2, d3, src, row, out, s3);
    return;
  }
  if (s3 == 4 && s2 == row) {
    copyWords(d2 * d3, src, out);
    return;
  }
  for (; d2 > 0; d2--) {
    storeRow(d3, src, out, s3);
    src += row;
    out += s2;
  }
}

/** Strided src into contiguous out; strides in elements. */
export function strided4(
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  src: usize,
  out: usize,
): void {
  const plane = (<usize> d2 * <usize> d3) << 2;
  for (let i: i32 = 0; i < d0; i++) {
    let p = src;
    for (let j: i32 = 0; j < d1; j++) {
      gatherPlane(d2, d3, <usize> s2 << 2, <usize> s3 << 2, p, out);
      p += <usize> s1 << 2;
      out += plane;
    }
    src += <usize> s0 << 2;
  }
}

/** Contiguous src into strided out; strides in elements. */
export function strided_store4(
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  src: usize,
  out: usize,
): void {
  const plane = (<usize> d2 * <usize> d3) << 2;
  for (let i: i32 = 0; i < d0; i++) {
    let q = out;
    for (let j: i32 = 0; j < d1; j++) {
      storePlane(d2, d3, <usize> s2 << 2, <usize> s3 << 2, src, q);
      q += <usize> s1 << 2;
      src += plane;
    }
    out += <usize> s0 << 2;
  }
}
