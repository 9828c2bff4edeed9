/**
 * Conformance of reductions.
 */
import type { DType } from "../../src/base/dtype.ts";
import { type Shape, sizeOf } from "../../src/base/shape.ts";
import type { Instruction } from "../../src/device/plan.ts";
import type { ReduceOp } from "../../src/ir/primitives.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of the kernel `reduce`. */
export function conformReductions(suite: Suite): void {
  suite.describe("reduce", (suite) => {
    const cases: [Shape, number[]][] = [
      ...[0, 1, 3, 4, 5, 17].map((n): [Shape, number[]] => [[n], [0]]),
      [[3, 5], [0]],
      [[3, 5], [1]],
      [[3, 5], []],
      [[0, 5], [0]],
      [[5, 0], [0]],
      [[1, 5], [0]],
      [[2, 3, 4], [1]],
      [[2, 3, 4], [0, 2]],
      [[2, 3, 4, 5], [1, 3]],
      [[17, 33], [0, 1]],
      // Beyond one block, cut along an axis that stays and one that goes.
      [[33, 1000], [0]],
      [[33, 1000], [1]],
      [[3, 7000], [0]],
      [[3, 7000], [1]],
      [[3, 2, 5000], [0, 2]],
      [[20000], [0]],
    ];
    const ops: ReduceOp[] = ["sum", "max", "min", "prod"];
    const types: DType[] = ["f32", "i32", "u32"];
    for (const op of ops) {
      suite.cases(`${op} of every dtype over any axes`, (add) => {
        const source = new Source();
        for (const dtype of types) {
          for (const [shape, axes] of cases) {
            for (const squared of [false, true]) {
              const kit = new PlanKit();
              const x = kit.input(dtype, shape);
              const kept = shape.filter((_, a) => !axes.includes(a));
              const out = kit.output(dtype, kept);
              const instructions: Instruction[] = squared
                ? [
                  { op: "unary", fn: "square", dtype, args: [0] },
                  { op: "binary", fn: "add", dtype, args: [0, 1] },
                ]
                : [];
              const result = squared ? 2 : 0;
              kit.call(
                { kind: "reduce", op, shape, axes, instructions, result },
                [x],
                [out],
              );
              const n = sizeOf(shape);
              const data = op === "prod" && dtype === "f32"
                ? source.elements(dtype, n, 0.55, 0.62)
                : source.elements(dtype, n);
              const terms = n / Math.max(1, sizeOf(kept));
              const tolerance = op === "sum" ? 1e-6 : 2e-7 * Math.sqrt(terms);
              const exact = op === "max" || op === "min";
              const scale = op === "sum" ? Math.sqrt(terms) * 10 : 1e-30;
              add(
                kit.plan(),
                [data],
                `${op} ${dtype}[${shape}] over [${axes}]`,
                exact ? 3e-7 : tolerance + 3e-7,
                scale,
              );
            }
          }
        }
      });
    }
    suite.cases("reads strided and repeated operands", (add) => {
      for (const [n, m] of [[5, 7], [130, 170]]) {
        for (const axes of [[0], [1], [0, 1]]) {
          const kit = new PlanKit();
          const x = kit.input("f32", [m, n]);
          const row = kit.input("f32", [m]);
          const one = kit.input("f32", []);
          const shape = [n, m];
          const kept = shape.filter((_, a) => !axes.includes(a));
          const out = kit.output("f32", kept);
          const flat = kit.output("f32", kept);
          const fused: Instruction[] = [
            { op: "binary", fn: "mul", dtype: "f32", args: [0, 1] },
            { op: "binary", fn: "add", dtype: "f32", args: [3, 2] },
          ];
          const turned = kit.view(x, { shape, strides: [1, n] });
          kit.call(
            {
              kind: "reduce",
              op: "sum",
              shape,
              axes,
              instructions: fused,
              result: 4,
            },
            [
              turned,
              kit.view(row, { shape, strides: [0, 1] }),
              kit.view(one, { shape, strides: [0, 0] }),
            ],
            [out],
          );
          kit.call(
            {
              kind: "reduce",
              op: "sum",
              shape,
              axes,
              instructions: [],
              result: 0,
            },
            [kit.view(one, { shape, strides: [0, 0] })],
            [flat],
          );
          const source = new Source();
          add(
            kit.plan(),
            [n * m, m, 1].map((k) => source.elements("f32", k)),
            `sum over [${axes}] of [${shape}]`,
            1e-6,
            10 * Math.sqrt(n * m),
          );
        }
      }
    });
    suite.cases("lets NaN through max and min", (add) => {
      for (const op of ["max", "min"] as const) {
        const kit = new PlanKit();
        const x = kit.input("f32", [3, 9]);
        const out = kit.output("f32", [3]);
        kit.call(
          {
            kind: "reduce",
            op,
            shape: [3, 9],
            axes: [1],
            instructions: [],
            result: 0,
          },
          [x],
          [out],
        );
        const data = new Source().elements("f32", 27);
        data[4] = NaN;
        data[26] = NaN;
        add(kit.plan(), [data], op);
      }
    });
  });
}
