/**
 * Softmax and its logarithm over rows.
 *
 * A block of rows that fits the L1 cache goes through flat passes: subtract
 * the maxima, exponentiate all, normalise. Row by row, short rows would store
 * single elements and at once load them as vectors, which stalls.
 */
import { u_exp, u_log } from "./elementwise";
import { storeLanes } from "./words";

const BLOCK: i32 = 4096;
const SUM_BLOCK: i32 = 512;

function rowMax(n: i32, x: usize): f32 {
  let top = load<f32>(x);
  if (n >= 8) {
    let v = v128.load(x);
    for (; n >= 4; n -= 4) {
      v = f32x4.max(v, v128.load(x));
      x += 16;
    }
    v = f32x4.max(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
    top = max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  }
  for (; n > 0; n--) {
    top = max<f32>(top, load<f32>(x));
    x += 4;
  }
  return top;
}

/** Sum in blocks of four partial sums each, which keeps rounding small. */
function rowSum(n: i32, x: usize): f32 {
  let total = f32x4.splat(0);
  while (n >= 4) {
    let s0 = f32x4.splat(0);
    let s1 = s0, s2 = s0, s3 = s0;
    let left = min(n, SUM_BLOCK) & ~3;
    n -= left;
    for (; left >= 16; left -= 16) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += 64;
    }
    for (; left > 0; left -= 4) {
      s0 = f32x4.add(s0, v128.load(x));
      x += 16;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    total = f32x4.add(total, s0);
  }
  total = f32x4.add(total, v128.shuffle<f32>(total, total, 2, 3, 0, 1));
  let sum = f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1);
  for (; n > 0; n--) {
    sum += load<f32>(x);
    x += 4;
  }
  return sum;
}

/** `out = (x - a) - b` of one row. */
function subtract(n: i32, x: usize, a: f32, b: f32, out: usize): void {
  const va = f32x4.splat(a);
  const vb = f32x4.splat(b);
  for (; n >= 4; n -= 4) {
    v128.store(out, f32x4.sub(f32x4.sub(v128.load(x), va), vb));
    x += 16;
    out += 16;
  }
  for (; n > 0; n--) {
    store<f32>(out, (load<f32>(x) - a) - b);
    x += 4;
    out += 4;
  }
}

/** `out /= s` of one row. */
function divide(n: i32, out: usize, s: f32): void {
  const v = f32x4.splat(s);
  for (; n >= 4; n -= 4) {
    v128.store(out, f32x4.div(v128.load(out), v));
    out += 16;
  }
  for (; n > 0; n--) {
    store<f32>(out, load<f32>(out) / s);
    out += 4;
  }
}

/** The other element of each pair. */
@inline
function swap(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 1, 0, 3, 2);
}

/** Rows of two: `out = x - max(x) - out`, without the last term at first. */
function pairShift(n: i32, x: usize, out: usize, first: bool): void {
  for (; n > 0; n -= 4) {
    const v = v128.load(x);
    let y = f32x4.sub(v, f32x4.max(v, swap(v)));
    if (!first) y = f32x4.sub(y, v128.load(out));
    if (n < 4) {
      storeLanes(out, y, n);
      return;
    }
    v128.store(out, y);
    x += 16;
    out += 16;
  }
}

/** Rows of two: the sum, twice, or the quotient by the sum. */
function pairSum(n: i32, out: usize, quotient: bool): void {
  for (; n > 0; n -= 4) {
    const v = v128.load(out);
    let y = f32x4.add(v, swap(v));
    if (quotient) y = f32x4.div(v, y);
    if (n < 4) {
      storeLanes(out, y, n);
      return;
    }
    v128.store(out, y);
    out += 16;
  }
}

/** `out = exp(x - max(x))` of `rows` rows. */
function exponentials(rows: i32, cols: i32, x: usize, out: usize): void {
  const row = <usize> cols << 2;
  let q = out;
  for (let r: i32 = 0; r < rows; r++) {
    subtract(cols, x, rowMax(cols, x), 0, q);
    x += row;
    q += row;
  }
  u_exp(rows * cols, out, out);
}

/** Rows to a block. */
function blockRows(cols: i32): i32 {
  return max(1, BLOCK / cols);
}

/** `exp(x) / sum(exp(x))` per row. */
export function softmax(rows: i32, cols: i32, x: usize, out: usize): void {
  if (cols <= 0) return;
  const row = <usize> cols << 2;
  const most = blockRows(cols);
  for (; rows > 0; rows -= most) {
    const m = min(rows, most);
    if (cols == 2) {
      pairShift(2 * m, x, out, true);
      u_exp(2 * m, out, out);
      pairSum(2 * m, out, true);
    } else {
      exponentials(m, cols, x, out);
      for (let r: i32 = 0; r < m; r++) {
        const q = out + <usize> r * row;
        divide(cols, q, rowSum(cols, q));
      }
    }
    x += <usize> m * row;
    out += <usize> m * row;
  }
}

/** `x - log(sum(exp(x)))` per row. */
export function log_softmax(rows: i32, cols: i32, x: usize, out: usize): void {
  if (cols <= 0) return;
  const row = <usize> cols << 2;
  const most = blockRows(cols);
  for (; rows > 0; rows -= most) {
    const m = min(rows, most);
    if (cols == 2) {
      pairShift(2 * m, x, out, true);
      u_exp(2 * m, out, out);
      pairSum(2 * m, out, false);
      u_log(2 * m, out, out);
      pairShift(2 * m, x, out, false);
    } else {
      exponentials(m, cols, x, out);
      // The sums, then their logarithms, take the place of rows that are done
      // with, and rows of the result that of logarithms.
      for (let r: i32 = 0; r < m; r++) {
        const sum = rowSum(cols, out + <usize> r * row);
        store<f32>(out + (<usize> r << 2), sum);
      }
      u_log(m, out, out);
      for (let r = m - 1; r >= 0; r--) {
        const log = load<f32>(out + (<usize> r << 2));
        const p = x + <usize> r * row;
        subtract(cols, p, rowMax(cols, p), log, out + <usize> r * row);
      }
    }
    x += <usize> m * row;
    out += <usize> m * row;
  }
}
