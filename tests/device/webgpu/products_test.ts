/** Products that go through the fused loop that follows them. */
import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import type { Instruction } from "../../../src/device/plan.ts";
import { HARDWARE, SOFTWARE } from "../../../src/device/webgpu/mod.ts";
import { Products } from "../../../src/device/webgpu/products.ts";
import { tasksOf } from "../../../src/device/webgpu/tasks.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { check } from "../compare.ts";
import { PlanKit, Source } from "../plan_kit.ts";

/** Where the loop stores what it makes of the product. */
type Into = "an output" | "the product" | "the left operand" | "the row";

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly into: Into;
  /** Whether the product is read once more afterwards. */
  readonly again?: boolean;
}

/** `out = (x @ y + row) * index`, and maybe the product's square. */
function planOf({ m, n, k, into, again = false }: Case) {
  const kit = new PlanKit();
  const x = kit.input("f32", [1, m, k]);
  const y = kit.input("f32", [1, k, n]);
  const row = kit.input("f32", [n]);
  const out = kit.output("f32", [m, n]);
  const square = again ? kit.output("f32", [m * n]) : -1;
  const left = kit.temporary("f32", [1, m, k]);
  const product = kit.temporary("f32", [1, m, n]);
  const spread = kit.temporary("f32", [m, n]);
  const flat = (buffer: number, size: number) =>
    kit.view(buffer, { shape: [size], strides: [1] });
  const copy = (from: number, to: number, size: number) =>
    kit.call(
      { kind: "map", shape: [size], instructions: [], results: [0] },
      [flat(from, size)],
      [flat(to, size)],
    );
  copy(x, left, m * k);
  kit.call(
    { kind: "map", shape: [m, n], instructions: [], results: [0] },
    [kit.view(row, { shape: [m, n], strides: [0, 1] })],
    [spread],
  );
  kit.call({ kind: "dot", b: 1, m, n, k, packed: false }, [left, y], [product]);
  const grid = (buffer: number) => kit.view(buffer, { shape: [m, n] });
  const target = {
    "an output": out,
    "the product": product,
    "the left operand": left,
    "the row": spread,
  }[into];
  const instructions: Instruction[] = [
    { op: "binary", fn: "add", dtype: "f32", args: [0, 1] },
    { op: "index", dtype: "f32", axis: 1 },
    { op: "binary", fn: "mul", dtype: "f32", args: [2, 3] },
  ];
  kit.call(
    { kind: "map", shape: [m, n], instructions, results: [4] },
    [grid(product), spread],
    [grid(target)],
  );
  if (again) {
    kit.call(
      {
        kind: "map",
        shape: [m * n],
        instructions: [
          { op: "unary", fn: "square", dtype: "f32", args: [0] },
        ],
        results: [1],
      },
      [flat(product, m * n)],
      [square],
    );
  }
  if (into !== "an output") copy(target, out, m * n);
  return kit.plan();
}

/** Calls of each task once products were joined. */
function joined(c: Case): string[] {
  const { tasks } = tasksOf(planOf(c), HARDWARE);
  return new Products(HARDWARE).fuse(tasks)
    .filter(({ calls }) => calls.some(({ kernel }) => kernel.kind === "dot"))
    .map(({ calls, operands }) =>
      `${calls.map(({ kernel }) => kernel.kind).join("+")} ${operands.length}`
    );
}

describe("products that go on", () => {
  const sizes = { m: 5, n: 7, k: 3 };
  it("are stored only if somebody else reads them", () => {
    assertEquals(joined({ ...sizes, into: "an output" }), ["dot+map 4"]);
    assertEquals(joined({ ...sizes, into: "an output", again: true }), [
      "dot+map 5",
    ]);
    assertEquals(joined({ ...sizes, into: "the product" }), ["dot+map 4"]);
    assertEquals(joined({ ...sizes, into: "the row" }), ["dot+map 4"]);
  });
  it("do not overwrite what is still being multiplied", () => {
    const square = { m: 5, n: 5, k: 5 };
    assertEquals(joined({ ...square, into: "the left operand" }), ["dot 3"]);
  });
});

const options = await findGpu();
if (options !== null) {
  describe("products that go on, on a GPU", () => {
    for (const [name, tuning] of Object.entries({ HARDWARE, SOFTWARE })) {
      const what = `give what they give apart: ${name.toLowerCase()}`;
      // GPUs in software compile for seconds.
      it(what, { timeout: 60_000 }, async () => {
        const device = await openWebgpu(options, tuning);
        const source = new Source();
        const shapes = [[5, 7, 3], [33, 10, 40], [70, 70, 300], [2, 3, 500], [
          130,
          129,
          20,
        ]];
        for (const [m, n, k] of shapes) {
          const cases: Case[] = [
            { m, n, k, into: "an output" },
            { m, n, k, into: "an output", again: true },
            { m, n, k, into: "the product" },
            { m, n, k, into: "the row" },
          ];
          const data = [m * k, k * n, n].map((size) =>
            source.elements("f32", size, -1, 1)
          );
          for (const c of cases) {
            const what = JSON.stringify(c);
            await check(device, planOf(c), data, what, 1e-6, 4 * n * k);
          }
        }
        device.dispose?.();
      });
    }
  });
}
