/**
 * Running sums along the middle axis of `[outer, red, inner]`.
 */
import { add_i32_rows, add_rows } from "./rows";
import { copyWords } from "./words";

/** Running sum of f32. */
export function cumsum(
  outer: i32,
  red: i32,
  inner: i32,
  x: usize,
  out: usize,
  reverse: bool,
): void {
  const row = <usize> inner << 2;
  const plane = <usize> red * row;
  const step: usize = reverse ? 0 - row : row;
  const first: usize = reverse ? plane - row : 0;
  if (red <= 0) return;
  for (; outer > 0; outer--) {
    let p = x + first;
    let q = out + first;
    if (inner == 1) {
      let sum: f32 = 0;
      for (let i: i32 = 0; i < red; i++) {
        sum += load<f32>(p);
        store<f32>(q, sum);
        p += step;
        q += step;
      }
    } else {
      copyWords(inner, p, q);
      for (let i: i32 = 1; i < red; i++) {
        p += step;
        add_rows(inner, q, p, q + step);
        q += step;
      }
    }
    x += plane;
    out += plane;
  }
}

/** Running sum of integers, modulo 2^32. */
export function cumsum_i32(
  outer: i32,
  red: i32,
  inner: i32,
  x: usize,
  out: usize,
  reverse: bool,
): void {
  const row = <usize> inner << 2;
  const plane = <usize> red * row;
  const step: usize = reverse ? 0 - row : row;
  const first: usize = reverse ? plane - row : 0;
  if (red <= 0) return;
  for (; outer > 0; outer--) {
    let p = x + first;
    let q = out + first;
    copyWords(inner, p, q);
    for (let i: i32 = 1; i < red; i++) {
      p += step;
      add_i32_rows(inner, q, p, q + step);
      q += step;
    }
    x += plane;
    out += plane;
  }
}
