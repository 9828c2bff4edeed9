/**
 * Winograd's convolution: tables of offsets, and two kernels.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { range } from "../../base/shape.ts";
import type { Call } from "../plan.ts";
import type { Assembly } from "./assembly.ts";

const bytes = (elements: number) => ELEMENT_BYTES * elements;

/** Weights, transformed. */
export function assembleWinogradWeights(assembly: Assembly, call: Call): void {
  const [w] = call.reads;
  const [u] = call.writes;
  const [groups, outs, features] = w.shape;
  const [wg, ...strides] = w.strides;
  const [ug, place] = u.strides;
  const table = assembly.integers([...strides, place].map(bytes));
  const [from, to] = [w, u].map((v) => assembly.address(v));
  assembly.loop(groups, (id) => {
    assembly.call(
      "winograd_weights",
      outs,
      features,
      table,
      assembly.moving(from, id, bytes(wg)),
      assembly.moving(to, id, bytes(ug)),
    );
  }, { parallel: true });
}

/** A convolution with transformed weights. */
export function assembleWinograd(assembly: Assembly, call: Call): void {
  const [x, u] = call.reads;
  const [out] = call.writes;
  const [groups, samples, features] = x.shape;
  const outs = u.shape[2];
  const [xg, xb, xf, xr] = x.strides;
  const [ug, place] = u.strides;
  const [og, ob, oo, or] = out.strides;
  const [rows, columns] = out.shape.slice(3).map((n) => n / 2);
  const tiles = range(rows * columns).flatMap((tile) => {
    const row = 2 * Math.floor(tile / columns);
    const column = 2 * (tile % columns);
    return [row * xr + column, row * or + column];
  });
  const { winograd_scratch } = assembly.kernels;
  const scratchBytes = winograd_scratch(
    samples * rows * columns,
    outs,
    features,
  );
  assembly.scratchBytes = Math.max(assembly.scratchBytes, scratchBytes);
  const scratch = { slot: assembly.scratch, offset: 0 };
  const table = assembly.integers([xf, xb, place, ob, oo, or].map(bytes));
  const places = assembly.integers(tiles.map(bytes));
  const [image, weights] = call.reads.map((v) => assembly.address(v));
  const result = assembly.address(out);
  assembly.loop(groups, (id) => {
    assembly.call(
      "winograd",
      samples,
      rows * columns,
      outs,
      features,
      bytes(xr),
      table,
      places,
      assembly.moving(image, id, bytes(xg)),
      assembly.moving(weights, id, bytes(ug)),
      assembly.moving(result, id, bytes(og)),
      scratch,
    );
  }, { parallel: true });
}
