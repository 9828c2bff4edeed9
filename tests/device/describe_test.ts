/** How calls of a Plan are named in reports. */
import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { describeCall } from "../../src/device/describe.ts";
import type { Call, Instruction, Kernel } from "../../src/device/plan.ts";
import { PlanKit, type ViewOptions } from "./plan_kit.ts";

function callOf(
  kernel: Kernel,
  reads: readonly ViewOptions[],
  write: ViewOptions,
): Call {
  const kit = new PlanKit();
  const inputs = reads.map((view) =>
    kit.view(kit.input("f32", [4096]), { shape: [4096], ...view })
  );
  const output = kit.view(kit.output("f32", [4096]), write);
  kit.call(kernel, inputs, [output]);
  const [call] = kit.plan().steps;
  if (call.step !== "call") throw new Error("not a call");
  return call;
}

const binary = (fn: "add" | "sub" | "mul" | "max", a: number, b: number) =>
  ({ op: "binary", fn, dtype: "f32", args: [a, b] }) as const;

function map(instructions: readonly Instruction[], reads: number): string {
  const shape = [8, 4];
  const results = [reads + instructions.length - 1];
  const kernel = { kind: "map", shape, instructions, results } as const;
  const views = new Array<ViewOptions>(reads).fill({ shape });
  return describeCall(callOf(kernel, views, { shape })).name;
}

describe("describeCall()", () => {
  it("names the sizes and the form of a product, and counts it", () => {
    const kernel = {
      kind: "dot",
      b: 1,
      m: 8,
      n: 16,
      k: 4,
      packed: false,
    } as const;
    const a = { shape: [1, 8, 4] };
    const stored = { shape: [1, 16, 4] };
    const transposed = { shape: [1, 4, 16], strides: [64, 1, 4] };
    const out = { shape: [1, 8, 16] };
    const work = describeCall(callOf(kernel, [a, transposed], out));
    assertEquals(work, {
      name: "dot 8x16x4 nt",
      flops: 2 * 8 * 16 * 4,
      bytes: 4 * (8 * 4 + 4 * 16 + 8 * 16),
    });
    const batch = callOf({ ...kernel, b: 3, m: 16, n: 8 }, [
      { shape: [3, 16, 4], strides: [64, 1, 16] },
      { shape: [3, 4, 8] },
    ], { shape: [3, 16, 8] });
    assertEquals(describeCall(batch).name, "dot 3 of 16x8x4 tn");
    assertEquals(stored.shape.length, 3);
  });
  it("names windows, and counts a convolution", () => {
    const places = [2, 2];
    const windows = {
      window: [3, 3],
      places,
      strides: [2, 2],
      dilation: [1, 1],
    };
    const work = describeCall(callOf({ kind: "conv", ...windows }, [
      { shape: [1, 2, 3, 5, 5] },
      { shape: [1, 4, 3, 3, 3] },
    ], { shape: [1, 2, 4, ...places] }));
    assertEquals(work.name, "conv 3x3 every 2,2 to 2x2, 2x3->4");
    assertEquals(work.flops, 2 * (2 * 4 * 4) * (3 * 9));
    const pool = callOf({ kind: "reduceWindow", op: "max", ...windows }, [
      { shape: [6, 5, 5] },
    ], { shape: [6, ...places] });
    assertEquals(describeCall(pool).name, "max of 3x3 to 2x2 of f32[6,5,5]");
  });
  it("shows a fused loop as a formula of its operands", () => {
    assertEquals(
      map([binary("sub", 0, 1), binary("mul", 2, 0)], 2),
      "map f32[8,4]: (a - b) * a",
    );
    const constant = { op: "constant", dtype: "f32", value: 0.1 } as const;
    assertEquals(
      map([constant, binary("max", 0, 1)], 1),
      "map f32[8,4]: max(a, 0.1)",
    );
    assertEquals(map([], 1), "map f32[8,4]: a");
    const affine = { op: "affine", scale: 2, shift: -1, args: [0] } as const;
    assertEquals(map([affine], 1), "map f32[8,4]: a * 2 + -1");
    assertEquals(
      map([binary("add", 0, 1), binary("add", 0, 1), binary("mul", 2, 3)], 2),
      "map f32[8,4]: (a + b) * (a + b)",
    );
  });
  it("counts the operations of a long one", () => {
    const chain = Array.from(
      { length: 12 },
      (_, i) => i % 3 === 0 ? binary("mul", i + 1, 0) : binary("add", i + 1, 0),
    );
    assertEquals(
      map([{ op: "unary", fn: "exp", dtype: "f32", args: [0] }, ...chain], 1),
      "map f32[8,4]: 8 add, 4 mul, exp",
    );
  });
  it("counts repeated elements once", () => {
    const shape = [8, 4];
    const kernel = {
      kind: "reduce",
      op: "sum",
      shape,
      axes: [1],
      instructions: [binary("mul", 0, 1)],
      result: 2,
    } as const;
    const row = { shape, strides: [0, 1] };
    const work = describeCall(callOf(kernel, [{ shape }, row], { shape: [8] }));
    assertEquals(work, {
      name: "sum f32[8,4] over 1: a * b",
      flops: 0,
      bytes: 4 * (32 + 4 + 8),
    });
  });
  it("names the other kernels with their sizes", () => {
    const names = ([
      [{ kind: "argreduce", op: "max", outer: 4, red: 3, inner: 1 }, [4, 3, 1]],
      [
        { kind: "cumsum", outer: 2, red: 3, inner: 4, reverse: false },
        [2, 3, 4],
      ],
      [
        { kind: "gather", batch: 1, outer: 1, n: 9, inner: 2, count: 5 },
        [1, 1, 9, 2],
      ],
      [{ kind: "dynamicSlice", batch: 1, shape: [9], sizes: [2] }, [1, 9]],
    ] as const).map(([kernel, shape]) =>
      describeCall(callOf(kernel, [{ shape }], { shape })).name
    );
    assertEquals(names, [
      "argmax f32[4,3,1]",
      "cumsum f32[2,3,4]",
      "gather 5 of f32[1,1,9,2]",
      "dynamicSlice [2] of f32[1,9]",
    ]);
    const written = ([
      [
        {
          kind: "scatter",
          mode: "add",
          batch: 1,
          outer: 1,
          n: 9,
          inner: 2,
          count: 5,
        },
        [1, 1, 9, 2],
      ],
      [
        { kind: "dynamicUpdateSlice", batch: 1, shape: [9], sizes: [2] },
        [1, 9],
      ],
      [
        {
          kind: "random",
          batch: 2,
          params: {
            draw: { kind: "bits", shape: [6] },
            path: [],
            partitionable: true,
          },
        },
        [2, 6],
      ],
    ] as const).map(([kernel, shape]) =>
      describeCall(callOf(kernel, [], { shape })).name
    );
    assertEquals(written, [
      "scatter add 5 into f32[1,1,9,2]",
      "dynamicUpdateSlice [2] into f32[1,9]",
      "random bits f32[2,6] of 2 keys",
    ]);
  });
});
