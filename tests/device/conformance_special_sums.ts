/**
 * Conformance of NaN, infinities and overflow through whatever adds up, and
 * of softmax, which lives by them.
 */
import type { DType } from "../../src/base/dtype.ts";
import { range, type Shape } from "../../src/base/shape.ts";
import type { Instruction } from "../../src/device/plan.ts";
import type { ReduceOp } from "../../src/ir/primitives.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of special numbers in sums, products and softmax. */
export function conformSpecialSums(suite: Suite): void {
  suite.describe("special numbers in sums", (suite) => {
    reductions(suite);
    products(suite);
    softmax(suite);
  });
}

function reductions(suite: Suite): void {
  suite.cases("reach what they belong to, and nothing else", (add) => {
    const ops: ReduceOp[] = ["sum", "max", "min", "prod"];
    const rows = [
      [NaN],
      [Infinity],
      [-Infinity],
      [Infinity, -Infinity],
      [0],
      [
        0,
        Infinity,
      ],
      [3e38, 3e38],
      [],
    ];
    for (const op of ops) {
      for (const n of [3, 9, 700]) {
        const kit = new PlanKit();
        const shape = [rows.length, n];
        const x = kit.input("f32", shape);
        const out = kit.output("f32", [rows.length]);
        const sums = kit.output("f32", shape);
        kit.call(
          {
            kind: "reduce",
            op,
            shape,
            axes: [1],
            instructions: [],
            result: 0,
          },
          [x],
          [out],
        );
        kit.call(
          {
            kind: "cumsum",
            outer: rows.length,
            red: n,
            inner: 1,
            reverse: op === "max",
          },
          [x],
          [sums],
        );
        const data = new Source(n).elements("f32", rows.length * n, 0.9, 1.1);
        // At the end, in the middle.
        rows.forEach((row, i) => data.set(row, i * n + (i % 2 ? n >> 1 : 0)));
        add(kit.plan(), [data], `${op} of [${shape}]`, 1e-5);
      }
    }
  });
  suite.cases("integers wrap around", (add) => {
    const types: DType[] = ["i32", "u32"];
    for (const dtype of types) {
      for (const op of ["sum", "prod", "max", "min"] as const) {
        const kit = new PlanKit();
        const x = kit.input(dtype, [5, 300]);
        const out = kit.output(dtype, [5]);
        kit.call(
          {
            kind: "reduce",
            op,
            shape: [5, 300],
            axes: [1],
            instructions: [],
            result: 0,
          },
          [x],
          [out],
        );
        const low = dtype === "i32" ? -(2 ** 31) : 0;
        const data = new Source().elements(dtype, 1500, low, low + 2 ** 32);
        add(kit.plan(), [data], `${op} of ${dtype}`);
      }
    }
  });
}

function products(suite: Suite): void {
  suite.cases("stay within their row and column of a product", (add) => {
    for (const [m, n, k] of [[1, 1, 3], [5, 6, 7], [34, 35, 37]]) {
      for (const turned of [false, true]) {
        const kit = new PlanKit();
        const x = kit.input("f32", [m * k]);
        const y = kit.input("f32", [k * n]);
        const out = kit.output("f32", [1, m, n]);
        kit.call(
          { kind: "dot", b: 1, m, n, k, packed: false },
          [
            kit.view(x, { shape: [1, m, k], strides: [m * k, k, 1] }),
            kit.view(y, {
              shape: [1, k, n],
              strides: turned ? [k * n, 1, k] : [k * n, n, 1],
            }),
          ],
          [out],
        );
        const source = new Source(m);
        const a = source.elements("f32", m * k, 0.5, 1);
        const b = source.elements("f32", k * n, 0.5, 1);
        const left = [NaN, Infinity, 0];
        left.forEach((value, i) => {
          if (i < m) a[i * k + k - 1 - i % 3] = value;
        });
        b[b.length - 1] = -Infinity;
        if (n > 2) b[turned ? k : 1] = Infinity;
        add(kit.plan(), [a, b], `${m}x${n}x${k} ${turned}`, 1e-5);
      }
    }
  });
}

/** `exp(x - max) / sum` along the last axis, and the logarithm of the sum. */
function softmax(suite: Suite): void {
  const exp: Instruction[] = [
    { op: "binary", fn: "sub", dtype: "f32", args: [0, 1] },
    { op: "unary", fn: "exp", dtype: "f32", args: [2] },
  ];
  suite.cases("softmax of masked rows", (add) => {
    for (const n of [1, 5, 33, 1000]) {
      const rows = 6;
      const shape: Shape = [rows, n];
      const kit = new PlanKit();
      const x = kit.input("f32", shape);
      const top = kit.temporary("f32", [rows]);
      const sum = kit.temporary("f32", [rows]);
      const out = kit.output("f32", shape);
      const log = kit.output("f32", [rows]);
      const along = (buffer: number) =>
        kit.view(buffer, { shape, strides: [1, 0] });
      const reduce = { kind: "reduce", shape, axes: [1] } as const;
      kit.call(
        { ...reduce, op: "max", instructions: [], result: 0 },
        [x],
        [top],
      );
      kit.call(
        { ...reduce, op: "sum", instructions: exp, result: 3 },
        [x, along(top)],
        [sum],
      );
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [
            { op: "binary", fn: "sub", dtype: "f32", args: [0, 1] },
            { op: "unary", fn: "exp", dtype: "f32", args: [3] },
            { op: "binary", fn: "div", dtype: "f32", args: [4, 2] },
          ],
          results: [5],
        },
        [x, along(top), along(sum)],
        [out],
      );
      kit.call(
        {
          kind: "map",
          shape: [rows],
          instructions: [
            { op: "unary", fn: "log", dtype: "f32", args: [0] },
            { op: "binary", fn: "add", dtype: "f32", args: [2, 1] },
          ],
          results: [3],
        },
        [sum, top],
        [log],
      );
      const data = new Source(n).elements("f32", rows * n, -90, 90);
      // Masked here and there, but for one; all masked; far off; poisoned.
      for (const i of range(n)) {
        if (i % 3 === 1) data[n + i] = -Infinity;
        if (i > 0) data[2 * n + i] = -Infinity;
        data[3 * n + i] = -Infinity;
        data[4 * n + i] += 1e4;
      }
      data[5 * n + (n >> 1)] = NaN;
      add(kit.plan(), [data], `softmax of [${shape}]`, 4e-6, 1e-6);
    }
  });
}
