/**
 * Winograd's convolution F(2x2, 3x3) as WGSL.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { float, lines, loop, storeFloat } from "./loops.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** `winogradWeights`: an item per 3 x 3 weights. */
export function winogradWeightsCode(
  { reads: [w], writes: [u] }: Call,
  _: Of<"winogradWeights">,
): KernelCode {
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
        const tap = [Math.floor(i / 3), i % 3];
        const place = placeOf(
          "first",
          tap.map((n) => `${n}u`),
          w.strides.slice(3),
        );
        return `let w${tap.join("")} = ${float(place)};`;
      }),
      range(3).flatMap((j) =>
        transformed(`h${j}`, range(3).map((i) => `w${i}${j}`))
      ),
      `let to = ${placeOf("p1", [g, o, f], [ug, uo, uf])};`,
      range(4).flatMap((i) => [
        ...transformed(`v${i}`, range(3).map((j) => `h${j}${i}`)),
        ...range(4).map((j) =>
          storeFloat(placeOf("to", [`${4 * i + j}u`], [ui]), `v${i}${j}`)
        ),
      ]),
    ),
  };
}

/** Outputs that an item computes from one tile. */
const OUTS = 4;

/** `winograd`. */
export function winogradCode(
  { reads: [x, u], writes: [out] }: Call,
  _: Of<"winograd">,
): KernelCode {
  const [groups, samples, outs, rows, columns] = out.shape;
  const features = x.shape[2];
  const own = Math.min(OUTS, outs);
  const parts = Math.ceil(outs / own);
  const items = [groups, samples, parts, rows / 2, columns / 2];
  const at = takeApart("item", items, "i");
  const [g, b, part, row, column] = at.names;
  const [xg, xb, xf, xr, xc] = x.strides;
  const [ug, ui, uo, uf] = u.strides;
  const [og, ob, oo, or, oc] = out.strides;
  const tile = range(16).map((i) => {
    const at = [`${Math.floor(i / 4)}u`, `${i % 4}u`];
    return `let x${i} = ${float(placeOf("piece", at, [xr, xc]))};`;
  });
  return {
    kind: "items",
    count: sizeOf(items),
    code: lines(
      at.code,
      `let image = ${
        placeOf("p0", [g, b, row, column], [xg, xb, 2 * xr, 2 * xc])
      };`,
      `let result = ${
        placeOf("p2", [g, b, row, column], [og, ob, 2 * or, 2 * oc])
      };`,
      range(own).map((k) => {
        const o = part === "0u"
          ? `${k}u`
          : `min(${part} * ${own}u + ${k}u, ${outs - 1}u)`;
        return `let o${k} = ${o};\nlet by${k} = ${
          placeOf("p1", [g, `o${k}`], [ug, uo])
        };\n${range(16).map((i) => `var s${k}_${i} = 0.0;`).join("\n")}`;
      }),
      loop(
        "f",
        features,
        lines(
          `let piece = ${placeOf("image", ["f"], [xf])};`,
          tile,
          inputTransform(),
          range(own).map((k) =>
            lines(
              `let w${k} = ${placeOf(`by${k}`, ["f"], [uf])};`,
              range(16).map((i) =>
                `s${k}_${i} += v${i} * ${
                  float(placeOf(`w${k}`, [`${i}u`], [ui]))
                };`
              ),
            )
          ),
        ),
      ),
      range(own).map((k) =>
        lines(
          `let to${k} = ${placeOf("result", [`o${k}`], [oo])};`,
          outputTransform(`s${k}_`, `r${k}_`),
          range(4).map((i) =>
            storeFloat(
              placeOf(`to${k}`, [`${i >> 1}u`, `${i % 2}u`], [or, oc]),
              `r${k}_${i}`,
            )
          ),
        )
      ),
    ),
  };
}

/** Declares `v0` .. `v15`: the tile `x0` .. `x15`, transformed. */
function inputTransform(): string[] {
  const along = (to: string, from: string, at: (i: number) => number) => [
    `let ${to}${at(0)} = ${from}${at(0)} - ${from}${at(2)};`,
    `let ${to}${at(1)} = ${from}${at(1)} + ${from}${at(2)};`,
    `let ${to}${at(2)} = ${from}${at(2)} - ${from}${at(1)};`,
    `let ${to}${at(3)} = ${from}${at(1)} - ${from}${at(3)};`,
  ];
  return [
    ...range(4).flatMap((j) => along("h", "x", (i) => 4 * i + j)),
    ...range(4).flatMap((i) => along("v", "h", (j) => 4 * i + j)),
  ];
}

/** Declares four results: the sixteen sums, transformed back. */
function outputTransform(sums: string, results: string): string[] {
  const s = (i: number, j: number) => `${sums}${4 * i + j}`;
  const line = (i: number, column: (j: number) => string) =>
    i === 0
      ? `${column(0)} + ${column(1)} + ${column(2)}`
      : `${column(1)} - ${column(2)} - ${column(3)}`;
  return [
    ...range(2).flatMap((i) =>
      range(4).map((j) =>
        `let ${results}h${4 * i + j} = ${line(i, (n) => s(n, j))};`
      )
    ),
    ...range(2).flatMap((i) =>
      range(2).map((j) =>
        `let ${results}${2 * i + j} = ${
          line(j, (n) => `${results}h${4 * i + n}`)
        };`
      )
    ),
  ];
}
