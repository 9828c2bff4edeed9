/**
 * Threefry-2x32 with 20 rounds, bit-equal to JAX, on the host. `partitionable`
 * selects JAX's mode of that name (default since JAX 0.5): element i is block
 * (0, i). In the legacy mode the counters 0..n-1 are cut into two halves, whose
 * elements pair up as blocks.
 *
 * @module
 */
import type { KeyStep, PrimitiveParams } from "../ir/primitives.ts";

/** The two words of a key. */
export type Key = readonly [number, number];

/** Result words of the last {@link block}: no allocation per block. */
let out0 = 0;
let out1 = 0;

function block(k0: number, k1: number, x0: number, x1: number): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 1; group <= 5; group++) {
    const odd = group % 2 === 1;
    a = (a + b) | 0;
    b = (odd ? b << 13 | b >>> 19 : b << 17 | b >>> 15) ^ a;
    a = (a + b) | 0;
    b = (odd ? b << 15 | b >>> 17 : b << 29 | b >>> 3) ^ a;
    a = (a + b) | 0;
    b = (odd ? b << 26 | b >>> 6 : b << 16 | b >>> 16) ^ a;
    a = (a + b) | 0;
    b = (odd ? b << 6 | b >>> 26 : b << 24 | b >>> 8) ^ a;
    const turn = group % 3;
    a = (a + (turn === 0 ? k0 : turn === 1 ? k1 : k2)) | 0;
    b = (b + (turn === 0 ? k1 : turn === 1 ? k2 : k0) + group) | 0;
  }
  out0 = a;
  out1 = b;
}

/** The key of a seed, as `jax.random.PRNGKey` with 64-bit types off. */
export function seedKey(seed: number): Key {
  return [0, seed >>> 0];
}

/** `jax.random.fold_in`. */
export function foldIn(key: Key, data: number): Key {
  block(key[0], key[1], 0, data);
  return [out0 >>> 0, out1 >>> 0];
}

/** Rows `start .. start + count` of `split(key, total)`, two words each. */
export function splitKey(
  key: Key,
  total: number,
  partitionable: boolean,
  start = 0,
  count: number = total,
): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(2 * count);
  const [k0, k1] = key;
  if (partitionable) {
    for (let i = 0; i < count; i++) {
      block(k0, k1, 0, start + i);
      rows[2 * i] = out0;
      rows[2 * i + 1] = out1;
    }
    return rows;
  }
  for (let i = 0; i < 2 * count; i++) {
    rows[i] = legacyWord(k0, k1, 2 * start + i, 2 * total);
  }
  return rows;
}

/** Word `i` of the legacy hash of the counters `0 .. n-1`; `n` is even. */
function legacyWord(k0: number, k1: number, i: number, n: number): number {
  const half = n / 2;
  const first = i < half ? i : i - half;
  block(k0, k1, first, first + half);
  return i < half ? out0 : out1;
}

/** `n` words of random bits, as `jax.random.bits` of that many elements. */
export function randomBits(
  key: Key,
  n: number,
  partitionable: boolean,
): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(n);
  const [k0, k1] = key;
  if (partitionable) {
    for (let i = 0; i < n; i++) {
      block(k0, k1, 0, i);
      bits[i] = out0 ^ out1;
    }
    return bits;
  }
  const half = Math.ceil(n / 2);
  for (let i = 0; i < half; i++) {
    block(k0, k1, i, half + i < n ? half + i : 0);
    bits[i] = out0;
    if (half + i < n) bits[half + i] = out1;
  }
  return bits;
}

/** The key at the end of a path of splits and folds. */
export function keyPath(
  key: Key,
  path: readonly KeyStep[],
  partitionable: boolean,
): Key {
  let k = key;
  for (const [index, total] of path) {
    if (total === 0) {
      k = foldIn(k, index);
    } else {
      const [a, b] = splitKey(k, total, partitionable, index, 1);
      k = [a, b];
    }
  }
  return k;
}

/** The words one key yields under the parameters of a `random` node. */
export function drawWords(
  key: Key,
  params: PrimitiveParams["random"],
): Uint32Array<ArrayBuffer> {
  const { draw, partitionable } = params;
  const k = keyPath(key, params.path, partitionable);
  if (draw.kind === "key") return Uint32Array.from(k);
  if (draw.kind === "split") {
    return splitKey(k, draw.total, partitionable, draw.start, draw.count);
  }
  const n = draw.shape.reduce((a, b) => a * b, 1);
  return randomBits(k, n, partitionable);
}
