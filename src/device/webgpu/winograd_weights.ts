/**
 * Weights for Winograd's convolution as WGSL.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";
import { float, lines, offsetBy, storeFloat } from "./loops.ts";

type WinogradWeights = Extract<Kernel, { kind: "winogradWeights" }>;

/** `winogradWeights`: an item per 3 x 3 weights. */
export function winogradWeightsCode(
  { reads: [w], writes: [u] }: Call,
  _: WinogradWeights,
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
