/**
 * What layers with windows have in common: sizes per spatial axis, given as one
 * number or a list, and a check of what such a layer is called with.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, range } from "../base/shape.ts";
import { asTensor, type Tensor, type TensorLike } from "../numpy/mod.ts";
import type { PaddingPairs } from "../numpy/windows.ts";

/** One number for all spatial axes, or one per axis. */
export type PerAxis = number | readonly number[];

/** One number for all ends, one per axis for both its ends, or pairs. */
export type Pads = PerAxis | PaddingPairs;

/** A number per axis, each from `least`. */
export function perAxis(
  what: string,
  value: PerAxis,
  rank: number,
  least = 1,
): number[] {
  const list = typeof value === "number" ? range(rank).map(() => value) : value;
  const fits = Array.isArray(list) && list.length === rank &&
    list.every((n) => Number.isInteger(n) && n >= least);
  if (fits) return [...list];
  throw new ShapeError(
    `Cannot make a layer: ${what} ${JSON.stringify(value)} was given, ` +
      `expected an integer from ${least}, or ${rank}, one per spatial axis`,
  );
}

/** Pairs per axis. */
export function padsPerAxis(value: Pads, rank: number): PaddingPairs {
  const pair = (p: number | readonly number[]): readonly [number, number] =>
    typeof p === "number" ? [p, p] : [p?.[0], p?.[1]];
  const list: readonly (number | readonly number[])[] =
    typeof value === "number"
      ? range(rank).map(() => value)
      : Array.isArray(value)
      ? value
      : [];
  const pairs = list.map(pair);
  const fits = pairs.length === rank &&
    pairs.flat().every((n) => Number.isInteger(n) && n >= 0) &&
    list.every((p) => typeof p === "number" || p.length === 2);
  if (fits) return pairs;
  throw new ShapeError(
    `Cannot make a layer: padding ${JSON.stringify(value)} was given, ` +
      `expected an integer or ${rank} integers or pairs, one per spatial axis`,
  );
}

/** A sample `[channels, ..spatial]`, checked. */
export function sampleOf(
  layer: string,
  x: TensorLike,
  rank: number,
  channels: number | null,
): Tensor {
  const input = asTensor(x);
  const fits = input.ndim === rank + 1 &&
    (channels === null || input.shape[0] === channels);
  if (fits) return input;
  const spatial = [..."dhw"].slice(-rank).join(",");
  throw new ShapeError(
    `Cannot apply ${layer} to ${formatAval(input)}: expected ` +
      `f32[${channels ?? "c"},${spatial}], one sample: ` +
      (input.ndim > rank + 1
        ? "batch with pxf.vmap"
        : "reshape it, or make the layer fit"),
  );
}
