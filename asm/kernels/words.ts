/**
 * Moving 4-byte words: what the other kernels use to write tails exactly and
 * to copy runs.
 */

/** The next address that is a multiple of 64. */
export function align(at: usize): usize {
  return (at + 63) & ~63;
}

/** Stores the first `n` (at most 3) lanes of `v`. */
export function storeLanes(out: usize, v: v128, n: i32): void {
  if (n > 0) v128.store32_lane(out, v, 0);
  if (n > 1) v128.store32_lane(out, v, 1, 4);
  if (n > 2) v128.store32_lane(out, v, 2, 8);
}

/** Copies `n` words; long runs by the engine's own copy. */
export function copyWords(n: i32, src: usize, out: usize): void {
  if (n >= 64) {
    memory.copy(out, src, <usize> n << 2);
    return;
  }
  for (; n >= 4; n -= 4) {
    v128.store(out, v128.load(src));
    src += 16;
    out += 16;
  }
  for (; n > 0; n--) {
    store<u32>(out, load<u32>(src));
    src += 4;
    out += 4;
  }
}

/** Sets `n` words to `value`. */
export function fill(n: i32, value: u32, out: usize): void {
  const v = i32x4.splat(value);
  for (; n >= 4; n -= 4) {
    v128.store(out, v);
    out += 16;
  }
  for (; n > 0; n--) {
    store<u32>(out, value);
    out += 4;
  }
}

/** Copies `n` words. */
export function copy(n: i32, src: usize, out: usize): void {
  memory.copy(out, src, <usize> n << 2);
}
