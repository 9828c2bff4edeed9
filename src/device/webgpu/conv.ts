/**
 * Convolution as WGSL: by workgroups, or an item per window and a few outputs.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { convByTiles, SIZE, type Tiling, TILINGS } from "./conv_tiles.ts";
import {
  type ItemCode,
  type KernelCode,
  placeOf,
  takeApart,
} from "./kernel_code.ts";
import { float, lines, nest, storeFloat } from "./loops.ts";

type Conv = Extract<Kernel, { kind: "conv" }>;

/** Outputs that an item computes from one window. */
const OUTS = 4;

/** Workgroups that a large GPU runs at a time. */
const GROUPS_AT_A_TIME = 128;

/** What a load takes of the time of a multiplication and addition. */
const LOAD = 8;

/** What the barriers around a piece take. */
const BARRIERS = 40;

/** `conv`, in what is likely to be the fastest way. */
export function convCode(call: Call, kernel: Conv): KernelCode {
  const tiling = TILINGS.reduce((best, tiling) =>
    timeByTiles(call, tiling) < timeByTiles(call, best) ? tiling : best
  );
  return timeByTiles(call, tiling) < timeByItems(call)
    ? convByTiles(call, kernel, tiling)
    : convByItems(call, kernel);
}

function sizesOf({ reads: [x, w], writes: [out] }: Call) {
  const [groups, samples, features] = x.shape;
  return {
    groups,
    outs: w.shape[1],
    columns: samples * sizeOf(out.shape.slice(3)),
    total: features * sizeOf(w.shape.slice(3)),
  };
}

/** In multiplications and additions one after the other. */
function timeByTiles(call: Call, { rows, columns, depth }: Tiling): number {
  const sizes = sizesOf(call);
  const tiles = sizes.groups * Math.ceil(sizes.outs / rows) *
    Math.ceil(sizes.columns / columns);
  const piece = (rows * columns + LOAD * (rows + columns)) * depth / SIZE;
  return Math.max(1, tiles / GROUPS_AT_A_TIME) *
    Math.ceil(sizes.total / depth) * (piece + BARRIERS);
}

function timeByItems(call: Call): number {
  const { groups, outs, columns, total } = sizesOf(call);
  const own = Math.min(OUTS, outs);
  const items = groups * Math.ceil(outs / own) * columns;
  return Math.max(1, items / (GROUPS_AT_A_TIME * SIZE)) *
    total * (own + LOAD * (1 + own));
}

/** `conv`, an item per window and a few outputs. */
export function convByItems(
  { reads: [x, w], writes: [out] }: Call,
  { window, places, strides, dilation }: Conv,
): ItemCode {
  const [groups, samples, features] = x.shape;
  const outs = w.shape[1];
  const own = Math.min(OUTS, outs);
  const items = [groups, samples, Math.ceil(outs / own), ...places];
  const at = takeApart("item", items, "i");
  const [g, b, part, ...p] = at.names;
  const [xg, xb, xf, ...spatial] = x.strides;
  const [wg, wo, ...taps] = w.strides;
  const [og, ob, oo, ...ends] = out.strides;
  const starts = [xg, xb, ...spatial.map((s, i) => s * strides[i])];
  const steps = [xf, ...spatial.map((s, i) => s * dilation[i])];
  /** Where there are fewer, the last one is computed again. */
  const outAt = (k: number) => {
    const o = placeOf(`${k}u`, [part], [own]);
    return outs % own === 0 ? o : `min(${o}, ${outs - 1}u)`;
  };
  return {
    kind: "items",
    count: sizeOf(items),
    code: lines(
      at.code,
      `let image = ${placeOf("p0", [g, b, ...p], starts)};`,
      `let result = ${placeOf("p2", [g, b, ...p], [og, ob, ...ends])};`,
      range(own).flatMap((k) => [
        `let o${k} = ${outAt(k)};`,
        `let w${k} = ${placeOf("p1", [g, `o${k}`], [wg, wo])};`,
        `var sum${k} = 0.0;`,
      ]),
      nest([features, ...window], "t", (tap) =>
        lines(
          `let x = ${float(placeOf("image", tap, steps))};`,
          `let by = ${placeOf("0u", tap, taps)};`,
          range(own).map((k) => `sum${k} += x * ${float(`w${k} + by`)};`),
        )),
      range(own).map((k) =>
        storeFloat(placeOf("result", [`o${k}`], [oo]), `sum${k}`)
      ),
    ),
  };
}
