/**
 * Conformance of loops and of addresses that move with them.
 */
import type { Instruction } from "../../src/device/plan.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of loops. */
export function conformLoops(suite: Suite): void {
  suite.describe("loops", (suite) => {
    const sum: Instruction = {
      op: "binary",
      fn: "add",
      dtype: "f32",
      args: [0, 1],
    };
    suite.cases("moves through stacked operands, in both directions", (add) => {
      for (const count of [1, 4]) {
        for (const reverse of [false, true]) {
          const kit = new PlanKit();
          const xs = kit.input("f32", [count, 3]);
          const start = kit.input("f32", [3]);
          const carry = kit.output("f32", [3]);
          const ys = kit.output("f32", [count, 3]);
          const first = reverse ? 3 * (count - 1) : 0;
          const steps = [{ loop: 5, bytes: reverse ? -12 : 12 }];
          const x = kit.part(xs, [3], first, steps);
          const y = kit.part(ys, [3], first, steps);
          const shape = [3];
          kit.call(
            { kind: "map", shape, instructions: [], results: [0] },
            [start],
            [carry],
          );
          kit.loop(5, count, () => {
            kit.call(
              { kind: "map", shape, instructions: [sum], results: [2, 2] },
              [carry, x],
              [carry, y],
            );
          });
          const source = new Source();
          const data = [3 * count, 3].map((n) => source.elements("f32", n));
          add(kit.plan(), data, `scan ${count} ${reverse}`);
        }
      }
    });
    suite.cases("nests, and blocks a large body", (add) => {
      const [rows, columns, n] = [3, 2, 20000];
      const kit = new PlanKit();
      const x = kit.input("f32", [rows, columns, n]);
      const total = kit.output("f32", [n]);
      const products = kit.output("f32", [columns, rows, 2, 2]);
      const square = kit.temporary("f32", [n]);
      const moving = [{ loop: 0, bytes: 4 * columns * n }, {
        loop: 1,
        bytes: 4 * n,
      }];
      const part = kit.part(x, [n], 0, moving);
      const product = kit.part(products, [2, 2], 0, [
        { loop: 0, bytes: 16 },
        { loop: 1, bytes: 16 * rows },
      ]);
      const map = (instructions: Instruction[], results: number[]) =>
        ({ kind: "map", shape: [n], instructions, results }) as const;
      kit.call(
        map([{ op: "constant", dtype: "f32", value: 0 }], [0]),
        [],
        [total],
      );
      kit.loop(0, rows, () =>
        kit.loop(1, columns, () => {
          kit.call(
            map([{ op: "unary", fn: "square", dtype: "f32", args: [0] }], [1]),
            [part],
            [square],
          );
          kit.call(
            map([
              sum,
              { op: "binary", fn: "mul", dtype: "f32", args: [3, 2] },
              { op: "binary", fn: "sub", dtype: "f32", args: [3, 4] },
            ], [5]),
            [total, square, part],
            [total],
          );
          kit.call(
            { kind: "dot", b: 1, m: 2, n: 2, k: 5, packed: false },
            [
              kit.view(part, { shape: [1, 2, 5], strides: [0, 5, 1] }),
              kit.view(part, { shape: [1, 5, 2], strides: [0, 2, 1] }),
            ],
            [kit.view(product, { shape: [1, 2, 2] })],
          );
        }));
      const data = new Source().elements("f32", rows * columns * n, -0.5, 0.5);
      add(kit.plan(), [data], "nested loops", 3e-6, 1);
    });
  });
}
