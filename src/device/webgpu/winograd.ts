/**
 * Winograd's convolution F(2x2, 3x3) as WGSL: for each of the 16 elements of
 * a transformed tile a product of matrices, whose rows are the outputs, whose
 * columns are the tiles, and whose sums are over the features.
 *
 * A workgroup computes some outputs of some tiles. For a few features at a time
 * one half of it transforms the tiles, while the other half fetches weights;
 * then 16 invocations multiply for each of the 16 elements. At the end sums
 * move through workgroup memory to the invocations that transform them back.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import {
  type GroupCode,
  type ItemCode,
  placeOf,
  takeApart,
} from "./kernel_code.ts";
import { block, float, lines, offsetBy, storeFloat } from "./loops.ts";
import {
  type Cut,
  fetch,
  HALF,
  KEEP,
  multiply,
  results,
  sources,
  sums,
} from "./winograd_steps.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** `winogradWeights`: an item per 3 x 3 weights. */
export function winogradWeightsCode(
  { reads: [w], writes: [u] }: Call,
  _: Of<"winogradWeights">,
): ItemCode {
  const lead = w.shape.slice(0, 3);
  const at = takeApart("item", lead, "i");
  const [g, o, f] = at.names;
  const [ug, ui, uo, uf] = u.strides;
  /** Declares what rows of G give of three values. */
  const transformed = (name: string, [a, b, c]: readonly string[]) => [
    `let ${name}0 = ${a};`,
    `let ${name}1 = 0.5 * (${a} + ${b} + ${c});`,
    `let ${name}2 = 0.5 * (${a} - ${b} + ${c});`,
    `let ${name}3 = ${c};`,
  ];
  return {
    kind: "items",
    count: sizeOf(lead),
    code: lines(
      at.code,
      `let first = ${placeOf("p0", at.names, w.strides)};`,
      range(9).map((i) => {
        const [row, column] = [Math.floor(i / 3), i % 3];
        const offset = row * w.strides[3] + column * w.strides[4];
        return `let w${row}${column} = ${float(offsetBy("first", offset))};`;
      }),
      range(3).flatMap((j) =>
        transformed(`h${j}`, range(3).map((i) => `w${i}${j}`))
      ),
      `let to = ${placeOf("p1", [g, o, f], [ug, uo, uf])};`,
      range(4).flatMap((i) => [
        ...transformed(`v${i}`, range(3).map((j) => `h${j}${i}`)),
        ...range(4).map((j) =>
          storeFloat(offsetBy("to", (4 * i + j) * ui), `v${i}${j}`)
        ),
      ]),
    ),
  };
}

/** Outputs and tiles of a workgroup, where that gives work to a large GPU. */
const SIDE = 32;

/** The same, where it does not. */
const SMALL_SIDE = 16;

/** Workgroups that a large GPU runs at a time. */
const GROUPS_AT_A_TIME = 128;

/** `winograd`. */
export function winogradCode(call: Call, _: Of<"winograd">): GroupCode {
  const [groups, samples, outs, rows, columns] = call.writes[0].shape;
  const features = call.reads[0].shape[2];
  const tiles = [samples, rows / 2, columns / 2];
  const partsOf = (side: number) => [
    groups,
    Math.ceil(sizeOf(tiles) / side),
    Math.ceil(outs / side),
  ];
  const side = sizeOf(partsOf(SIDE)) < GROUPS_AT_A_TIME ? SMALL_SIDE : SIDE;
  const depth = HALF / side;
  const at = takeApart("group", partsOf(side), "i");
  const [g, tilePart, outPart] = at.names;
  const cut: Cut = { call, side, depth, tiles, g };
  return {
    kind: "groups",
    count: sizeOf(partsOf(side)),
    size: 2 * HALF,
    shared: [
      ["weights", `array<vec4f, ${16 * HALF / 4}>`],
      ["transformed", `array<f32, ${16 * HALF}>`],
    ],
    code: lines(
      at.code,
      `let first_tile = ${placeOf("0u", [tilePart], [side])};`,
      `let first_out = ${placeOf("0u", [outPart], [side])};`,
      sources(cut),
      // Invocations of odd elements begin with the second tile: so they read
      // from other banks of memory than their neighbours of even elements.
      `let element = lane / 16u;`,
      `let down = lane % 16u / 4u;`,
      `let right = lane % 4u;`,
      `let turn = (element & 1u) * 4u;`,
      sums(cut).map((sum) => `var ${sum} = vec4f();`),
      block(
        `for (var begin = 0u; begin < ${features}u; begin += ${depth}u)`,
        lines(
          fetch(cut),
          `workgroupBarrier();`,
          KEEP,
          `workgroupBarrier();`,
          multiply(cut),
        ),
      ),
      `let line = lane / ${HALF}u;`,
      `let sign = 1.0 - 2.0 * f32(line);`,
      `let pair = lane % ${HALF}u;`,
      range(side / 8).flatMap((eight) =>
        range(side / 16).map((h) => results(cut, eight, h))
      ),
    ),
  };
}
