/**
 * Conformance of sorting: by one key and by several, at sizes around those of
 * which devices make pieces.
 */
import type { DType, TypedArray } from "../../src/base/dtype.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

/** Checks of the kernel `sort`, which says where elements belong. */
export function conformSorting(suite: Suite): void {
  const sorting = (rows: number, n: number, dtypes: readonly DType[]) => {
    const kit = new PlanKit();
    const keys = dtypes.map((dtype) => kit.input(dtype, [rows, n]));
    const places = kit.output("i32", [rows, n]);
    kit.call({ kind: "sort", rows, n }, keys, [places]);
    return kit.plan();
  };
  suite.describe("sorting", (suite) => {
    const sizes = [[1, 1], [3, 2], [2, 17], [1, 256], [2, 300], [2, 511], [
      2,
      1100,
    ]];
    suite.cases("finds places, equal elements in order", (add) => {
      for (const [rows, n] of sizes) {
        for (const dtype of ["f32", "i32", "u32", "bool"] as const) {
          const source = new Source(n);
          // Few different values, of which many are equal; and many.
          const few = source.elements(dtype, rows * n, -9, 9)
            .map((x) => Math.round(x));
          const many = source.elements(dtype, rows * n, -1e6, 1e6);
          for (const data of [few, many]) {
            const plan = sorting(rows, n, [dtype]);
            add(plan, [data], `sort ${dtype} ${rows}x${n}`);
          }
        }
      }
    });
    suite.cases("sorts by several keys", (add) => {
      for (const [rows, n] of sizes) {
        const dtypes = ["bool", "f32", "i32"] as const;
        const source = new Source(n + 1);
        const data = dtypes.map((dtype): TypedArray =>
          source.elements(dtype, rows * n, -2, 3).map((x) => Math.round(x))
        );
        add(sorting(rows, n, dtypes), data, `sort by 3 ${rows}x${n}`);
      }
    });
    suite.cases("takes -0 for 0, and NaN for the largest", (add) => {
      const most = 2 ** 31;
      const special = [
        ...[NaN, 1, -0, -Infinity, 0, 3e38, -NaN, -0, Infinity, -1, 0, -3e38],
      ];
      const words = Float32Array.from(special);
      // A NaN with a sign.
      new Uint32Array(words.buffer)[6] = 0xffc00001;
      add(sorting(1, 12, ["f32"]), [words], "sort specials");
      add(sorting(1, 12, ["bool", "f32"]), [
        Uint32Array.from([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]),
        words,
      ], "sort specials by two");
      add(sorting(1, 5, ["i32"]), [
        Int32Array.from([most - 1, -most, 0, -1, 1]),
      ], "sort i32");
      add(sorting(1, 5, ["u32"]), [
        Uint32Array.from([2 * most - 1, most, 0, most - 1, 1]),
      ], "sort u32");
    });
  });
}
