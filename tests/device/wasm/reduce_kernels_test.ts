import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { ReduceName } from "../../../src/device/wasm/kernels.ts";
import { assertSame, Bed, numbers, SIZES, type Type, VARIANTS } from "./bed.ts";

/** Sizes of `[outer, red, inner]`. */
type Extent = readonly [number, number, number];

const EXTENTS: readonly Extent[] = [
  ...SIZES.map((red) => [1, red, 1] as const),
  ...SIZES.map((red) => [3, red, 1] as const),
  ...SIZES.map((inner) => [1, 5, inner] as const),
  ...SIZES.map((inner) => [2, 70, inner] as const),
  ...[[4, 130, 37], [2, 5000, 1], [0, 3, 4], [2, 0, 5]] as const,
];

type Fold = readonly [Type, number, (a: number, b: number) => number];

const REDUCTIONS: Record<ReduceName, Fold> = {
  sum: ["f32", 0, (a, b) => a + b],
  prod: ["f32", 1, (a, b) => a * b],
  max: ["f32", -Infinity, Math.max],
  min: ["f32", Infinity, Math.min],
  sum_i32: ["i32", 0, (a, b) => (a + b) | 0],
  prod_i32: ["i32", 1, Math.imul],
  max_i32: ["i32", -(2 ** 31), Math.max],
  min_i32: ["i32", 2 ** 31 - 1, Math.min],
  max_u32: ["u32", 0, Math.max],
  min_u32: ["u32", 2 ** 32 - 1, Math.min],
};

/** Values whose sums and products are exact in f32. */
function exactValues(name: ReduceName, type: Type, n: number): number[] {
  const random = numbers(n);
  return Array.from({ length: n }, () => {
    if (name === "prod") return [1, -1, 2, 0.5][Math.floor(random() * 4)];
    if (type === "u32") return Math.floor(random() * 2 ** 32);
    const low = Math.floor(random() * 2001) - 1000;
    return type === "i32" ? Math.imul(low, 1e6 + 3) : low;
  });
}

/** The elements along the middle axis, per result. */
function lines(
  [outer, red, inner]: Extent,
  x: readonly number[],
): number[][] {
  const out: number[][] = [];
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      out.push(
        Array.from({ length: red }, (_, r) => x[(o * red + r) * inner + j]),
      );
    }
  }
  return out;
}

function size([outer, red, inner]: Extent): number {
  return outer * red * inner;
}

for (const variant of VARIANTS) {
  describe(`reducing kernels, ${variant}`, () => {
    const bed = new Bed(variant, 32);
    const { kernels } = bed;

    for (const [key, [type, start, fold]] of Object.entries(REDUCTIONS)) {
      const name = key as ReduceName;
      it(`r_${name}`, () => {
        for (const extent of EXTENTS) {
          bed.clear();
          const x = exactValues(name, type, size(extent));
          const want = lines(extent, x).map((line) =>
            line.reduce((a, b) => fold(a, b), start)
          );
          const out = bed.room(want.length);
          kernels[`r_${name}`](...extent, bed.put(type, x), out);
          bed.assertIntact(`r_${name} ${extent}`);
          const actual = bed.get(type, out, want.length);
          assertSame(actual, want.map((v) => v + 0), `r_${name} ${extent}`);
        }
      });
    }

    it("sums stay accurate over long axes", () => {
      const long: Extent[] = [[1, 200000, 1], [1, 30000, 6]];
      for (const extent of long) {
        bed.clear();
        const random = numbers(3);
        const x = Array.from(
          { length: size(extent) },
          () => Math.fround(random()),
        );
        const out = bed.room(extent[2]);
        kernels.r_sum(...extent, bed.put("f32", x), out);
        const actual = bed.get("f32", out, extent[2]);
        for (const [j, line] of lines(extent, x).entries()) {
          const truth = line.reduce((a, b) => a + b);
          assert(Math.abs(actual[j] / truth - 1) < 2e-6, `${actual[j]}`);
        }
      }
    });

    it("max and min pass NaN on", () => {
      for (const n of SIZES.slice(1)) {
        bed.clear();
        const x = Array.from({ length: n }, (_, i) => i);
        x[n >> 1] = NaN;
        const p = bed.put("f32", x);
        const out = bed.room(2);
        kernels.r_max(1, n, 1, p, out);
        kernels.r_min(1, n, 1, p, out + 4);
        assertEquals(bed.get("f32", out, 2), [NaN, NaN]);
      }
    });

    it("argmax and argmin give the first extreme, or NaN", () => {
      const random = numbers(4);
      const better = (sign: number) => (v: number, best: number) =>
        sign * v > sign * best || (Number.isNaN(v) && !Number.isNaN(best));
      for (
        const [type, suffix] of [
          ["f32", ""],
          ["i32", "_i32"],
          ["u32", "_u32"],
        ] as const
      ) {
        for (const [name, sign] of [["argmax", 1], ["argmin", -1]] as const) {
          for (const extent of EXTENTS.filter(([, red]) => red > 0)) {
            bed.clear();
            const low = type === "u32" ? 0 : -5;
            const x = Array.from({ length: size(extent) }, () => {
              const v = Math.floor(random() * 9) + low;
              return type === "f32" && v === 3 ? NaN : v;
            });
            const want = lines(extent, x).map((line) =>
              line.reduce(
                (at, v, i) => better(sign)(v, line[at]) ? i : at,
                0,
              )
            );
            const out = bed.room(want.length);
            kernels[`${name}${suffix}`](...extent, bed.put(type, x), out);
            bed.assertIntact(name);
            const what = `${name}${suffix} ${extent}`;
            assertSame(bed.get("i32", out, want.length), want, what);
          }
        }
      }
    });

    it("cumsum runs both ways", () => {
      for (const [type, suffix] of [["f32", ""], ["i32", "_i32"]] as const) {
        for (const extent of EXTENTS) {
          for (const reverse of [0, 1]) {
            bed.clear();
            const [, red, inner] = extent;
            const x = exactValues("sum", "f32", size(extent));
            const want = x.map((_, i) => {
              const row = Math.floor(i / inner) % red;
              const rest = reverse ? red - row : row + 1;
              const step = reverse ? inner : -inner;
              let sum = 0;
              for (let r = 0; r < rest; r++) sum += x[i + r * step];
              return sum;
            });
            if (red > 1000) continue;
            const out = bed.room(x.length);
            const p = bed.put(type, x);
            kernels[`cumsum${suffix}`](...extent, p, out, reverse);
            bed.assertIntact("cumsum");
            assertSame(bed.get(type, out, x.length), want, `cumsum ${extent}`);
          }
        }
      }
    });
  });
}
