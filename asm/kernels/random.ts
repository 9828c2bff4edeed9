/**
 * Threefry-2x32 as JAX draws from it, in its partitionable mode (counters are
 * 64-bit positions) and its legacy mode (a flat array of counters, hashed in
 * two halves).
 *
 * Four lanes work on four keys where each key yields little, and on four
 * positions of one key where it yields much.
 */
import { block, y0, y1 } from "./threefry_block";
import { storeLanes } from "./words";

const KEY: i32 = 0;
const SPLIT: i32 = 1;
const ZERO: v128 = i32x4.splat(0);
const COUNT: v128 = i32x4(0, 1, 2, 3);

/** Keys of the four lanes. */
let key0: v128 = i32x4.splat(0);
let key1: v128 = i32x4.splat(0);

/** Words at positions `at + lane * step` of the legacy array of `total`. */
function legacyWords(at: v128, total: u32): v128 {
  const half = i32x4.splat((total >> 1) + (total & 1));
  const second = i32x4.ge_u(at, half);
  const first = i32x4.sub(at, v128.and(half, second));
  const counter = i32x4.add(first, half);
  // The counter that makes an odd array even is 0.
  const pad = i32x4.eq(counter, i32x4.splat(total));
  block(key0, key1, first, v128.andnot(counter, pad));
  return v128.bitselect(y1, y0, second);
}

/** y0, y1 = row `i` of `split(key, n)` in partitionable mode. */
function partitionableRow(i: v128): void {
  block(key0, key1, ZERO, i);
}

function bits(at: v128, total: u32, partitionable: bool): v128 {
  if (!partitionable) return legacyWords(at, total);
  partitionableRow(at);
  return v128.xor(y0, y1);
}

/** Replaces the keys by row `i` of their split, or folds `i` in. */
function walk(i: u32, n: u32, partitionable: bool): void {
  if (partitionable || n == 0) {
    partitionableRow(i32x4.splat(i));
    key0 = y0;
    key1 = y1;
    return;
  }
  const first = legacyWords(i32x4.splat(2 * i), 2 * n);
  const second = legacyWords(i32x4.splat(2 * i + 1), 2 * n);
  key0 = first;
  key1 = second;
}

/** Stores lane `l` of `v` at `out + l * step` for the first `lanes` lanes. */
function spread(v: v128, lanes: i32, out: usize, step: usize): void {
  v128.store32_lane(out, v, 0);
  if (lanes > 1) v128.store32_lane(out + step, v, 1);
  if (lanes > 2) v128.store32_lane(out + 2 * step, v, 2);
  if (lanes > 3) v128.store32_lane(out + 3 * step, v, 3);
}

function loadKeys(keys: usize, lanes: i32): void {
  let a = v128.load32_splat(keys);
  let b = v128.load32_splat(keys, 4);
  if (lanes > 1) {
    a = v128.load32_lane(keys, a, 1, 8);
    b = v128.load32_lane(keys, b, 1, 12);
  }
  if (lanes > 2) {
    a = v128.load32_lane(keys, a, 2, 16);
    b = v128.load32_lane(keys, b, 2, 20);
  }
  if (lanes > 3) {
    a = v128.load32_lane(keys, a, 3, 24);
    b = v128.load32_lane(keys, b, 3, 28);
  }
  key0 = a;
  key1 = b;
}

/** `count` words of every lane's key, one lane after another. */
function drawBits(
  lanes: i32,
  start: i32,
  count: i32,
  total: u32,
  partitionable: bool,
  out: usize,
): void {
  const step = <usize> count << 2;
  if (count < 4) {
    for (let i: i32 = 0; i < count; i++) {
      const words = bits(i32x4.splat(start + i), total, partitionable);
      spread(words, lanes, out, step);
      out += 4;
    }
    return;
  }
  const all0 = key0;
  const all1 = key1;
  for (let lane: i32 = 0; lane < lanes; lane++) {
    const at = <i8> (lane << 2);
    const pick = i8x16.add(i8x16.splat(at), LANE_BYTES);
    key0 = i8x16.swizzle(all0, pick);
    key1 = i8x16.swizzle(all1, pick);
    let position = i32x4.add(i32x4.splat(start), COUNT);
    for (let left = count; left > 0; left -= 4) {
      const words = bits(position, total, partitionable);
      if (left >= 4) v128.store(out, words);
      else storeLanes(out, words, left);
      out += <usize> min(left, 4) << 2;
      position = i32x4.add(position, i32x4.splat(4));
    }
  }
}

const LANE_BYTES: v128 = i8x16(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);

/** `count` rows of every lane's split, one lane after another. */
function drawRows(
  lanes: i32,
  start: i32,
  count: i32,
  total: u32,
  partitionable: bool,
  out: usize,
): void {
  if (!partitionable) {
    // The rows are consecutive words of an array of twice the length.
    drawBits(lanes, 2 * start, 2 * count, 2 * total, false, out);
    return;
  }
  const step = <usize> count << 3;
  for (let i: i32 = 0; i < count; i++) {
    partitionableRow(i32x4.splat(start + i));
    spread(y0, lanes, out, step);
    spread(y1, lanes, out + 4, step);
    out += 8;
  }
}

/** Keys, rows of splits, or bits of `batch` keys; see the loader. */
export function random_bits(
  batch: i32,
  keys: usize,
  path: usize,
  pathLen: i32,
  mode: i32,
  kind: i32,
  start: i32,
  count: i32,
  total: u32,
  out: usize,
): void {
  const partitionable = mode != 0;
  const words = kind == KEY ? 2 : kind == SPLIT ? 2 * count : count;
  for (; batch > 0; batch -= 4) {
    const lanes = min(batch, 4);
    loadKeys(keys, lanes);
    for (let i: i32 = 0; i < pathLen; i++) {
      const entry = path + (<usize> i << 3);
      walk(load<u32>(entry), load<u32>(entry, 4), partitionable);
    }
    if (kind == KEY) {
      spread(key0, lanes, out, 8);
      spread(key1, lanes, out + 4, 8);
    } else if (kind == SPLIT) {
      drawRows(lanes, start, count, total, partitionable, out);
    } else {
      drawBits(lanes, start, count, total, partitionable, out);
    }
    keys += 32;
    out += <usize> (lanes * words) << 2;
  }
}
