/**
 * Conformance of choices, and of loops that end when a word says so.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { TypedArray } from "../../src/base/dtype.ts";
import { DeviceError } from "../../src/base/errors.ts";
import type { BinaryOp, CompareOp } from "../../src/ir/primitives.ts";
import type { Instruction, Kernel } from "../../src/device/plan.ts";
import { runPlan } from "./compare.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

const constant = (value: number): Instruction => ({
  op: "constant",
  dtype: "f32",
  value,
});

/** `x op value` for n elements. */
function withNumber(n: number, fn: BinaryOp, value: number): Kernel {
  const instructions: Instruction[] = [
    constant(value),
    { op: "binary", fn, dtype: "f32", args: [0, 1] },
  ];
  return { kind: "map", shape: [n], instructions, results: [2] };
}

function compareTo(fn: CompareOp, value: number): Kernel {
  const instructions: Instruction[] = [
    constant(value),
    { op: "compare", fn, dtype: "f32", args: [0, 1] },
  ];
  return { kind: "map", shape: [1], instructions, results: [2] };
}

const copy = (n: number): Kernel => ({
  kind: "map",
  shape: [n],
  instructions: [],
  results: [0],
});

/** Doubles numbers as long as the first is below `limit`. */
function doubling(n: number, limit: number, most: number | null) {
  const kit = new PlanKit();
  const x = kit.input("f32", [n]);
  const out = kit.output("f32", [n]);
  const flag = kit.temporary("bool", [1]);
  kit.call(copy(n), [x], [out]);
  kit.whileLoop(
    flag,
    most,
    () => {
      const first = kit.view(out, { shape: [1] });
      kit.call(compareTo("lt", limit), [first], [flag]);
    },
    () => kit.call(withNumber(n, "mul", 2), [out], [out]),
  );
  return kit.plan();
}

