/**
 * Convolution as WGSL.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { float, lines, nest, storeFloat } from "./loops.ts";

type Conv = Extract<Kernel, { kind: "conv" }>;

/** Outputs that an item computes from one window. */
const OUTS = 4;

/** `conv`. */
export function convCode(
  { reads: [x, w], writes: [out] }: Call,
  { window, places, strides, dilation }: Conv,
): KernelCode {
  const [groups, samples, features] = x.shape;
  const outs = w.shape[1];
  const own = Math.min(OUTS, outs);
  const items = [groups, samples, Math.ceil(outs / own), ...places];
  const at = takeApart("item", items, "i");
  const [g, b, part, ...p] = at.names;
  const [xg, xb, xf, ...spatial] = x.strides;
  const [wg, wo, wf, ...taps] = w.strides;
  const [og, ob, oo, ...ends] = out.strides;
  const outAt = (k: number) =>
    part === "0u"
      ? `${k}u`
      : outs % own === 0
      ? `${part} * ${own}u + ${k}u`
      : `min(${part} * ${own}u + ${k}u, ${outs - 1}u)`;
  return {
    kind: "items",
    count: sizeOf(items),
    code: lines(
      at.code,
      `let image = ${
        placeOf("p0", [g, b, ...p], [
          xg,
          xb,
          ...spatial.map((s, i) => s * strides[i]),
        ])
      };`,
      `let result = ${placeOf("p2", [g, b, ...p], [og, ob, ...ends])};`,
      range(own).flatMap((k) => [
        `let o${k} = ${outAt(k)};`,
        `let w${k} = ${placeOf("p1", [g, `o${k}`], [wg, wo])};`,
        `var sum${k} = 0.0;`,
      ]),
      nest([features, ...window], "t", ([f, ...t]) =>
        lines(
          `let x = ${
            float(placeOf("image", [f, ...t], [
              xf,
              ...spatial.map((s, i) => s * dilation[i]),
            ]))
          };`,
          `let by = ${placeOf("0u", [f, ...t], [wf, ...taps])};`,
          range(own).map((k) => `sum${k} += x * ${float(`w${k} + by`)};`),
        )),
      range(own).map((k) =>
        storeFloat(placeOf("result", [`o${k}`], [oo]), `sum${k}`)
      ),
    ),
  };
}
