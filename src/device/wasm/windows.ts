/**
 * Convolutions and reductions over windows: tables of offsets, and one kernel.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { stridesOf } from "../../base/shape.ts";
import { positions } from "../elementwise.ts";
import type { Call, Kernel, Windows } from "../plan.ts";
import type { Assembly } from "./assembly.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** Fewer columns than these join those of the next samples, if they can. */
const FEW_COLUMNS = 64;

const bytes = (elements: number) => ELEMENT_BYTES * elements;

/** Where windows start and where their elements are, in elements. */
function offsetsOf(
  { window, places, strides, dilation }: Windows,
  spatial: readonly number[],
) {
  const scaled = (by: readonly number[]) => spatial.map((s, i) => s * by[i]);
  return {
    columns: [...positions(places, scaled(strides))],
    taps: [...positions(window, scaled(dilation))],
  };
}

/** The list, with its last element repeated up to a multiple of four. */
function filled(list: readonly number[]): number[] {
  const rest = (4 - list.length % 4) % 4;
  return [...list, ...new Array<number>(rest).fill(list.at(-1)!)];
}

/** A convolution: a product of weights and windows per group. */
export function assembleConv(
  assembly: Assembly,
  call: Call,
  kernel: Of<"conv">,
): void {
  const [x, w] = call.reads;
  const [out] = call.writes;
  const [groups, samples, features] = x.shape;
  const [, outs] = w.shape;
  const [xg, xb, xf, ...spatial] = x.strides;
  const [wg, wo, wf] = w.strides;
  const [og, ob, oo] = out.strides;
  const { columns, taps } = offsetsOf(kernel, spatial);
  // Where the windows of all samples lie in one row of the result.
  const joins = samples > 1 && ob === columns.length &&
    columns.length < FEW_COLUMNS;
  const all = joins
    ? [...positions([samples], [xb])].flatMap((at) =>
      columns.map((column) => at + column)
    )
    : columns;
  const batch = joins ? 1 : samples;
  const table = assembly.integers(
    [xf, xb, wf, wo, ob, oo, ...taps].map(bytes),
  );
  const starts = assembly.integers(filled(all).map(bytes));
  const scratchBytes = assembly.kernels.conv_scratch(features * taps.length);
  assembly.scratchBytes = Math.max(assembly.scratchBytes, scratchBytes);
  const scratch = { slot: assembly.scratch, offset: 0 };
  const [image, weights] = call.reads.map((v) => assembly.address(v));
  const result = assembly.address(out);
  assembly.loop(groups, (id) => {
    assembly.call(
      "conv",
      batch,
      all.length,
      outs,
      features,
      taps.length,
      table,
      starts,
      assembly.moving(image, id, bytes(xg)),
      assembly.moving(weights, id, bytes(wg)),
      assembly.moving(result, id, bytes(og)),
      scratch,
    );
  }, { parallel: true });
}

/** A reduction over windows, or the places of their extremes. */
export function assembleWindows(
  assembly: Assembly,
  call: Call,
  kernel: Of<"reduceWindow"> | Of<"argWindow">,
): void {
  const [x] = call.reads;
  const [row, ...spatial] = x.strides;
  const { columns, taps } = offsetsOf(kernel, spatial);
  const tables = {
    taps: taps.map(bytes),
    columns: filled(columns).map(bytes),
  };
  if (kernel.kind === "argWindow") {
    const own = stridesOf(kernel.whole);
    const inside = offsetsOf(kernel, own);
    const origin = kernel.lo.reduce((sum, n, i) => sum + n * own[i], 0);
    tables.taps.push(...inside.taps);
    tables.columns.push(...filled(inside.columns.map((n) => n - origin)));
  }
  assembly.call(
    kernel.kind === "argWindow"
      ? `window_arg${kernel.op}`
      : `window_${kernel.op}`,
    x.shape[0],
    columns.length,
    taps.length,
    bytes(row),
    assembly.integers(tables.taps),
    assembly.integers(tables.columns),
    assembly.address(x),
    assembly.address(call.writes[0]),
  );
}
