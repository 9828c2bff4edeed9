/**
 * Generated code gives what the reference device gives, for every function and
 * every way to address memory.
 */
import { assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import type { DType } from "../../../src/base/dtype.ts";
import { DeviceError } from "../../../src/base/errors.ts";
import { range, sizeOf } from "../../../src/base/shape.ts";
import { compileWasm } from "../../../src/device/wasm/kernels.ts";
import { openWasm } from "../../../src/device/wasm/mod.ts";
import type { Instruction, Plan } from "../../../src/device/plan.ts";
import { PlanKit, type ViewOptions } from "../plan_kit.ts";
import { check } from "../compare.ts";
import { VARIANTS } from "./bed.ts";

const SPECIAL = [0, -0, 1, -1, 0.5, 1e-30, -1e-3, 88, -90, 5, 1e30, Infinity];

function words(n: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(range(n), (i) => {
    const round = Math.floor(i / SPECIAL.length);
    return SPECIAL[i % SPECIAL.length] * (1 + round / 7) - round / 3;
  });
}

/** Checks a Plan on both variants; floats may be off by a few units. */
async function conforms(plan: Plan, what: string): Promise<void> {
  for (const variant of VARIANTS) {
    const inputs = plan.inputs.map(({ shape }) => words(sizeOf(shape)));
    const device = openWasm({ variant });
    await check(device, plan, inputs, `${what} ${variant}`, 1e-6, 2);
  }
}

/** A fused loop over two operands. */
function loop(
  shape: readonly number[],
  instructions: readonly Instruction[],
  left: ViewOptions & { readonly size?: number } = {},
  dtype: DType = "f32",
): Plan {
  const kit = new PlanKit();
  const whole = left.size === undefined ? shape : [left.size];
  const a = kit.input("f32", whole);
  const b = kit.input("f32", shape);
  const out = kit.output(dtype, shape);
  const result = 1 + instructions.length;
  kit.call(
    { kind: "map", shape, instructions, results: [result] },
    [kit.view(a, { ...left, shape }), b],
    [out],
  );
  return kit.plan();
}

const f32 = "f32" as const;

describe("generated code", () => {
  for (
    const fn of [
      ...["neg", "abs", "sign", "floor", "ceil", "round", "exp", "expm1"],
      ...["log", "log1p", "sin", "tanh", "sigmoid", "sqrt", "rsqrt", "erf"],
      ...["reciprocal", "square"],
    ] as const
  ) {
    it(`computes ${fn} inside a loop`, async () => {
      for (const n of [1, 3, 4, 7, 8, 37]) {
        const plan = loop([n], [
          { op: "binary", fn: "sub", dtype: f32, args: [0, 1] },
          { op: "unary", fn, dtype: f32, args: [0] },
          { op: "binary", fn: "add", dtype: f32, args: [3, 2] },
        ]);
        await conforms(plan, `${fn} of ${n}`);
      }
    });
  }
  it("computes masks, selections, casts and constants", async () => {
    const plan = loop([5, 7], [
      { op: "compare", fn: "lt", dtype: f32, args: [0, 1] },
      { op: "unary", fn: "isnan", dtype: f32, args: [0] },
      { op: "binary", fn: "or", dtype: "bool", args: [2, 3] },
      { op: "unary", fn: "not", dtype: "bool", args: [4] },
      { op: "constant", dtype: f32, value: -0 },
      { op: "select", dtype: f32, args: [5, 0, 6] },
      { op: "cast", from: "bool", to: f32, args: [2] },
      { op: "binary", fn: "pow", dtype: f32, args: [7, 8] },
      { op: "affine", scale: 1 / 3, shift: 0.1, args: [9] },
      { op: "index", dtype: f32, axis: 1 },
      { op: "binary", fn: "mul", dtype: f32, args: [11, 10] },
    ]);
    await conforms(plan, "masks");
  });
  it("reads rows, columns, transposes, reverses and single elements", async () => {
    const sum: Instruction[] = [
      { op: "unary", fn: "tanh", dtype: f32, args: [0] },
      { op: "binary", fn: "mul", dtype: f32, args: [2, 1] },
    ];
    for (const [m, n] of [[3, 2], [4, 5], [9, 32], [33, 10]]) {
      const shape = [m, n];
      const size = m * n;
      for (
        const [strides, offset] of [
          [[n, 1], 0],
          [[0, 1], 0],
          [[1, 0], 0],
          [[0, 0], 0],
          [[1, m], 0],
          [[-n, -1], size - 1],
        ] as const
      ) {
        const plan = loop(shape, sum, { strides, offset, size });
        await conforms(plan, `${shape} by ${strides}`);
      }
    }
  });
  it("is refused with the reason when the engine does not compile", () => {
    assertThrows(
      () =>
        compileWasm("a generated program", new Uint8Array(1), () => {
          throw new Error("blocked by policy");
        }),
      DeviceError,
      "Cannot compile a generated program: blocked by policy",
    );
  });
});
