/**
 * What can be done on the host with values that are there anyway: drawing
 * numbers from a key and taking rows. It saves a small set-up, such as a
 * model's initial weights, from compiling Programs that run once.
 *
 * @module
 */
import type { TypedArray } from "../../base/dtype.ts";
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { HostStorage } from "../../device/device.ts";
import { type Key, randomBits, splitKey } from "../../device/threefry.ts";
import { currentTrace, Value } from "../../transform/trace.ts";

/** Elements of a value on the host outside any trace, else null. */
function elements(x: Value): TypedArray | null {
  if (currentTrace() !== null) return null;
  return x.storage instanceof HostStorage ? x.storage.readSync() : null;
}

function hostKey(key: Value): Key | null {
  // What is no key goes on to the primitive, which says so.
  const { dtype, shape } = key.aval;
  const words = dtype === "u32" && sameShape(shape, [2]) ? elements(key) : null;
  return words && [words[0], words[1]];
}

function onHost(
  dtype: Value["aval"]["dtype"],
  shape: Shape,
  data: TypedArray,
): Value {
  return new Value({ dtype, shape }, new HostStorage(data));
}

/** `split`, if the key is on the host. */
export function hostSplit(
  key: Value,
  shape: Shape,
  partitionable: boolean,
): Value | null {
  const k = hostKey(key);
  const total = sizeOf(shape);
  return k && onHost("u32", [...shape, 2], splitKey(k, total, partitionable));
}

/** Uniform floats of [shift, shift + scale), if the key is on the host. */
export function hostUniform(
  key: Value,
  shape: Shape,
  scale: number,
  shift: number,
  partitionable: boolean,
): Value | null {
  const k = hostKey(key);
  if (k === null) return null;
  const words = randomBits(k, sizeOf(shape), partitionable);
  for (let i = 0; i < words.length; i++) {
    words[i] = (words[i] >>> 9) | 0x3f800000;
  }
  const floats = new Float32Array(words.buffer);
  // The product is exact in double precision, so this rounds once.
  for (let i = 0; i < floats.length; i++) {
    floats[i] = (floats[i] - 1) * scale + shift;
  }
  return onHost("f32", shape, floats);
}

/** Rows `start` to `limit` of a value on the host, sharing its memory. */
export function hostRows(
  x: Value,
  start: number,
  limit: number,
  shape: Shape,
): Value | null {
  const data = elements(x);
  if (data === null) return null;
  const row = sizeOf(x.aval.shape.slice(1));
  return onHost(x.aval.dtype, shape, data.subarray(start * row, limit * row));
}
