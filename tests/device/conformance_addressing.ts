/**
 * Conformance of the fused elementwise loop: every way to read and to write.
 */
import { range, type Shape, sizeOf } from "../../src/base/shape.ts";
import type { Instruction } from "../../src/device/plan.ts";
import type { BinaryOp } from "../../src/ir/primitives.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of the operands and results of the kernel `map`. */
export function conformAddressing(suite: Suite): void {
  suite.describe("map addressing", (suite) => {
    reads(suite);
    writes(suite);
    inPlace(suite);
    large(suite);
  });
}

const double: Instruction = {
  op: "binary",
  fn: "add",
  dtype: "f32",
  args: [0, 0],
};

/** Windows on a buffer of `size` elements. */
const WINDOWS: {
  readonly size: number;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}[] = [
  { size: 12, offset: 0, shape: [3, 4], strides: [1, 3] },
  { size: 12, offset: 11, shape: [12], strides: [-1] },
  { size: 12, offset: 2, shape: [2, 2], strides: [4, 1] },
  { size: 30, offset: 1, shape: [5, 3], strides: [6, 2] },
  { size: 24, offset: 20, shape: [3, 4], strides: [-8, 1] },
  { size: 90, offset: 0, shape: [9, 10], strides: [1, 9] },
  { size: 120, offset: 0, shape: [2, 3, 4, 5], strides: [1, 2, 6, 24] },
  {
    size: 720,
    offset: 0,
    shape: [2, 3, 2, 2, 5, 6],
    strides: [360, 2, 180, 1, 6, 30],
  },
];
const REPEATS: typeof WINDOWS = [
  { size: 4, offset: 0, shape: [3, 4], strides: [0, 1] },
  { size: 3, offset: 0, shape: [3, 4], strides: [1, 0] },
  { size: 6, offset: 0, shape: [3, 5, 2], strides: [2, 0, 1] },
  { size: 2, offset: 1, shape: [3, 4], strides: [0, 0] },
];

function reads(suite: Suite): void {
  suite.cases("reads windows: strided, reversed, repeated", (add) => {
    for (const { size, offset, shape, strides } of [...WINDOWS, ...REPEATS]) {
      const kit = new PlanKit();
      const x = kit.input("f32", [size]);
      const y = kit.input("f32", shape);
      const copy = kit.output("f32", shape);
      const sum = kit.output("f32", shape);
      const window = kit.view(x, { offset, shape, strides });
      kit.call(
        { kind: "map", shape, instructions: [], results: [0] },
        [window],
        [copy],
      );
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [
            { op: "binary", fn: "sub", dtype: "f32", args: [0, 1] },
            { op: "binary", fn: "mul", dtype: "f32", args: [2, 0] },
          ],
          results: [3],
        },
        [window, y],
        [sum],
      );
      const source = new Source();
      const data = [size, sizeOf(shape)].map((n) => source.elements("f32", n));
      add(kit.plan(), data, `window [${shape}] / [${strides}]`, 2e-7);
    }
  });
}

function writes(suite: Suite): void {
  suite.cases("writes windows and leaves the rest alone", (add) => {
    for (const { size, offset, shape, strides } of WINDOWS) {
      const kit = new PlanKit();
      const x = kit.input("f32", shape);
      const rows = kit.input("f32", [size]);
      const outs = range(3).map(() => kit.output("f32", [size]));
      const flat = { kind: "map", shape: [size] } as const;
      for (const out of outs) {
        kit.call(
          {
            ...flat,
            instructions: [{ op: "constant", dtype: "f32", value: -9 }],
            results: [0],
          },
          [],
          [out],
        );
      }
      const window = (buffer: number) =>
        kit.view(buffer, { offset, shape, strides });
      kit.call(
        { kind: "map", shape, instructions: [], results: [0] },
        [x],
        [window(outs[0])],
      );
      kit.call(
        { kind: "map", shape, instructions: [double], results: [1] },
        [window(rows)],
        [window(outs[1])],
      );
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [{ op: "constant", dtype: "f32", value: 7 }],
          results: [0],
        },
        [],
        [window(outs[2])],
      );
      const source = new Source();
      const data = [sizeOf(shape), size].map((n) => source.elements("f32", n));
      add(kit.plan(), data, `window [${shape}] / [${strides}]`);
    }
  });
}