/** Checks of branches and of loops without a count. */
export function conformFlow(suite: Suite): void {
  suite.describe("choices", (suite) => {
    suite.cases("run one branch, of a clamped number", (add) => {
      for (const n of [1, 7, 64]) {
        for (const index of [-9, -1, 0, 1, 2, 3, 2 ** 31 - 1]) {
          const kit = new PlanKit();
          const x = kit.input("f32", [n]);
          const i = kit.input("i32", []);
          const out = kit.output("f32", [n]);
          const between = kit.temporary("f32", [n]);
          kit.branch(i, [
            () => kit.call(withNumber(n, "add", 1), [x], [between]),
            () => {
              kit.call(withNumber(n, "mul", 3), [x], [between]);
              kit.call(withNumber(n, "sub", 5), [between], [between]);
            },
            () => kit.call(withNumber(n, "min", 0.5), [x], [between]),
          ]);
          kit.call(withNumber(n, "mul", 2), [between], [out]);
          const data = new Source(n).elements("f32", n);
          add(kit.plan(), [data, Int32Array.of(index)], `branch ${index}`);
        }
      }
    });
    suite.cases("are made inside each other, and in each turn", (add) => {
      const [turns, n] = [6, 20];
      const kit = new PlanKit();
      const x = kit.input("f32", [n]);
      const choices = kit.input("i32", [turns, 2]);
      const out = kit.output("f32", [n]);
      const trace = kit.output("f32", [turns, n]);
      const steps = [{ loop: 3, bytes: 8 }];
      const [first, second] = [0, 1].map((at) =>
        kit.part(choices, [], at, steps)
      );
      const row = kit.part(trace, [n], 0, [{ loop: 3, bytes: 4 * n }]);
      kit.call(copy(n), [x], [out]);
      kit.loop(3, turns, () => {
        kit.branch(first, [
          () =>
            kit.branch(second, [
              () => kit.call(withNumber(n, "add", 1), [out], [out]),
              () => kit.call(withNumber(n, "mul", -2), [out], [out]),
            ]),
          () => {},
          () => kit.call(withNumber(n, "max", 0), [out], [out]),
        ]);
        kit.call(copy(n), [out], [row]);
      });
      const data = new Source(3).elements("f32", n);
      const numbers = Int32Array.from([0, 0, 0, 1, 1, 0, 2, 7, 0, -3, 9, 1]);
      add(kit.plan(), [data, numbers], "nested branches");
    });
    // Kernels in which invocations work together, under a choice.
    suite.cases("run kernels of all kinds, or not", (add) => {
      for (const index of [0, 1]) {
        const kit = new PlanKit();
        const [rows, n] = [3, 600];
        const x = kit.input("f32", [rows, n]);
        const w = kit.input("f32", [n, 40]);
        const i = kit.input("i32", []);
        const sums = kit.output("f32", [rows]);
        const running = kit.output("f32", [rows, n]);
        const places = kit.output("i32", [rows, n]);
        const product = kit.output("f32", [rows, 40]);
        const view = { shape: [rows, n, 1] };
        kit.branch(i, [
          () => {
            for (const out of [sums, running, product]) {
              const size = out === sums
                ? rows
                : out === running
                ? rows * n
                : rows * 40;
              kit.call(
                {
                  kind: "map",
                  shape: [size],
                  instructions: [constant(size)],
                  results: [0],
                },
                [],
                [kit.view(out, { shape: [size] })],
              );
            }
            kit.call(
              {
                kind: "map",
                shape: [rows, n],
                instructions: [{ op: "index", dtype: "i32", axis: 1 }],
                results: [0],
              },
              [],
              [places],
            );
          },
          () => {
            kit.call(
              {
                kind: "reduce",
                op: "max",
                shape: [rows, n],
                axes: [1],
                instructions: [],
                result: 0,
              },
              [x],
              [sums],
            );
            kit.call(
              { kind: "cumsum", outer: rows, red: n, inner: 1, reverse: false },
              [kit.view(x, view)],
              [kit.view(running, view)],
            );
            kit.call({ kind: "sort", rows, n }, [x], [places]);
            kit.call(
              { kind: "dot", b: 1, m: rows, n: 40, k: n, packed: false },
              [
                kit.view(x, { shape: [1, rows, n] }),
                kit.view(w, { shape: [1, n, 40] }),
              ],
              [kit.view(product, { shape: [1, rows, 40] })],
            );
          },
        ]);
        const source = new Source(7);
        const data = source.elements("f32", rows * n, -1, 1);
        const weights = source.elements("f32", n * 40, -1, 1);
        const inputs = [data, weights, Int32Array.of(index)];
        add(kit.plan(), inputs, `kernels of branch ${index}`, 3e-6, 40);
      }
    });
  });
  suite.describe("loops that end by themselves", (suite) => {
    suite.cases("stop in time, at once, or at their limit", (add) => {
      for (const n of [1, 6, 64]) {
        for (const [limit, most] of [[100, 12], [0.5, 12], [1e6, 3], [9, 0]]) {
          const data: TypedArray = new Source(n).elements("f32", n, 1, 2);
          add(doubling(n, limit, most), [data], `below ${limit}, ${most}`);
        }
      }
    });
    suite.cases("run inside each other", (add) => {
      const n = 5;
      const kit = new PlanKit();
      const x = kit.input("f32", [n]);
      const i = kit.input("i32", [3]);
      const out = kit.output("f32", [3, n]);
      const now = kit.temporary("f32", [n]);
      const inner = kit.temporary("bool", [1]);
      const outer = kit.temporary("bool", [1]);
      const first = kit.view(now, { shape: [1] });
      const last = kit.view(now, { shape: [1], offset: n - 1 });
      const choice = kit.part(i, [], 0, [{ loop: 0, bytes: 4 }]);
      const row = kit.part(out, [n], 0, [{ loop: 0, bytes: 4 * n }]);
      kit.loop(0, 3, () => {
        kit.call(copy(n), [x], [now]);
        kit.branch(choice, [
          () => {},
          () =>
            kit.whileLoop(
              outer,
              4,
              () => kit.call(compareTo("lt", 60), [last], [outer]),
              () => {
                kit.whileLoop(
                  inner,
                  5,
                  () => kit.call(compareTo("lt", 10), [first], [inner]),
                  () => kit.call(withNumber(n, "mul", 3), [now], [now]),
                );
                kit.call(withNumber(n, "sub", 6), [now], [now]);
              },
            ),
        ]);
        kit.call(copy(n), [now], [row]);
      });
      const data = Float32Array.of(1, 2, 3, 4, 5);
      add(kit.plan(), [data, Int32Array.of(1, 0, 1)], "nested while");
    });
    suite.it("run without a limit, or say why they cannot", async (device) => {
      const plan = doubling(3, 1000, null);
      if (device.info.name === "webgpu") {
        assertThrows(
          () => device.compile(plan),
          DeviceError,
          'Cannot compile a while loop for "webgpu": it has no maxSteps, and ' +
            "a GPU gets all turns at once, which nobody ends early, expected " +
            "the most turns it may take: pass { maxSteps: n } to whileLoop",
        );
        return;
      }
      const [out] = await runPlan(device, plan, [Float32Array.of(1, 2, 3)]);
      assertEquals([...out], [1024, 2048, 3072]);
    });
  });
}
