/**
 * Conformance of movement by indices, and of the kernels along one axis.
 */
import { assertEquals } from "@std/assert";
import { type Shape, sizeOf } from "../../src/base/shape.ts";
import type { ScatterMode } from "../../src/ir/primitives.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of gather, scatter and slices at run-time starts. */
export function conformIndexing(suite: Suite): void {
  suite.describe("movement by index", (suite) => {
    const layouts = [
      [1, 1, 5, 1, 3],
      [1, 2, 4, 3, 5],
      [3, 1, 4, 2, 2],
      [2, 3, 4, 5, 2],
      [2, 2, 3, 2, 0],
    ];
    suite.cases("gathers, with clamped indices", (add) => {
      for (const [batch, outer, n, inner, count] of layouts) {
        for (const dtype of ["f32", "i32"] as const) {
          const kit = new PlanKit();
          const x = kit.input(dtype, [batch, outer, n, inner]);
          const indices = kit.input("i32", [batch, count]);
          const out = kit.output(dtype, [batch, outer, count, inner]);
          kit.call(
            { kind: "gather", batch, outer, n, inner, count },
            [x, indices],
            [out],
          );
          const source = new Source();
          const data = source.elements(dtype, batch * outer * n * inner);
          const at = source.elements("i32", batch * count, -2, n + 2);
          add(kit.plan(), [data, at], "gather");
        }
      }
    });
    suite.cases("scatters, dropping strays", (add) => {
      const modes: ScatterMode[] = ["set", "add", "min", "max"];
      for (const [batch, outer, n, inner, count] of layouts) {
        for (const dtype of ["f32", "i32", "u32"] as const) {
          for (const mode of modes) {
            const kit = new PlanKit();
            const x = kit.input(dtype, [batch, outer, n, inner]);
            const indices = kit.input("i32", [batch, count]);
            const updates = kit.input(dtype, [batch, outer, count, inner]);
            const shape = [batch * outer * n * inner];
            const out = kit.output(dtype, [batch, outer, n, inner]);
            kit.call(
              { kind: "map", shape, instructions: [], results: [0] },
              [kit.view(x, { shape })],
              [kit.view(out, { shape })],
            );
            kit.call(
              { kind: "scatter", mode, batch, outer, n, inner, count },
              [indices, updates],
              [out],
            );
            const source = new Source();
            const inputs = [
              source.elements(dtype, shape[0]),
              source.elements("i32", batch * count, -1, n + 1),
              source.elements(dtype, batch * outer * count * inner),
            ];
            add(kit.plan(), inputs, `scatter ${mode}`, 1e-6, 4);
          }
        }
      }
    });
    const windows: [number, Shape, Shape][] = [
      [1, [7], [3]],
      [1, [4, 5], [2, 5]],
      [3, [4, 5], [2, 3]],
      [2, [2, 3, 2, 4, 3], [1, 2, 2, 3, 2]],
      [2, [3, 4], [0, 2]],
    ];
    suite.cases(
      "slices and updates at starts known at run time, clamped",
      (add) => {
        for (const [batch, shape, sizes] of windows) {
          const source = new Source(7);
          const data = source.elements("f32", batch * sizeOf(shape));
          const piece = source.elements("f32", batch * sizeOf(sizes));
          const at = source.elements("i32", batch * shape.length, -2, 5);

          const slice = new PlanKit();
          const x = slice.input("f32", [batch, ...shape]);
          const starts = slice.input("i32", [batch, shape.length]);
          const out = slice.output("f32", [batch, ...sizes]);
          slice.call(
            { kind: "dynamicSlice", batch, shape, sizes },
            [x, starts],
            [out],
          );
          add(
            slice.plan(),
            [data, at],
            `slice [${sizes}] of [${shape}]`,
          );

          const update = new PlanKit();
          const whole = update.input("f32", [batch, ...shape]);
          const from = update.input("i32", [batch, shape.length]);
          const values = update.input("f32", [batch, ...sizes]);
          const to = update.output("f32", [batch, ...shape], 0);
          assertEquals(whole, 0);
          update.call(
            { kind: "dynamicUpdateSlice", batch, shape, sizes },
            [values, from],
            [to],
          );
          add(update.plan(), [data, at, piece], `update of [${shape}]`);
        }
      },
    );
  });
}

/** Checks of argreduce, cumsum and random. */
export function conformOthers(suite: Suite): void {
  suite.describe("other kernels", (suite) => {
    const layouts = [[1, 1, 1], [3, 5, 1], [1, 4, 7], [2, 3, 5], [4, 17, 2]];
    suite.cases("finds the first extreme; NaN wins", (add) => {
      for (const [outer, red, inner] of layouts) {
        for (const dtype of ["f32", "i32", "u32"] as const) {
          for (const op of ["max", "min"] as const) {
            const kit = new PlanKit();
            const x = kit.input(dtype, [outer, red, inner]);
            const out = kit.output("i32", [outer, inner]);
            kit.call({ kind: "argreduce", op, outer, red, inner }, [x], [out]);
            const data = new Source().elements(dtype, outer * red * inner)
              .map((v) => Math.round(v));
            if (dtype === "f32" && red > 3) data.set([NaN], 2 * inner);
            add(kit.plan(), [data], `arg${op} ${dtype}`);
          }
        }
      }
    });
    suite.cases("sums up along an axis", (add) => {
      for (const [outer, red, inner] of layouts) {
        for (const dtype of ["f32", "i32"] as const) {
          for (const reverse of [false, true]) {
            const kit = new PlanKit();
            const x = kit.input(dtype, [outer, red, inner]);
            const out = kit.output(dtype, [outer, red, inner]);
            kit.call(
              { kind: "cumsum", outer, red, inner, reverse },
              [x],
              [out],
            );
            const data = new Source().elements(dtype, outer * red * inner);
            add(kit.plan(), [data], `cumsum ${dtype}`, 1e-6, 4 * red);
          }
        }
      }
    });
    suite.cases("draws random numbers in both modes", (add) => {
      const draws = [
        { kind: "key" },
        { kind: "split", start: 0, count: 3, total: 3 },
        { kind: "split", start: 2, count: 2, total: 5 },
        { kind: "bits", shape: [3, 3] },
        { kind: "bits", shape: [] },
        { kind: "bits", shape: [18] },
      ] as const;
      for (const batch of [1, 3, 6]) {
        for (const partitionable of [false, true]) {
          for (const path of [[], [[1, 4], [7, 0], [0, 2]]] as const) {
            for (const draw of draws) {
              const kit = new PlanKit();
              const keys = kit.input("u32", [batch, 2]);
              const words = draw.kind === "key"
                ? [2]
                : draw.kind === "split"
                ? [draw.count, 2]
                : draw.shape;
              const out = kit.output("u32", [batch, ...words]);
              const params = { partitionable, path, draw };
              kit.call({ kind: "random", batch, params }, [keys], [out]);
              const data = new Source().elements("u32", 2 * batch, 0, 2 ** 32);
              add(kit.plan(), [data], `random ${draw.kind}`);
            }
          }
        }
      }
    });
  });
}
