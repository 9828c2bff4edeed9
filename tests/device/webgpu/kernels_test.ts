/**
 * The ways in which the kernels of webgpu work that depend on sizes, and what
 * they make of special numbers.
 */
import { assertEquals } from "@std/assert";
import { it } from "node:test";
import { allocate, type TypedArray } from "../../../src/base/dtype.ts";
import { range, type Shape, sizeOf } from "../../../src/base/shape.ts";
import type { Plan, View } from "../../../src/device/plan.ts";
import { convCode } from "../../../src/device/webgpu/conv.ts";
import { TILINGS } from "../../../src/device/webgpu/conv_tiles.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { scatterCode } from "../../../src/device/webgpu/scatter.ts";
import type { ScatterMode } from "../../../src/ir/primitives.ts";
import { findGpu } from "../../support/gpu.ts";
import { PlanKit, Source } from "../plan_kit.ts";
import { declareSuite, type Suite } from "../suite.ts";

const options = await findGpu();
if (options !== null) {
  declareSuite({ name: "webgpu", open: () => openWebgpu(options) }, (suite) => {
    suite.describe("kernels of webgpu", (suite) => {
      longRows(suite);
      scatters(suite);
      windows(suite);
      convolutions(suite);
      tiles(suite);
    });
  });
}

const SPECIAL = Float32Array.of(
  ...[Infinity, -Infinity, 0, -0, 1, 1e-40, -1e-40, NaN],
);

/** Special numbers, and NaNs among them if told so. */
function specials(source: Source, size: number, nans: boolean): TypedArray {
  const count = SPECIAL.length - (nans ? 0 : 1);
  return allocate("f32", size)
    .map(() => SPECIAL[Math.floor(count * source.next())]);
}

function longRows(suite: Suite): void {
  const layouts = [[1, 256, 1], [3, 257, 1], [2, 1000, 3], [300, 300, 1]];
  suite.cases("extremes and sums of long rows", (add) => {
    for (const [outer, red, inner] of layouts) {
      const shape = [outer, red, inner];
      for (const dtype of ["f32", "i32"] as const) {
        const data = new Source(4).elements(dtype, sizeOf(shape));
        for (const op of ["max", "min"] as const) {
          const kit = new PlanKit();
          const x = kit.input(dtype, shape);
          const out = kit.output("i32", [outer, inner]);
          kit.call({ kind: "argreduce", op, outer, red, inner }, [x], [out]);
          add(kit.plan(), [data.map(Math.round)], `arg${op} [${shape}]`);
          if (dtype !== "f32") continue;
          for (const nans of [false, true]) {
            const data = specials(new Source(2), sizeOf(shape), nans);
            add(kit.plan(), [data], `arg${op} of specials [${shape}] ${nans}`);
          }
        }
        for (const reverse of [false, true]) {
          const kit = new PlanKit();
          const x = kit.input(dtype, shape);
          const out = kit.output(dtype, shape);
          kit.call({ kind: "cumsum", outer, red, inner, reverse }, [x], [out]);
          add(kit.plan(), [data], `cumsum [${shape}]`, 1e-6, 4 * red);
        }
      }
    }
  });
}

/** By column, by column, by element, by element, by update, by update. */
const SCATTERS = [
  [1, 1, 12, 4100, 6],
  [3, 1500, 3, 1, 2],
  [1, 1, 7, 3, 40],
  [2, 2, 5, 3, 20],
  [1, 2, 50, 3, 9],
  [2, 1, 30, 2, 20],
];

function scatters(suite: Suite): void {
  const modes: ScatterMode[] = ["set", "add", "min", "max"];
  const plan = (
    mode: ScatterMode,
    [batch, outer, n, inner, count]: readonly number[],
  ): Plan => {
    const kit = new PlanKit();
    kit.input("f32", [batch, outer, n, inner]);
    const indices = kit.input("i32", [batch, count]);
    const updates = kit.input("f32", [batch, outer, count, inner]);
    const out = kit.output("f32", [batch, outer, n, inner], 0);
    kit.call(
      { kind: "scatter", mode, batch, outer, n, inner, count },
      [indices, updates],
      [out],
    );
    return kit.plan();
  };
  it("scatters have an item per column, element or update", () => {
    const items = SCATTERS.map((sizes) => {
      const [step] = plan("set", sizes).steps;
      if (step.step !== "call" || step.kernel.kind !== "scatter") return 0;
      const [batch, outer, , inner] = sizes;
      return scatterCode(step, step.kernel).count / (batch * outer * inner);
    });
    const [[, , n], [, , , , count]] = [SCATTERS[2], SCATTERS[4]];
    assertEquals(items.filter((_, i) => i % 2 === 0), [1, n, count]);
  });
  suite.cases("scatters of few and many updates", (add) => {
    for (const sizes of SCATTERS) {
      const [batch, outer, n, inner, count] = sizes;
      for (const mode of modes) {
        for (const nans of mode === "add" ? [false] : [false, true]) {
          const source = new Source(5);
          const inputs = [
            batch * outer * n * inner,
            batch * outer * count * inner,
          ]
            .map((size) =>
              nans ? specials(source, size, true) : source.elements("f32", size)
            );
          const indices = source.elements("i32", batch * count, -1, n + 1);
          add(
            plan(mode, sizes),
            [inputs[0], indices, inputs[1]],
            `scatter ${mode} [${sizes}] ${nans}`,
            1e-6,
            4,
          );
        }
      }
    }
  });
}

