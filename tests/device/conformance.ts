/**
 * What every device must do, checked on hand-made Plans: the same as the
 * reference device, at sizes around the width of vectors, for every way in
 * which a Plan can address memory.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import type { DType } from "../../src/base/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/device/device.ts";
import type { Instruction } from "../../src/device/plan.ts";
import type { ReduceOp, ScatterMode } from "../../src/ir/primitives.ts";
import { check } from "./compare.ts";
import { conformElementwise } from "./conformance_elementwise.ts";
import { conformMemory } from "./conformance_memory.ts";
import { PlanKit, Source } from "./plan_kit.ts";

/** All checks of a device that `open` opens. */
export function conformDevice(name: string, open: () => Device): void {
  describe(`device ${name}`, () => {
    conformElementwise(open);
    describe("reduce", () => reductions(open));
    describe("dot", () => products(open));
    describe("movement by index", () => indexing(open));
    describe("other kernels", () => others(open));
    describe("loops", () => loops(open));
    conformMemory(open);
  });
}

function reductions(open: () => Device): void {
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
}

function products(open: () => Device): void {
  const sizes = [
    [1, 1, 1],
    [3, 5, 2],
    [1, 17, 33],
    [17, 1, 5],
    [4, 4, 0],
    [0, 3, 3],
    [5, 16, 1],
    [33, 31, 18],
  ];
  it("multiplies in every storage order", () => {
    const source = new Source();
    for (const b of [1, 3]) {
      for (const [m, n, k] of sizes) {
        for (const form of [0, 1, 2, 3]) {
          const kit = new PlanKit();
          const x = kit.input("f32", [b * m * k]);
          const y = kit.input("f32", [b * k * n]);
          const out = kit.output("f32", [b, m, n]);
          const left = form & 2 ? [m * k, 1, m] : [m * k, k, 1];
          const right = form & 1 ? [k * n, 1, k] : [k * n, n, 1];
          kit.call(
            { kind: "dot", b, m, n, k },
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
        { kind: "dot", b, m, n, k },
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
}

function indexing(open: () => Device): void {
  const layouts = [
    [1, 1, 5, 1, 3],
    [1, 2, 4, 3, 5],
    [3, 1, 4, 2, 2],
    [2, 3, 4, 5, 2],
    [2, 2, 3, 2, 0],
  ];
  it("gathers, with clamped indices", () => {
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
        check(open(), kit.plan(), [data, at], "gather");
      }
    }
  });
  it("scatters, dropping strays", () => {
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
          check(open(), kit.plan(), inputs, `scatter ${mode}`, 1e-6, 4);
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
  it("slices and updates at starts known at run time, clamped", () => {
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
      check(open(), slice.plan(), [data, at], `slice [${sizes}] of [${shape}]`);

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
      check(open(), update.plan(), [data, at, piece], `update of [${shape}]`);
    }
  });
}

function others(open: () => Device): void {
  const layouts = [[1, 1, 1], [3, 5, 1], [1, 4, 7], [2, 3, 5], [4, 17, 2]];
  it("finds the first extreme; NaN wins", () => {
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
          check(open(), kit.plan(), [data], `arg${op} ${dtype}`);
        }
      }
    }
  });
  it("sums up along an axis", () => {
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
          check(open(), kit.plan(), [data], `cumsum ${dtype}`, 1e-6, 4 * red);
        }
      }
    }
  });
  it("draws random numbers in both modes", () => {
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
            check(open(), kit.plan(), [data], `random ${draw.kind}`);
          }
        }
      }
    }
  });
}

function loops(open: () => Device): void {
  const add: Instruction = {
    op: "binary",
    fn: "add",
    dtype: "f32",
    args: [0, 1],
  };
  it("moves through stacked operands, in both directions", () => {
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
            { kind: "map", shape, instructions: [add], results: [2, 2] },
            [carry, x],
            [carry, y],
          );
        });
        const source = new Source();
        const data = [3 * count, 3].map((n) => source.elements("f32", n));
        check(open(), kit.plan(), data, `scan ${count} ${reverse}`);
      }
    }
  });
  it("nests, and blocks a large body", () => {
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
            add,
            { op: "binary", fn: "mul", dtype: "f32", args: [3, 2] },
            { op: "binary", fn: "sub", dtype: "f32", args: [3, 4] },
          ], [5]),
          [total, square, part],
          [total],
        );
        kit.call(
          { kind: "dot", b: 1, m: 2, n: 2, k: 5 },
          [
            kit.view(part, { shape: [1, 2, 5], strides: [0, 5, 1] }),
            kit.view(part, { shape: [1, 5, 2], strides: [0, 2, 1] }),
          ],
          [kit.view(product, { shape: [1, 2, 2] })],
        );
      }));
    const data = new Source().elements("f32", rows * columns * n, -0.5, 0.5);
    assertEquals(stridesOf([rows, columns, n])[0], columns * n);
    check(open(), kit.plan(), [data], "nested loops", 3e-6, 1);
  });
}