function inPlace(suite: Suite): void {
  const f32 = (fn: BinaryOp, a: number, b: number): Instruction => ({
    op: "binary",
    fn,
    dtype: "f32",
    args: [a, b],
  });
  const cases: { name: string; instructions: Instruction[]; to: number[] }[] = [
    { name: "swaps", instructions: [], to: [1, 0] },
    { name: "keeps", instructions: [], to: [0, 1] },
    { name: "copies one over the other", instructions: [], to: [0, 0] },
    { name: "overwrites early", instructions: [f32("add", 0, 1)], to: [2, 0] },
    {
      name: "reads an operand after a result could be stored over it",
      instructions: [f32("mul", 0, 1), f32("sub", 0, 2), f32("add", 3, 1)],
      to: [2, 4],
    },
    {
      name: "stores one result twice",
      instructions: [f32("mul", 0, 1)],
      to: [2, 2],
    },
    {
      name: "casts in place",
      instructions: [
        { op: "cast", from: "f32", to: "f32", args: [1] },
        f32("sub", 2, 0),
      ],
      to: [3, 2],
    },
  ];
  for (const { name, instructions, to } of cases) {
    suite.cases(`${name} where operands are overwritten`, (add) => {
      for (const n of [1, 5, 17, 20000]) {
        for (const strides of [[1], [-1]]) {
          const kit = new PlanKit();
          const a = kit.input("f32", [n]);
          const b = kit.input("f32", [n]);
          const x = kit.output("f32", [n], 0);
          const y = kit.output("f32", [n], 1);
          const offset = strides[0] < 0 ? n - 1 : 0;
          const all = (buffer: number) =>
            kit.view(buffer, { offset, strides, shape: [n] });
          kit.call(
            { kind: "map", shape: [n], instructions, results: to },
            [all(a), all(b)],
            [all(x), all(y)],
          );
          const source = new Source();
          const data = [n, n].map((k) => source.elements("f32", k));
          add(kit.plan(), data, `${name} [${n}]`, 2e-7, 4);
        }
      }
    });
  }
}

function large(suite: Suite): void {
  const shapes = [[20001], [3, 7001], [150, 130], [30, 25, 40], [2, 3, 4099]];
  suite.cases("cuts a large space into blocks", (add) => {
    for (const shape of shapes) {
      const kit = new PlanKit();
      const n = sizeOf(shape);
      const rank = shape.length;
      const x = kit.input("f32", shape);
      const column = kit.input("f32", [shape[0]]);
      const row = kit.input("f32", [shape[rank - 1]]);
      const turned = kit.input("f32", [n]);
      const plain = kit.output("f32", shape);
      const window = kit.output("f32", [n]);
      // The axes of the last operand and of the last result are reversed.
      const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
      const only = (axis: number) => shape.map((_, i) => i === axis ? 1 : 0);
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [
            { op: "index", dtype: "f32", axis: rank - 1 },
            { op: "binary", fn: "add", dtype: "f32", args: [4, 1] },
            { op: "binary", fn: "mul", dtype: "f32", args: [5, 2] },
            { op: "binary", fn: "sub", dtype: "f32", args: [6, 3] },
            { op: "binary", fn: "max", dtype: "f32", args: [7, 0] },
          ],
          results: [8, 7],
        },
        [
          kit.view(x),
          kit.view(column, { shape, strides: only(0) }),
          kit.view(row, { shape, strides: only(rank - 1) }),
          kit.view(turned, { shape, strides }),
        ],
        [kit.view(plain), kit.view(window, { shape, strides })],
      );
      const source = new Source();
      const data = [n, shape[0], shape[rank - 1], n].map((k) =>
        source.elements("f32", k)
      );
      add(kit.plan(), data, `[${shape}]`, 2e-7, 4);
    }
  });
}
