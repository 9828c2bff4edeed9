/**
 * Conformance of convolutions and of reductions over windows, at sizes around
 * the width of vectors and of panels.
 */
import { range, sizeOf } from "../../src/base/shape.ts";
import type { View, Windows } from "../../src/device/plan.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Add, Suite } from "./declare.ts";

/** The room that windows take on each axis, and `more`. */
function room({ window, places, strides, dilation }: Windows, more: number) {
  return places.map((n, i) =>
    (n - 1) * strides[i] + (window[i] - 1) * dilation[i] + 1 + more
  );
}

function permuted(view: View, perm: readonly number[]): View {
  return {
    ...view,
    shape: perm.map((i) => view.shape[i]),
    strides: perm.map((i) => view.strides[i]),
  };
}

const WINDOWS: readonly Windows[] = [
  { window: [3, 3], places: [4, 4], strides: [1, 1], dilation: [1, 1] },
  { window: [3, 2], places: [5, 7], strides: [1, 2], dilation: [2, 1] },
  { window: [1, 1], places: [1, 1], strides: [1, 1], dilation: [1, 1] },
  { window: [2, 2], places: [3, 6], strides: [2, 2], dilation: [1, 1] },
  { window: [4, 9], places: [1, 2], strides: [1, 1], dilation: [1, 1] },
  { window: [5], places: [19], strides: [3], dilation: [2] },
  { window: [17], places: [3], strides: [1], dilation: [1] },
  {
    window: [2, 1, 3],
    places: [2, 3, 2],
    strides: [1, 2, 1],
    dilation: [1, 1, 1],
  },
  { window: [3, 3], places: [29, 23], strides: [1, 1], dilation: [1, 1] },
  { window: [], places: [], strides: [], dilation: [] },
];

/** Checks of convolutions and windows. */
export function conformWindows(suite: Suite): void {
  suite.describe("windows", (suite) => {
    // Groups, samples, features, outs; the last also with transposed views.
    const sizes = [
      [1, 1, 1, 1],
      [1, 2, 3, 5],
      [3, 2, 2, 2],
      [1, 9, 5, 17],
      [2, 3, 34, 3],
    ];
    const turns = ["as it is", "samples within features"] as const;
    suite.cases("convolves", (add) => {
      for (const windows of WINDOWS) {
        const few = sizeOf(windows.places) > 512;
        for (const size of few ? sizes.slice(0, 3) : sizes) {
          for (const turn of turns) convolve(add, windows, size, turn);
        }
      }
    });
    suite.cases("reduces, and finds the first extremes", (add) => {
      for (const windows of WINDOWS) {
        for (const rows of [1, 3]) {
          for (const op of ["sum", "max", "min"] as const) {
            const whole = room(windows, 1);
            const kit = new PlanKit();
            const x = kit.input("f32", [rows, ...whole]);
            const out = kit.output("f32", [rows, ...windows.places]);
            kit.call({ kind: "reduceWindow", op, ...windows }, [x], [out]);
            // Few different elements, so that some tie.
            const data = new Source().elements("f32", rows * sizeOf(whole))
              .map((v) => Math.round(2 * v));
            if (op !== "sum") {
              const place = kit.output("i32", [rows, ...windows.places]);
              const lo = whole.map((_, i) => i - 1);
              kit.call(
                { kind: "argWindow", op, lo, whole, ...windows },
                [x],
                [place],
              );
              data.fill(op === "max" ? -Infinity : NaN, 0, data.length / 2);
            }
            add(kit.plan(), [data], `${op} of [${windows.window}]`);
          }
        }
      }
    });
  });
}

function convolve(
  add: Add,
  windows: Windows,
  [g, b, f, o]: readonly number[],
  turn: "as it is" | "samples within features",
): void {
  const rank = windows.window.length;
  const space = range(rank).map((i) => i + 3);
  const spatial = room(windows, 2);
  const { window, places } = windows;
  const kit = new PlanKit();
  const source = new Source(3);
  const turned = turn !== "as it is";
  const image = turned ? [f, g, b, ...spatial] : [g, b, f, ...spatial];
  const result = turned ? [g, o, b, ...places] : [b, g, o, ...places];
  const x = kit.input("f32", image);
  const w = kit.input("f32", [g, o, f, ...window]);
  const out = kit.output("f32", result);
  kit.call(
    { kind: "conv", ...windows },
    [
      permuted(kit.view(x), turned ? [1, 2, 0, ...space] : range(rank + 3)),
      kit.view(w),
    ],
    [permuted(
      kit.view(out),
      turned ? [0, 2, 1, ...space] : [1, 0, 2, ...space],
    )],
  );
  const depth = f * sizeOf(window);
  add(
    kit.plan(),
    [
      source.elements("f32", sizeOf(image)),
      source.elements("f32", g * o * depth),
    ],
    `conv [${window}] of [${image}], ${turn}`,
    1e-6,
    16 * depth,
  );
}
