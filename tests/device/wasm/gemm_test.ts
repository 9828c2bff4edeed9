import { describe, it } from "node:test";
import { assert } from "@std/assert";
import { assertSame, Bed, numbers, VARIANTS } from "./bed.ts";

const SIZES = [1, 2, 3, 5, 10, 16, 17, 31, 33, 64, 100];
const FORMS = ["nn", "nt", "tn", "tt"] as const;
type Form = typeof FORMS[number];

/** A matrix with its rows `ld` apart; NaN between them. */
interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly at: (i: number, j: number) => number;
}

function stored(m: Matrix, transposed: boolean, ld: number): number[] {
  const [rows, cols] = transposed ? [m.cols, m.rows] : [m.rows, m.cols];
  const out = new Array<number>(rows * ld).fill(NaN);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      out[i * ld + j] = transposed ? m.at(j, i) : m.at(i, j);
    }
  }
  return out;
}

/** Small integers, whose sums of products are exact in f32. */
function integers(rows: number, cols: number, seed: number): Matrix {
  const random = numbers(seed + 1000 * rows + cols);
  const values = Array.from(
    { length: rows * cols },
    () => Math.floor(random() * 9) - 4,
  );
  return { rows, cols, at: (i, j) => values[i * cols + j] };
}

function reference(a: Matrix, b: Matrix): Float64Array {
  const [M, N, K] = [a.rows, b.cols, a.cols];
  const out = new Float64Array(M * N);
  for (let i = 0; i < M; i++) {
    for (let k = 0; k < K; k++) {
      const x = a.at(i, k);
      for (let j = 0; j < N; j++) out[i * N + j] += x * b.at(k, j);
    }
  }
  return out;
}

/** Runs one product, in a C whose rows are `gap` apart, and checks it. */
function check(
  bed: Bed,
  form: Form,
  [M, N, K]: readonly [number, number, number],
  a: Matrix,
  b: Matrix,
  expected: Float64Array,
  acc: boolean,
  gap: number,
): void {
  bed.clear();
  const [ta, tb] = [form[0] === "t", form[1] === "t"];
  const [lda, ldb, ldc] = [(ta ? M : K) + gap, (tb ? K : N) + gap, N + gap];
  const pa = bed.put("f32", stored(a, ta, lda));
  const pb = bed.put("f32", stored(b, tb, ldb));
  const start = Array.from({ length: M * ldc }, (_, i) => i % ldc % 7);
  const pc = bed.put("f32", start);
  const bytes = bed.kernels.gemm_scratch(M, N, K, FORMS.indexOf(form));
  const w = bed.room(Math.ceil(bytes / 4));
  const kernel = bed.kernels[`gemm_${form}`];
  kernel(M, N, K, pa, lda, pb, ldb, pc, ldc, w, acc ? 1 : 0);
  const what = `${form} ${M}x${N}x${K} acc ${acc} gap ${gap}`;
  bed.assertIntact(what);
  const want = start.map((value, i) => {
    const [row, column] = [Math.floor(i / ldc), i % ldc];
    if (column >= N) return value;
    return expected[row * N + column] + (acc ? value : 0);
  });
  assertSame(bed.get("f32", pc, M * ldc), want, what);
}

for (const variant of VARIANTS) {
  describe(`matrix product, ${variant}`, () => {
    const bed = new Bed(variant, 64);

    it("is exact in every form and size", () => {
      for (const M of SIZES) {
        for (const N of SIZES) {
          for (const K of SIZES) {
            const [a, b] = [integers(M, K, 1), integers(K, N, 2)];
            const expected = reference(a, b);
            for (const form of FORMS) {
              const acc = (M + N + K) % 2 === 1;
              const gap = (M + K) % 3 === 0 ? 3 : 0;
              check(bed, form, [M, N, K], a, b, expected, acc, gap);
            }
          }
        }
      }
    });

    it("is exact in several blocks of K and M", () => {
      for (const [M, N, K] of [[98, 21, 515], [200, 17, 257], [5, 40, 900]]) {
        const [a, b] = [integers(M, K, 3), integers(K, N, 4)];
        const expected = reference(a, b);
        for (const form of FORMS) {
          for (const acc of [false, true]) {
            check(bed, form, [M, N, K], a, b, expected, acc, 0);
          }
        }
      }
    });

    it("accumulates or not, with rows apart or not", () => {
      for (const [M, N, K] of [[1, 1, 5], [7, 1, 6], [1, 7, 6], [2, 3, 9]]) {
        const [a, b] = [integers(M, K, 5), integers(K, N, 6)];
        const expected = reference(a, b);
        for (const form of FORMS) {
          for (const acc of [false, true]) {
            for (const gap of [0, 2]) {
              check(bed, form, [M, N, K], a, b, expected, acc, gap);
            }
          }
        }
      }
    });

    it("of no depth is zero, of no rows or columns nothing", () => {
      for (const [M, N, K] of [[3, 5, 0], [0, 5, 3], [5, 0, 3], [0, 0, 0]]) {
        const [a, b] = [integers(M, K, 7), integers(K, N, 8)];
        for (const form of FORMS) {
          for (const acc of [false, true]) {
            check(bed, form, [M, N, K], a, b, reference(a, b), acc, 0);
          }
        }
      }
    });

    it("rounds as a sum of f32 products may", () => {
      const random = numbers(9);
      const [M, N, K] = [40, 40, 700];
      const fill = (rows: number, cols: number): Matrix => {
        const values = Float32Array.from(
          { length: rows * cols },
          () => random() * 2 - 1,
        );
        return { rows, cols, at: (i, j) => values[i * cols + j] };
      };
      const [a, b] = [fill(M, K), fill(K, N)];
      const expected = reference(a, b);
      bed.clear();
      const pa = bed.put("f32", stored(a, false, K));
      const pb = bed.put("f32", stored(b, false, N));
      const pc = bed.room(M * N);
      const w = bed.room(bed.kernels.gemm_scratch(M, N, K, 0) / 4 + 1 | 0);
      bed.kernels.gemm_nn(M, N, K, pa, K, pb, N, pc, N, w, 0);
      const actual = bed.get("f32", pc, M * N);
      // 256 roundings in a block of partial sums that stay below 64.
      const worst = Math.max(
        ...actual.map((v, i) => Math.abs(v - expected[i])),
      );
      assert(worst < 2e-5, `off by ${worst}`);
    });
  });
}
