/**
 * Random values from keys, bit for bit those of JAX's threefry.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { KeyStep, PrimitiveParams } from "../../ir/primitives.ts";
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { hostRows, hostSplit, hostUniform } from "./on_host.ts";
import { compute, elementwise } from "./operand.ts";
import { threefryBlock } from "./threefry.ts";

type Draw = PrimitiveParams["random"]["draw"];

/** The random primitive, emitted. */
export function draw(
  o: Ops,
  key: ValueId,
  partitionable: boolean,
  what: Draw,
  path: readonly KeyStep[] = [],
): ValueId {
  return o.bind("random", [key], { partitionable, path, draw: what });
}

/** `shape` new keys: `u32[shape.., 2]`. */
export function split(
  key: Value,
  shape: Shape,
  partitionable: boolean,
): Value {
  const known = hostSplit(key, shape, partitionable);
  if (known !== null) return known;
  const total = sizeOf(shape);
  const lead = key.aval.shape.slice(0, -1);
  return compute([key], (o, [k]) => {
    const rows = draw(o, k, partitionable, {
      kind: "split",
      start: 0,
      count: total,
      total,
    });
    return o.reshape(rows, [...lead, ...shape, 2]);
  });
}

/** Key `index` of `split(key, total)`, without the others. */
export function splitRow(
  key: Value,
  index: number,
  total: number,
  partitionable: boolean,
): Value {
  const known = hostSplit(key, [total], partitionable);
  if (known !== null) return hostRows(known, index, index + 1, [2])!;
  const path: readonly KeyStep[] = [[index, total]];
  return compute(
    [key],
    (o, [k]) => draw(o, k, partitionable, { kind: "key" }, path),
  );
}

/** The key with a number folded in. */
export function foldIn(
  key: Value,
  data: Value | number,
  partitionable: boolean,
): Value {
  if (typeof data === "number") {
    const path: readonly KeyStep[] = [[data >>> 0, 0]];
    return compute(
      [key],
      (o, [k]) => draw(o, k, partitionable, { kind: "key" }, path),
    );
  }
  return compute([key, data], (o, [k, d]) => {
    const word = (i: number) => o.reshape(o.sliceAxis(k, 0, i, i + 1), []);
    const counter = o.cast(d, "u32");
    const words = threefryBlock(
      o,
      [word(0), word(1)],
      [o.zerosLike(counter), counter],
    );
    const rows = words.map((w) => o.reshape(w, [1]));
    return o.bind("concat", rows, { axis: 0 });
  });
}

/** Random u32 words, of which the low `width` bits are random. */
export function bits(
  key: Value,
  shape: Shape,
  partitionable: boolean,
  width = 32,
): Value {
  const words = (o: Ops, k: ValueId, sizes: Shape) =>
    draw(o, k, partitionable, { kind: "bits", shape: sizes });
  const low = (o: Ops, x: ValueId) =>
    o.binary("and", x, o.full(o.aval(x), 2 ** width - 1));
  return compute([key], (o, [k]) => {
    if (width === 32) return words(o, k, shape);
    if (partitionable) return low(o, words(o, k, shape));
    // Each word is cut into several numbers, the low bits first.
    const lead = key.aval.shape.slice(0, -1);
    const size = sizeOf(shape), each = 32 / width;
    const whole = words(o, k, [Math.ceil(size / each)]);
    const axis = lead.length + 1;
    const wide = o.spread(whole, [...o.shape(whole), each], [axis]);
    const shifts = o.scale(o.iota("u32", o.shape(wide), axis), width);
    const parts = low(o, o.binary("shr", wide, shifts));
    const row = o.reshape(parts, [...lead, o.shape(whole)[axis - 1] * each]);
    const kept = o.sliceAxis(row, axis - 1, 0, size);
    return o.reshape(kept, [...lead, ...shape]);
  });
}

/** Uniform floats of [0, 1) as 23 random bits of mantissa give them. */
function unitFloats(
  o: Ops,
  key: ValueId,
  shape: Shape,
  partitionable: boolean,
): ValueId {
  const words = draw(o, key, partitionable, { kind: "bits", shape });
  const aval = o.aval(words);
  const mantissa = o.binary("shr", words, o.full(aval, 9));
  const one = o.binary("or", mantissa, o.full(aval, 0x3f800000));
  return o.addNumber(o.bind("bitcast", [one], { dtype: "f32" }), -1);
}

/** Uniform floats of [low, high). */
export function uniform(
  key: Value,
  shape: Shape,
  low: number,
  high: number,
  partitionable: boolean,
): Value {
  const shift = Math.fround(low);
  const scale = Math.fround(Math.fround(high) - shift);
  const known = hostUniform(key, shape, scale, shift, partitionable);
  if (known !== null) return known;
  return compute([key], (o, [k]) => {
    const unit = unitFloats(o, k, shape, partitionable);
    // One rounding at the end, as XLA's fused multiply-add.
    return scale === 1 && shift === 0
      ? unit
      : o.bind("affine", [unit], { scale, shift });
  });
}

/** `low + unit (high - low)`, but below `high`, as uniform numbers are. */
export function drawBetween(unit: Value, low: Value, high: Value): Value {
  return elementwise("draw between", [unit, low, high], "f32", (o, ids) => {
    const [u, a, b] = ids;
    return o.binary("max", a, o.add(o.mul(u, o.sub(b, a)), a));
  });
}

/** The float after -1. */
const AFTER_MINUS_ONE = -1 + 2 ** -24;

/** Standard normal floats. */
export function normal(
  key: Value,
  shape: Shape,
  partitionable: boolean,
): Value {
  const scale = Math.fround(1 - AFTER_MINUS_ONE);
  return compute([key], (o, [k]) => {
    const unit = unitFloats(o, k, shape, partitionable);
    const u = o.bind("affine", [unit], { scale, shift: AFTER_MINUS_ONE });
    return o.scale(o.unary("erfinv", u), Math.fround(Math.SQRT2));
  });
}

/** i32 integers of [low, high). */
export function randint(
  key: Value,
  shape: Shape,
  low: number,
  high: number,
  partitionable: boolean,
): Value {
  const span = (high - low) >>> 0;
  const power = 2 ** 16 % span;
  const multiplier = power * power % span;
  return compute([key], (o, [k]) => {
    const part = (index: number) => {
      const words = draw(o, k, partitionable, { kind: "bits", shape }, [[
        index,
        2,
      ]]);
      return o.binary("rem", words, o.full(o.aval(words), span));
    };
    const mixed = o.add(o.scale(part(0), multiplier), part(1));
    const offset = o.binary("rem", mixed, o.full(o.aval(mixed), span));
    return o.addNumber(o.cast(offset, "i32"), low);
  });
}
