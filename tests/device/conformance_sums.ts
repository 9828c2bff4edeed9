/**
 * Conformance of reductions and matrix products.
 */
import { packedSize } from "../../src/device/plan.ts";
import { describe, it } from "node:test";
import type { DType } from "../../src/base/dtype.ts";
import { type Shape, sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/device/device.ts";
import type { Instruction } from "../../src/device/plan.ts";
import type { ReduceOp } from "../../src/ir/primitives.ts";
import { check } from "./compare.ts";
import { PlanKit, Source } from "./plan_kit.ts";

/** Checks of the kernel `reduce`. */
export function conformReductions(open: () => Device): void {
  describe("reduce", () => {
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
      it(`${op} of every dtype over any axes`, () => {
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
              check(
                open(),
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
    it("reads strided and repeated operands", () => {
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
          check(
            open(),
            kit.plan(),
            [n * m, m, 1].map((k) => source.elements("f32", k)),
            `sum over [${axes}] of [${shape}]`,
            1e-6,
            10 * Math.sqrt(n * m),
          );
        }
      }
    });
    it("lets NaN through max and min", () => {
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
        check(open(), kit.plan(), [data], op);
      }
    });
  });
}

/** Checks of the kernel `dot`. */
export function conformProducts(open: () => Device): void {
  describe("dot", () => {
    const sizes = [
      [1, 1, 1],
      [3, 5, 2],
      [1, 17, 33],
      [17, 1, 5],
      [0, 3, 3],
      [5, 16, 1],
      [33, 31, 18],
    ];
    it("multiplies in every storage order", () => {
      const source = new Source();
      for (const b of [1, 3]) {
        for (const [m, n, k] of sizes) {
          for (const form of [0, 1, 2]) {
            const kit = new PlanKit();
            const x = kit.input("f32", [b * m * k]);
            const y = kit.input("f32", [b * k * n]);
            const out = kit.output("f32", [b, m, n]);
            const left = form & 2 ? [m * k, 1, m] : [m * k, k, 1];
            const right = form & 1 ? [k * n, 1, k] : [k * n, n, 1];
            kit.call(
              { kind: "dot", b, m, n, k, packed: false },
              [
                kit.view(x, { shape: [b, m, k], strides: left }),
                kit.view(y, { shape: [b, k, n], strides: right }),
              ],
              [out],
            );
            const data = [b * m * k, b * k * n].map((s) =>
              source.elements("f32", s)
            );
            const what = `${b}x${m}x${n}x${k} form ${form}`;
            check(open(), kit.plan(), data, what, 1e-6, 4 * k);
          }
        }
      }
    });
    it("multiplies by packed operands", () => {
      const source = new Source();
      for (const b of [1, 3]) {
        for (const [m, n, k] of [...sizes, [2, 50, 7], [40, 29, 300]]) {
          for (const right of [[k * n, n, 1], [k * n, 1, k], [0, n, 1]]) {
            const kit = new PlanKit();
            const x = kit.input("f32", [b, m, k]);
            const y = kit.input("f32", [b, k, n]);
            const out = kit.output("f32", [b, m, n]);
            const batch = right[0] === 0 ? 1 : b;
            const size = packedSize(k, n);
            const p = kit.temporary("f32", [batch, size]);
            kit.call(
              { kind: "pack", b: batch, k, n },
              [kit.view(y, { shape: [batch, k, n], strides: right })],
              [p],
            );
            const strides = [right[0] === 0 ? 0 : size, 1];
            kit.call(
              { kind: "dot", b, m, n, k, packed: true },
              [x, kit.view(p, { shape: [b, size], strides })],
              [out],
            );
            const data = [b * m * k, b * k * n].map((s) =>
              source.elements("f32", s)
            );
            const what = `${b}x${m}x${n}x${k} right ${right}`;
            check(open(), kit.plan(), data, what, 1e-6, 4 * k);
          }
        }
      }
    });
    it("shares an operand among the batch and skips rows", () => {
      const [b, m, n, k] = [4, 3, 6, 5];
      for (const shared of ["left", "right", "both"]) {
        const kit = new PlanKit();
        const x = kit.input("f32", [b, m, 2 * k]);
        const y = kit.input("f32", [b, k, n + 3]);
        const out = kit.output("f32", [b, m, n]);
        const stepX = shared === "right" ? m * 2 * k : 0;
        const stepY = shared === "left" ? k * (n + 3) : 0;
        kit.call(
          { kind: "dot", b, m, n, k, packed: false },
          [
            kit.view(x, {
              offset: 2,
              shape: [b, m, k],
              strides: [stepX, 2 * k, 1],
            }),
            kit.view(y, {
              offset: 1,
              shape: [b, k, n],
              strides: [stepY, n + 3, 1],
            }),
          ],
          [out],
        );
        const source = new Source();
        const data = [b * m * 2 * k, b * k * (n + 3)].map((s) =>
          source.elements("f32", s)
        );
        check(open(), kit.plan(), data, `shared ${shared}`, 1e-6, 4 * k);
      }
    });
  });
}
