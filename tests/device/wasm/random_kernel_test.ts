import { describe, it } from "node:test";
import golden from "../../goldens/rng.json" with { type: "json" };
import { loadGolden } from "../../support/npz.ts";
import { assertSame, Bed, SIZES, VARIANTS } from "./bed.ts";

type Key = readonly [number, number];
type Step = readonly [index: number, total: number];

const [KEY, SPLIT, BITS] = [0, 1, 2];

/** Threefry-2x32, written from its definition. */
function block([a, b]: Key, x0: number, x1: number): Key {
  const keys = [a, b, a ^ b ^ 0x1bd11bda];
  const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];
  x0 = (x0 + a) | 0;
  x1 = (x1 + b) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    x0 = (x0 + keys[(group + 1) % 3]) | 0;
    x1 = (x1 + keys[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

function legacyHash(key: Key, n: number): number[] {
  const half = Math.ceil(n / 2);
  const pairs = Array.from(
    { length: half },
    (_, i) => block(key, i, half + i === n ? 0 : half + i),
  );
  return [...pairs.map((p) => p[0]), ...pairs.map((p) => p[1])].slice(0, n);
}

function bits(key: Key, n: number, partitionable: boolean): number[] {
  if (!partitionable) return legacyHash(key, n);
  return Array.from({ length: n }, (_, i) => {
    const [a, b] = block(key, 0, i);
    return (a ^ b) >>> 0;
  });
}

function split(key: Key, n: number, partitionable: boolean): number[] {
  if (!partitionable) return legacyHash(key, 2 * n);
  return Array.from({ length: n }, (_, i) => block(key, 0, i)).flat();
}

function walk(key: Key, path: readonly Step[], partitionable: boolean): Key {
  for (const [i, n] of path) {
    if (n === 0) {
      key = block(key, 0, i);
    } else {
      const [a, b] = split(key, n, partitionable).slice(2 * i);
      key = [a, b];
    }
  }
  return key;
}

function keys(n: number): Key[] {
  return Array.from({ length: n }, (_, i) => block([5, 6], i, 7));
}

const PATHS: readonly (readonly Step[])[] = [
  [],
  [[1, 2]],
  [[0, 0], [3, 7], [123456, 0]],
  [[2, 5], [0, 1], [4, 5]],
];

for (const variant of VARIANTS) {
  describe(`random kernel, ${variant}`, () => {
    const bed = new Bed(variant);
    const { random_bits } = bed.kernels;

    /** Draws and returns all words. */
    function draw(
      from: readonly Key[],
      path: readonly Step[],
      partitionable: boolean,
      [kind, start, count, total]: readonly number[],
    ): number[] {
      bed.clear();
      const words = kind === BITS ? count : 2 * count;
      const out = bed.room(from.length * words);
      random_bits(
        from.length,
        bed.put("u32", from.flat()),
        bed.put("i32", path.flat()),
        path.length,
        partitionable ? 1 : 0,
        ...[kind, start, count, total] as const,
        out,
      );
      bed.assertIntact("random_bits");
      return bed.get("u32", out, from.length * words);
    }

    for (const partitionable of [true, false]) {
      const mode = partitionable ? "partitionable" : "legacy";

      it(`walks paths, ${mode}`, () => {
        for (const batch of SIZES) {
          for (const path of PATHS) {
            const from = keys(batch);
            const want = from.flatMap((k) => walk(k, path, partitionable));
            const actual = draw(from, path, partitionable, [KEY, 0, 1, 1]);
            assertSame(actual, want, `${batch} keys, path ${path.join(" ")}`);
          }
        }
      });

      it(`draws any part of bits, ${mode}`, () => {
        for (const total of SIZES) {
          for (const start of [0, 1, 6].filter((s) => s <= total)) {
            for (const count of [0, 1, 3, 4, 7, total - start]) {
              if (start + count > total) continue;
              for (const batch of [1, 3, 5]) {
                const from = keys(batch);
                const want = from.flatMap((k) =>
                  bits(walk(k, PATHS[1], partitionable), total, partitionable)
                    .slice(start, start + count)
                );
                const what = [BITS, start, count, total];
                const actual = draw(from, PATHS[1], partitionable, what);
                assertSame(actual, want, `bits ${what}, ${batch} keys`);
              }
            }
          }
        }
      });

      it(`draws any rows of a split, ${mode}`, () => {
        for (const total of SIZES) {
          for (const start of [0, 2].filter((s) => s <= total)) {
            for (const batch of [1, 4, 6]) {
              const from = keys(batch);
              const count = total - start;
              const want = from.flatMap((k) =>
                split(k, total, partitionable).slice(2 * start)
              );
              const what = [SPLIT, start, count, total];
              const actual = draw(from, [], partitionable, what);
              assertSame(actual, want, `split ${what}, ${batch} keys`);
            }
          }
        }
      });

      it(`agrees with JAX, ${mode}`, async () => {
        const arrays = await loadGolden(golden);
        const part = partitionable ? "part1" : "part0";
        const words = (name: string) => [...arrays.values(`${part}/${name}`)];
        for (const seed of [0, 1, 42]) {
          const key: Key[] = [[0, seed]];
          for (const n of [2, 3, 4, 33]) {
            const want = words(`key${seed}/split${n}`);
            const actual = draw(key, [], partitionable, [SPLIT, 0, n, n]);
            assertSame(actual, want, `split ${n}`);
          }
          for (const n of [1, 2, 5, 7, 8]) {
            const want = words(`key${seed}/bits_${n}`);
            const actual = draw(key, [], partitionable, [BITS, 0, n, n]);
            assertSame(actual, want, `bits ${n}`);
          }
          const want = words(`key${seed}/fold_in_0_1_7`);
          const folded = [0, 1, 7].flatMap((d) =>
            draw(key, [[d, 0]], partitionable, [KEY, 0, 1, 1])
          );
          assertSame(folded, want, "fold_in");
        }
      });
    }
  });
}
