import { describe, it } from "node:test";
import type { ScatterName } from "../../../src/device/wasm/kernels.ts";
import { assertSame, Bed, SIZES, type Type, VARIANTS } from "./bed.ts";

type Quad = readonly [number, number, number, number];

/** Windows: sizes, strides, elements of the strided array, first element. */
const WINDOWS: readonly (readonly [Quad, Quad, number, number])[] = [
  ...SIZES.map((n) => [[1, 1, 1, n], [0, 0, 0, 1], n, 0] as const),
  ...SIZES.map((n) => [[1, 1, 2, n], [0, 0, 200, 2], 400, 1] as const),
  ...SIZES.map((n) => [[1, 1, 3, n], [0, 0, n, -1], 3 * n, n - 1] as const),
  // Transposes of 2, 3 and 4 axes.
  ...SIZES.map((n) => [[1, 1, 6, n], [0, 0, 1, 6], 6 * n, 0] as const),
  ...SIZES.map((n) => [[1, 1, n, 9], [0, 0, 1, n], 9 * n, 0] as const),
  [[1, 3, 4, 5], [0, 1, 15, 3], 60, 0],
  [[2, 3, 4, 5], [20, 40, 1, 4], 120, 0],
  [[5, 4, 3, 2], [1, 5, 20, 60], 120, 0],
  // Windows inside larger arrays, and reversals.
  [[2, 2, 3, 70], [1600, 800, 100, 1], 3200, 15],
  [[2, 3, 4, 5], [-60, -20, -5, -1], 120, 119],
  [[1, 2, 7, 8], [0, 56, 8, 1], 112, 0],
];

/** Windows that read elements more than once. */
const REPEATS: readonly (readonly [Quad, Quad, number, number])[] = [
  ...SIZES.map((n) => [[1, 1, 3, n], [0, 0, 1, 0], 3, 0] as const),
  ...SIZES.map((n) => [[1, 4, 2, n], [0, 0, n, 1], 2 * n, 0] as const),
  [[3, 1, 2, 5], [0, 0, 0, 0], 1, 0],
];

function* positions([d0, d1, d2, d3]: Quad, [s0, s1, s2, s3]: Quad) {
  for (let a = 0; a < d0; a++) {
    for (let b = 0; b < d1; b++) {
      for (let c = 0; c < d2; c++) {
        for (let d = 0; d < d3; d++) yield a * s0 + b * s1 + c * s2 + d * s3;
      }
    }
  }
}

function counting(n: number, from = 0): number[] {
  return Array.from({ length: n }, (_, i) => i + from);
}

const COMBINE: Record<
  ScatterName,
  readonly [Type, (old: number, update: number) => number]
> = {
  set: ["f32", (_, u) => u],
  add: ["f32", (o, u) => o + u],
  min: ["f32", Math.min],
  max: ["f32", Math.max],
  add_i32: ["i32", (o, u) => (o + u) | 0],
  min_i32: ["i32", Math.min],
  max_i32: ["i32", Math.max],
  min_u32: ["u32", Math.min],
  max_u32: ["u32", Math.max],
};

const INDICES = [2, 0, 2, 9, -1, 4, 5, 3];
const N_IN = 5;

for (const variant of VARIANTS) {
  describe(`moving kernels, ${variant}`, () => {
    const bed = new Bed(variant);
    const { kernels } = bed;

    it("strided4 gathers", () => {
      for (const [sizes, strides, total, first] of [...WINDOWS, ...REPEATS]) {
        bed.clear();
        const x = counting(total);
        const want = [...positions(sizes, strides)].map((p) => x[first + p]);
        const out = bed.room(want.length);
        const src = bed.put("f32", x) + 4 * first;
        kernels.strided4(...sizes, ...strides, src, out);
        const what = `strided4 ${sizes} by ${strides}`;
        bed.assertIntact(what);
        assertSame(bed.get("f32", out, want.length), want, what);
      }
    });

    it("strided_store4 puts back", () => {
      for (const [sizes, strides, total, first] of WINDOWS) {
        bed.clear();
        const want = counting(total, -total);
        const at = [...positions(sizes, strides)];
        for (const [i, p] of at.entries()) want[first + p] = i;
        const out = bed.put("f32", counting(total, -total));
        const src = bed.put("f32", counting(at.length));
        kernels.strided_store4(...sizes, ...strides, src, out + 4 * first);
        const what = `strided_store4 ${sizes} by ${strides}`;
        bed.assertIntact(what);
        assertSame(bed.get("f32", out, total), want, what);
      }
    });

    for (const form of ["", "_b"] as const) {
      it(`gather${form} clamps`, () => {
        for (const inner of SIZES) {
          for (const outer of [0, 1, 3]) {
            bed.clear();
            const x = counting(outer * N_IN * inner);
            const idx = Array.from(
              { length: outer + 1 },
              (_, o) => INDICES.map((i) => i === 0 ? o : i),
            ).flat();
            const want: number[] = [];
            for (let o = 0; o < outer; o++) {
              for (let j = 0; j < INDICES.length; j++) {
                const raw = idx[form === "_b" ? o * INDICES.length + j : j];
                const i = Math.max(0, Math.min(N_IN - 1, raw));
                for (let k = 0; k < inner; k++) {
                  want.push(x[(o * N_IN + i) * inner + k]);
                }
              }
            }
            const out = bed.room(want.length);
            kernels[`gather${form}`](
              ...[outer, N_IN, inner, INDICES.length] as const,
              bed.put("f32", x),
              bed.put("i32", idx),
              out,
            );
            bed.assertIntact("gather");
            assertSame(bed.get("f32", out, want.length), want, `${inner}`);
          }
        }
      });
    }

    for (const [key, [type, combine]] of Object.entries(COMBINE)) {
      for (const form of ["", "_b"] as const) {
        const name = `scatter_${key as ScatterName}${form}` as const;
        it(`${name} drops strays`, () => {
          for (const inner of SIZES) {
            bed.clear();
            const outer = 2;
            const n = INDICES.length;
            const want = counting(outer * N_IN * inner, 20);
            const updates = counting(outer * n * inner).map((i) => i * 7 % 60);
            const idx = [...INDICES, ...INDICES.toReversed()];
            const out = bed.put(type, want);
            for (let o = 0; o < outer; o++) {
              for (let j = 0; j < n; j++) {
                const i = idx[form === "_b" ? o * n + j : j];
                if (i < 0 || i >= N_IN) continue;
                for (let k = 0; k < inner; k++) {
                  const to = (o * N_IN + i) * inner + k;
                  want[to] = combine(
                    want[to],
                    updates[(o * n + j) * inner + k],
                  );
                }
              }
            }
            const pIdx = bed.put("i32", idx);
            const pUpdates = bed.put(type, updates);
            kernels[name](outer, N_IN, inner, n, out, pIdx, pUpdates);
            bed.assertIntact(name);
            assertSame(bed.get(type, out, want.length), want, name);
          }
        });
      }
    }
  });
}
