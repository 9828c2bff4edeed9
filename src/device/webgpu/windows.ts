/**
 * Reductions over windows as WGSL: an item per window.
 *
 * @module
 */
import { sizeOf, stridesOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";
import { block, float, lines, nest, storeFloat } from "./loops.ts";
import { declareRank, rankOf, wordOf, WORST_FLOAT } from "./ranks.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** `reduceWindow`. */
export function reduceWindowCode(
  call: Call,
  kernel: Of<"reduceWindow">,
): ItemCode {
  const { op } = kernel;
  if (op === "sum") {
    return eachWindow(call, kernel, {
      before: () => `var sum = 0.0;`,
      visit: (address) => `sum += ${float(address)};`,
      after: storeFloat("p1 + item", "sum"),
    });
  }
  const ranking = { op, dtype: "f32" } as const;
  return eachWindow(call, kernel, {
    before: () => `var best = ${WORST_FLOAT};`,
    visit: (address) =>
      lines(
        `let word = heap[${address}];`,
        `best = max(best, ${rankOf("word", ranking, "best")});`,
      ),
    after: `heap[p1 + item] = ${wordOf("best", ranking)};`,
  });
}

/** `argWindow`. */
export function argWindowCode(call: Call, kernel: Of<"argWindow">): ItemCode {
  const { op, lo, whole, strides, dilation } = kernel;
  const own = stridesOf(whole);
  const scaled = (by: readonly number[]) => own.map((s, i) => s * by[i]);
  const origin = lo.reduce((sum, n, i) => sum + n * own[i], 0);
  return eachWindow(call, kernel, {
    before: (window) =>
      lines(
        `let inside = ${
          placeOf(`${-origin >>> 0}u`, window, scaled(strides))
        };`,
        `var best = ${WORST_FLOAT};`,
        `var place = 0xffffffffu;`,
      ),
    // NaN is never an extreme here.
    visit: (address, tap) =>
      lines(
        declareRank("rank", address, { op, dtype: "f32" }, "worst"),
        block(
          `if (rank > best)`,
          lines(
            `best = rank;`,
            `place = ${placeOf("inside", tap, scaled(dilation))};`,
          ),
        ),
      ),
    after: `heap[p1 + item] = place;`,
  });
}

/** Visits the elements of the window `item` in order. */
function eachWindow(
  { reads: [x] }: Call,
  { window, places, strides, dilation }: Of<"reduceWindow" | "argWindow">,
  { before, visit, after }: {
    readonly before: (window: readonly string[]) => string;
    readonly visit: (address: string, tap: readonly string[]) => string;
    readonly after: string;
  },
): ItemCode {
  const [row, ...spatial] = x.strides;
  const scaled = (by: readonly number[]) => spatial.map((s, i) => s * by[i]);
  const at = takeApart("item", [x.shape[0], ...places], "i");
  const start = placeOf("p0", at.names, [row, ...scaled(strides)]);
  return {
    kind: "items",
    count: x.shape[0] * sizeOf(places),
    code: lines(
      at.code,
      `let start = ${start};`,
      before(at.names.slice(1)),
      nest(
        window,
        "t",
        (tap) => visit(placeOf("start", tap, scaled(dilation)), tap),
      ),
      after,
    ),
  };
}
