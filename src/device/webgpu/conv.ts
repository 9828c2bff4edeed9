/**
 * Convolution as WGSL: by workgroups, or an item per window and a few outputs.
 *
 * @module
 */
import { range, sizeOf, stridesOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import {
  convByTiles,
  piecesOf,
  SIZE,
  type Tiling,
  TILINGS,
} from "./conv_tiles.ts";
import type { Stage } from "./stages.ts";
import {
  type ItemCode,
  type KernelCode,
  placeOf,
  takeApart,
} from "./kernel_code.ts";
import { float, lines, loop, nest, storeFloat } from "./loops.ts";

type Conv = Extract<Kernel, { kind: "conv" }>;

/** Outputs that an item computes from one window. */
const OUTS = 4;

/** Workgroups that a large GPU runs at a time. */
const GROUPS_AT_A_TIME = 128;

/** The most workgroups that are worth having. */
const MOST_GROUPS = 512;

/** What a load takes of the time of a multiplication and addition. */
const LOAD = 8;

/** What the barriers around a piece take. */
const BARRIERS = 40;

/** What tiles take before and after the sum. */
const ENDS = 2000;

/** What another dispatch takes. */
const DISPATCH = 8000;

/** `conv`, in what is likely to be the fastest way. */
export function convCode(
  call: Call,
  kernel: Conv,
): KernelCode | readonly Stage[] {
  const ways = TILINGS.flatMap((tiling) =>
    cutsOf(call, tiling).map((cuts) => ({
      tiling,
      cuts,
      time: timeByTiles(call, tiling, cuts),
    }))
  );
  const { tiling, cuts, time } = ways.reduce((best, way) =>
    way.time < best.time ? way : best
  );
  if (time > timeByItems(call)) return convByItems(call, kernel);
  return cuts === 1
    ? convByTiles(call, kernel, tiling)
    : convByCuts(call, kernel, tiling, cuts);
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

function tilesOf(call: Call, { rows, columns }: Tiling): number {
  const sizes = sizesOf(call);
  return sizes.groups * Math.ceil(sizes.outs / rows) *
    Math.ceil(sizes.columns / columns);
}

/** Into how many parts sums may be cut. */
function cutsOf(call: Call, tiling: Tiling): number[] {
  const most = Math.min(
    piecesOf(call, tiling),
    MOST_GROUPS / tilesOf(call, tiling),
  );
  return range(10).map((i) => 2 ** i).filter((n) => n === 1 || n <= most);
}

/** In multiplications and additions one after the other. */
function timeByTiles(call: Call, tiling: Tiling, cuts: number): number {
  const { rows, columns, depth } = tiling;
  const results = sizeOf(call.writes[0].shape);
  const piece = (rows * columns + LOAD * (rows + columns)) * depth / SIZE;
  const waves = Math.max(1, cuts * tilesOf(call, tiling) / GROUPS_AT_A_TIME);
  const sums = cuts === 1 ? 0 : DISPATCH + timeOfItems(results) * LOAD * cuts;
  return ENDS + sums +
    waves * Math.ceil(piecesOf(call, tiling) / cuts) * (piece + BARRIERS);
}

function timeByItems(call: Call): number {
  const { groups, outs, columns, total } = sizesOf(call);
  const own = Math.min(OUTS, outs);
  const items = groups * Math.ceil(outs / own) * columns;
  return timeOfItems(items) * total * (own + LOAD * (1 + own));
}

/** Of that many items, in times of one. */
function timeOfItems(items: number): number {
  return Math.max(1, items / (GROUPS_AT_A_TIME * SIZE));
}

/** `conv`, by workgroups that have parts of sums, which are then added up. */
export function convByCuts(
  call: Call,
  kernel: Conv,
  tiling: Tiling,
  cuts: number,
): Stage[] {
  const [out] = call.writes;
  const [groups, samples, outs, ...places] = out.shape;
  const size = sizeOf(out.shape);
  const [g, o, b, ...rest] = stridesOf([groups, outs, samples, ...places]);
  const part = { ...out, strides: [g, b, o, ...rest] };
  const at = takeApart("item", [groups, outs, samples, ...places], "i");
  const [og, ob, oo, ...ends] = out.strides;
  const parts = (written: boolean) => ({ view: cuts * size, written });
  return [
    {
      code: convByTiles({ ...call, writes: [part] }, kernel, tiling, cuts),
      operands: [
        ...call.reads.map((view) => ({ view, written: false })),
        parts(true),
      ],
    },
    {
      code: {
        kind: "items",
        count: size,
        code: lines(
          at.code,
          `var sum = 0.0;`,
          loop(
            "cut",
            cuts,
            `sum += ${float(placeOf("p0 + item", ["cut"], [size]))};`,
          ),
          storeFloat(placeOf("p1", at.names, [og, oo, ob, ...ends]), "sum"),
        ),
      },
      operands: [parts(false), { view: out, written: true }],
    },
  ];
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
