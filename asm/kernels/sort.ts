/**
 * Stable sorting of rows. A row is sorted by one key after another, the least
 * important first, as pairs of a rank and a place in one 64-bit word: no two
 * are equal, and a sort of any kind is stable.
 */

/** Words are u32 or bool. */
const UNSIGNED: i32 = 0;
/** Words are i32. */
const SIGNED: i32 = 1;

/** A run that is sorted by insertion. */
const RUN: i32 = 16;

/**
 * A u32 that grows with the word as a u32 (kind 0), an i32 (1) or an f32 (2),
 * where -0 is 0 and NaN is larger than all else.
 */
// @ts-ignore: decorator
@inline
function rankOf(word: u32, kind: i32): u32 {
  if (kind == UNSIGNED) return word;
  if (kind == SIGNED) return word ^ 0x80000000;
  if ((word & 0x7fffffff) > 0x7f800000) return 0xffffffff;
  if (word == 0x80000000) return 0x80000000;
  return word ^ ((0 - (word >> 31)) | 0x80000000);
}

/** Sorts the first n pairs at `pairs`; `other` has room for as many. */
function sortPairs(n: i32, pairs: usize, other: usize): usize {
  for (let begin: i32 = 0; begin < n; begin += RUN) {
    const end = min(begin + RUN, n);
    for (let i: i32 = begin + 1; i < end; i++) {
      const pair = load<u64>(pairs + (<usize> i << 3));
      let p = pairs + (<usize> i << 3);
      const first = pairs + (<usize> begin << 3);
      while (p > first && load<u64>(p - 8) > pair) {
        store<u64>(p, load<u64>(p - 8));
        p -= 8;
      }
      store<u64>(p, pair);
    }
  }
  let from = pairs;
  let to = other;
  for (let run: i32 = RUN; run < n; run <<= 1) {
    for (let begin: i32 = 0; begin < n; begin += run << 1) {
      let a = from + (<usize> begin << 3);
      const middle = from + (<usize> min(begin + run, n) << 3);
      let b = middle;
      const end = from + (<usize> min(begin + (run << 1), n) << 3);
      let p = to + (<usize> begin << 3);
      while (a < middle && b < end) {
        const x = load<u64>(a);
        const y = load<u64>(b);
        if (x < y) {
          store<u64>(p, x);
          a += 8;
        } else {
          store<u64>(p, y);
          b += 8;
        }
        p += 8;
      }
      memory.copy(p, a, middle - a);
      p += middle - a;
      memory.copy(p, b, end - b);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

/** Pairs from which counting is faster than comparing. */
const MANY: i32 = 512;
/** Bytes of the counts of four digits of eight bits. */
const COUNTS: usize = 4096;

/**
 * Sorts n pairs, which are in the order of their places, digit by digit of the
 * ranks; `counts` has room for the counts.
 */
function sortDigits(
  n: i32,
  pairs: usize,
  other: usize,
  counts: usize,
): usize {
  memory.fill(counts, 0, COUNTS);
  const end = pairs + (<usize> n << 3);
  for (let p = pairs; p < end; p += 8) {
    const rank = load<u32>(p, 4);
    for (let digit: u32 = 0; digit < 4; digit++) {
      const at = counts + (digit << 10) + ((rank >> (digit << 3) & 255) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  let from = pairs;
  let to = other;
  for (let digit: u32 = 0; digit < 4; digit++) {
    const own = counts + (digit << 10);
    const shift = digit << 3;
    // A digit that all have in common orders nothing.
    const first = load<u32>(from, 4) >> shift & 255;
    if (load<i32>(own + (first << 2)) == n) continue;
    let sum: u32 = 0;
    for (let at = own; at < own + 1024; at += 4) {
      const count = load<u32>(at);
      store<u32>(at, sum);
      sum += count;
    }
    for (let p = from; p < from + (<usize> n << 3); p += 8) {
      const pair = load<u64>(p);
      const at = own + (((<u32> (pair >> 32)) >> shift & 255) << 2);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      store<u64>(to + (<usize> place << 3), pair);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

/** Bytes of scratch for rows of n elements. */
export function sort_scratch(n: i32): usize {
  return (<usize> n << 4) + COUNTS;
}

/**
 * Sorts `places` `[rows, n]` by the keys x `[rows, n]`; with `first` they are
 * 0 up to n before, and need not be set.
 */
export function sort_by(
  rows: i32,
  n: i32,
  kind: i32,
  first: i32,
  x: usize,
  places: usize,
  scratch: usize,
): void {
  const row = <usize> n << 2;
  const other = scratch + (<usize> n << 3);
  for (; rows > 0; rows--) {
    for (let i: i32 = 0; i < n; i++) {
      const at = places + (<usize> i << 2);
      const place = first ? i : load<i32>(at);
      const rank = rankOf(load<u32>(x + (<usize> place << 2)), kind);
      store<u64>(scratch + (<usize> i << 3), (<u64> rank << 32) | <u64> i);
    }
    const sorted = n < MANY
      ? sortPairs(n, scratch, other)
      : sortDigits(n, scratch, other, other + (<usize> n << 3));
    if (!first) {
      // From the places in the order so far to places in the row.
      for (let i: i32 = 0; i < n; i++) {
        const pair = sorted + (<usize> i << 3);
        store<u32>(pair, load<u32>(places + (<usize> load<u32>(pair) << 2)));
      }
    }
    for (let i: i32 = 0; i < n; i++) {
      const place = load<u32>(sorted + (<usize> i << 3));
      store<u32>(places + (<usize> i << 2), place);
    }
    x += row;
    places += row;
  }
}
