/**
 * Conformance of operands that are repeated along some axes, of every rank.
 */
import { range, type Shape, sizeOf, stridesOf } from "../../src/base/shape.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Shapes, and the sets of axes along which an operand is repeated. */
const PATTERNS: readonly (readonly [Shape, readonly number[]])[] = [
  [[], [0]],
  [[7], range(2)],
  [[4, 9], range(4)],
  [[130, 3], range(4)],
  [[2, 3, 5], range(8)],
  [[3, 1, 68], range(8)],
  [[2, 3, 2, 5], [0b0001, 0b0010, 0b0101, 0b0110, 0b1000, 0b1011]],
  [[5, 1, 4, 33], [0b0011, 0b1001, 0b1100]],
  [[2, 3, 1, 2, 4], [0b00001, 0b00110, 0b01010, 0b10101, 0b11011]],
  [[2, 2, 3, 3, 17], [0b00010, 0b01001, 0b10100, 0b11110]],
];

/** Strides of an operand that is not repeated along the axes of `kept`. */
function repeated(shape: Shape, kept: number): readonly number[] {
  const own = shape.map((n, axis) => kept >> axis & 1 ? n : 1);
  return stridesOf(own).map((stride, axis) => kept >> axis & 1 ? stride : 0);
}

/** Checks of repeated operands. */
export function conformBroadcasting(suite: Suite): void {
  suite.describe("map broadcasting", (suite) => {
    for (const rank of range(6)) {
      suite.cases(`repeats operands of rank ${rank}`, (add) => {
        for (const [shape, sets] of PATTERNS) {
          if (shape.length !== rank) continue;
          for (const axes of sets) {
            const all = 2 ** rank - 1;
            const n = sizeOf(shape);
            const kit = new PlanKit();
            // One has what the other lacks, the third has all.
            const strides = [axes, all & ~axes, all].map((kept) =>
              repeated(shape, kept)
            );
            const inputs = strides.map(() => kit.input("f32", [n]));
            const outs = [kit.output("f32", shape), kit.output("bool", shape)];
            kit.call(
              {
                kind: "map",
                shape,
                instructions: [
                  { op: "binary", fn: "sub", dtype: "f32", args: [0, 1] },
                  { op: "binary", fn: "mul", dtype: "f32", args: [3, 2] },
                  { op: "compare", fn: "lt", dtype: "f32", args: [0, 1] },
                ],
                results: [4, 5],
              },
              inputs.map((x, i) => kit.view(x, { shape, strides: strides[i] })),
              outs,
            );
            const source = new Source(axes + 1);
            const data = inputs.map(() => source.elements("f32", n));
            const what = `[${shape}] by ${strides.join(" ; ")}`;
            add(kit.plan(), data, what, 2e-7);
          }
        }
      });
    }
  });
}
