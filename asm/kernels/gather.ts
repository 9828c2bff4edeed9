/**
 * Rows picked by index. Stray indices are clamped.
 */
import { copyWords } from "./words";

function gatherRows(
  outer: i32,
  nIn: i32,
  inner: i32,
  nIdx: i32,
  x: usize,
  idx: usize,
  idxStep: usize,
  out: usize,
): void {
  const row = <usize> inner << 2;
  const last = nIn - 1;
  for (; outer > 0; outer--) {
    for (let j: i32 = 0; j < nIdx; j++) {
      const i = max(0, min(last, load<i32>(idx + (<usize> j << 2))));
      const from = x + <usize> i * row;
      if (inner == 1) store<u32>(out, load<u32>(from));
      else copyWords(inner, from, out);
      out += row;
    }
    x += <usize> nIn * row;
    idx += idxStep;
  }
}

/** Indices `[nIdx]`, the same for every outer position. */
export function gather(
  outer: i32,
  nIn: i32,
  inner: i32,
  nIdx: i32,
  x: usize,
  idx: usize,
  out: usize,
): void {
  gatherRows(outer, nIn, inner, nIdx, x, idx, 0, out);
}

/** Indices `[outer, nIdx]`. */
export function gather_b(
  outer: i32,
  nIn: i32,
  inner: i32,
  nIdx: i32,
  x: usize,
  idx: usize,
  out: usize,
): void {
  gatherRows(outer, nIn, inner, nIdx, x, idx, <usize> nIdx << 2, out);
}
