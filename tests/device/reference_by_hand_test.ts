/**
 * Kernels of the reference device against results worked out by hand: it is
 * what all other devices are compared with, so it needs a judge of its own.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import type { TypedArray } from "../../src/base/dtype.ts";
import type { Kernel } from "../../src/device/plan.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import type { ScatterMode } from "../../src/ir/primitives.ts";
import { runPlan } from "./compare.ts";
import { PlanKit } from "./plan_kit.ts";

const f32 = (...values: number[]) => Float32Array.from(values);
const i32 = (...values: number[]) => Int32Array.from(values);

/** Runs one kernel on arrays of one axis; the result has `size` elements. */
async function run(
  kernel: Kernel,
  inputs: readonly TypedArray[],
  size: number,
  dtype: "f32" | "i32" = "f32",
): Promise<number[]> {
  const kit = new PlanKit();
  const reads = inputs.map((data) =>
    kit.input(data instanceof Float32Array ? "f32" : "i32", [data.length])
  );
  kit.call(kernel, reads, [kit.output(dtype, [size])]);
  const [out] = await runPlan(openReference(), kit.plan(), inputs);
  return [...out];
}

/** Scatters into both halves of `x`, which are rows. */
async function scatter(
  mode: ScatterMode,
  x: readonly number[],
  indices: readonly number[],
  updates: readonly number[],
): Promise<number[]> {
  const kit = new PlanKit();
  kit.input("f32", [x.length]);
  const places = kit.input("i32", [indices.length]);
  const values = kit.input("f32", [updates.length]);
  const out = kit.output("f32", [x.length], 0);
  const sizes = { batch: 1, outer: 2, n: x.length / 2, inner: 1 };
  kit.call(
    { kind: "scatter", mode, ...sizes, count: indices.length },
    [places, values],
    [out],
  );
  const inputs = [f32(...x), i32(...indices), f32(...updates)];
  const [result] = await runPlan(openReference(), kit.plan(), inputs);
  return [...result];
}

describe("the reference device by hand", () => {
  it("scatters in order, and drops what is outside", async () => {
    // 3 would be the first place of the next row.
    const places = [0, 2, -1, 3, 2];
    const updates = [10, 20, 30, 40, 5, 6, 7, 8, 9, -1];
    const x = [1, 2, 3, 4, 5, 6];
    const apply = (mode: ScatterMode) => scatter(mode, x, places, updates);
    assertEquals(await apply("set"), [10, 2, 5, 6, 5, -1]);
    assertEquals(await apply("add"), [11, 2, 28, 10, 5, 12]);
    assertEquals(await apply("max"), [10, 2, 20, 6, 5, 7]);
    assertEquals(await apply("min"), [1, 2, 3, 4, 5, -1]);
  });
  it("gathers, and clamps what is outside", async () => {
    const sizes = { batch: 1, outer: 2, n: 3, inner: 1, count: 4 };
    assertEquals(
      await run(
        { kind: "gather", ...sizes },
        [f32(1, 2, 3, 4, 5, 6), i32(2, -5, 3, 1)],
        8,
      ),
      [3, 1, 3, 2, 6, 4, 6, 5],
    );
  });
  it("finds the first extreme, and NaN before any", async () => {
    const sizes = { outer: 2, red: 4, inner: 1 };
    const x = f32(1, 7, 7, 0, 3, NaN, 9, -1);
    const find = (op: "max" | "min") =>
      run({ kind: "argreduce", op, ...sizes }, [x], 2, "i32");
    assertEquals(await find("max"), [1, 1]);
    assertEquals(await find("min"), [3, 1]);
  });
  it("adds up along an axis, from either end", async () => {
    const sizes = { outer: 2, red: 2, inner: 2 };
    const x = f32(1, 2, 3, 4, 5, 6, 7, 8);
    const sums = (reverse: boolean) =>
      run({ kind: "cumsum", ...sizes, reverse }, [x], 8);
    assertEquals(await sums(false), [1, 2, 4, 6, 5, 6, 12, 14]);
    assertEquals(await sums(true), [4, 6, 3, 4, 12, 14, 7, 8]);
  });
});