function windows(suite: Suite): void {
  suite.cases("windows of special numbers, in strides that go back", (add) => {
    const sliding = {
      window: [2, 3],
      places: [4, 3],
      strides: [1, 2],
      dilation: [2, 1],
    };
    for (const op of ["max", "min"] as const) {
      for (const nans of [false, true]) {
        const kit = new PlanKit();
        const x = kit.input("f32", [7, 3, 9]);
        const out = kit.output("f32", [3, 4, 3]);
        const place = kit.output("i32", [3, 4, 3]);
        const view = kit.view(x, {
          shape: [3, 7, 9],
          strides: [9, 27, -1],
          offset: 8,
        });
        kit.call({ kind: "reduceWindow", op, ...sliding }, [view], [out]);
        kit.call(
          { kind: "argWindow", op, ...sliding, lo: [1, -1], whole: [6, 9] },
          [view],
          [place],
        );
        add(kit.plan(), [specials(new Source(), 189, nans)], `${op} ${nans}`);
      }
    }
  });
}

function permuted(view: View, perm: readonly number[]): View {
  return {
    ...view,
    shape: perm.map((i) => view.shape[i]),
    strides: perm.map((i) => view.strides[i]),
  };
}

/** Groups, samples, features, outputs, places and window on both axes. */
const CONVOLUTIONS = [
  [2, 1, 2, 3, 2, 2],
  [1, 3, 8, 5, 3, 5],
  [1, 2, 50, 3, 1, 12],
  [2, 40, 8, 33, 6, 3],
  [1, 20, 51, 64, 1, 12],
  [1, 33, 4, 64, 16, 3],
  [1, 131, 17, 5, 16, 3],
];

function convolution(
  [g, b, f, o, places, window]: readonly number[],
  swapped: boolean,
): Plan {
  const kit = new PlanKit();
  const size = places + window;
  const x = kit.input("f32", [g, ...swapped ? [f, b] : [b, f], size, size]);
  const w = kit.input("f32", [g, o, f, window, window]);
  const out = kit.output("f32", [b, g, o, places, places]);
  kit.call(
    {
      kind: "conv",
      window: [window, window],
      places: [places, places],
      strides: [1, 1],
      dilation: [1, 1],
    },
    [
      permuted(kit.view(x), swapped ? [0, 2, 1, 3, 4] : range(5)),
      kit.view(w),
    ],
    [permuted(kit.view(out), [1, 0, 2, 3, 4])],
  );
  return kit.plan();
}

function convolutions(suite: Suite): void {
  it("convolutions are done in every way", () => {
    const ways = new Set(CONVOLUTIONS.map((sizes) => {
      const [step] = convolution(sizes, false).steps;
      if (step.step !== "call" || step.kernel.kind !== "conv") return "";
      const made = convCode(step, step.kernel);
      const [code, cuts] = "kind" in made
        ? [made, ""]
        : [made[0].code, "in cuts "];
      return code.kind === "items" ? "items" : cuts + code.shared[0][1];
    }));
    // Two tilings are tried in cuts, too.
    assertEquals(ways.size, 1 + TILINGS.length + 2, [...ways].join("; "));
  });
  suite.cases("convolutions of all sizes", (add) => {
    for (const sizes of CONVOLUTIONS) {
      const [, , f, , , window] = sizes;
      for (const swapped of [false, true]) {
        const plan = convolution(sizes, swapped);
        const source = new Source(3);
        const inputs = plan.inputs.map(({ shape }) =>
          source.elements("f32", sizeOf(shape), -1, 1)
        );
        const scale = Math.sqrt(f * window * window);
        add(plan, inputs, `conv [${sizes}] ${swapped}`, 2e-6, scale);
      }
    }
  });
}

function tiles(suite: Suite): void {
  /** Groups, samples, outputs, features, rows, columns. */
  const layouts: Shape[] = [
    [1, 1, 1, 1, 2, 2],
    [2, 2, 70, 3, 8, 8],
    // Enough for large parts.
    [2, 20, 40, 5, 16, 18],
  ];
  suite.cases("convolutions by tiles, few and many", (add) => {
    for (const [g, b, o, f, rows, columns] of layouts) {
      const kit = new PlanKit();
      const x = kit.input("f32", [f, g, b, rows + 2, columns + 3]);
      const w = kit.input("f32", [g, o, f, 3, 3]);
      const u = kit.output("f32", [g, 16, o, f]);
      const out = kit.output("f32", [b, g, o, rows, columns]);
      kit.call({ kind: "winogradWeights" }, [w], [u]);
      kit.call(
        { kind: "winograd" },
        [permuted(kit.view(x), [1, 2, 0, 3, 4]), u],
        [permuted(kit.view(out), [1, 0, 2, 3, 4])],
      );
      const plan = kit.plan();
      const source = new Source(8);
      const inputs = plan.inputs.map(({ shape }) =>
        source.elements("f32", sizeOf(shape), -1, 1)
      );
      const what = `[${[g, b, o, f, rows, columns]}]`;
      add(plan, inputs, what, 2e-6, Math.sqrt(9 * f));
    }
  });
}
