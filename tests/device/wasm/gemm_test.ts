import { describe, it } from "node:test";
import { assert } from "@std/assert";
import { packedSize } from "../../../src/device/plan.ts";
import { PANEL } from "../../../src/device/wasm/kernel_types.ts";
import { assertSame, Bed, numbers, VARIANTS } from "./bed.ts";

const SIZES = [1, 2, 3, 5, 10, 16, 17, 31, 33, 64, 100];

/** How operands are stored: A by rows or columns, B likewise or packed. */
const FORMS = ["nn", "tn", "np", "tp", "nP", "tP", "nt"] as const;
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

/** Numbers whose sums of products are rounded. */
function fractions(rows: number, cols: number, seed: number): Matrix {
  const random = numbers(seed);
  const values = Float32Array.from(
    { length: rows * cols },
    () => random() * 2 - 1,
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
  a: Matrix,
  b: Matrix,
  expected: Float64Array,
  gap: number,
): void {
  const [M, N] = [a.rows, b.cols];
  bed.clear();
  const start = Array.from({ length: M * (N + gap) }, (_, i) => i % 7);
  const c = bed.put("f32", start);
  multiply(bed, form, a, b, c, gap, 0, Math.ceil(N / PANEL));
  const what = `${form} ${M}x${N}x${a.cols} gap ${gap}`;
  bed.assertIntact(what);
  const want = start.map((value, i) => {
    const [row, column] = [Math.floor(i / (N + gap)), i % (N + gap)];
    return column < N ? expected[row * N + column] : value;
  });
  assertSame(bed.get("f32", c, start.length), want, what);
}

/** Stores the operands and runs the kernel of a form on some panels. */
function multiply(
  bed: Bed,
  form: Form,
  a: Matrix,
  b: Matrix,
  c: number,
  gap: number,
  first: number,
  count: number,
): void {
  const { kernels } = bed;
  const [M, N, K] = [a.rows, b.cols, a.cols];
  const ta = form[0] === "t";
  const tb = form[1] === "t" || form[1] === "P";
  const [lda, ldb] = [(ta ? M : K) + gap, (tb ? K : N) + gap];
  const x = bed.put("f32", stored(a, ta, lda));
  const y = bed.put("f32", stored(b, tb, ldb));
  const [rows, steps] = ta ? [1, lda] : [lda, 1];
  const out = [c, N + gap] as const;
  if (form === "nt") kernels.gemm_dots(M, N, K, x, lda, y, ldb, ...out);
  else if (form[1] === "n") {
    kernels.gemm(M, N, K, x, rows, steps, y, ldb, ...out, first, count);
  } else {
    const p = bed.room(packedSize(K, N));
    // The panels in two parts, the last first.
    const half = first + (count >> 1);
    const rest = first + count - half;
    kernels.gemm_pack(K, N, y, ldb, Number(tb), half, rest, p);
    kernels.gemm_pack(K, N, y, ldb, Number(tb), first, half - first, p);
    kernels.gemm_packed(M, N, K, x, rows, steps, p, ...out, first, count);
  }
}

for (const variant of VARIANTS) {
  describe(`matrix product, ${variant}`, () => {
    const bed = new Bed(variant, 64);

    it("is exact in every form and size, with rows apart or not", () => {
      for (const M of SIZES) {
        for (const N of SIZES) {
          for (const K of SIZES) {
            const [a, b] = [integers(M, K, 1), integers(K, N, 2)];
            const expected = reference(a, b);
            const gap = (M + K) % 3 === 0 ? 3 : 0;
            for (const form of FORMS) check(bed, form, a, b, expected, gap);
          }
        }
      }
    });

    it("is exact in several blocks of K and M", () => {
      for (const [M, N, K] of [[98, 21, 515], [200, 17, 257], [5, 40, 900]]) {
        const [a, b] = [integers(M, K, 3), integers(K, N, 4)];
        const expected = reference(a, b);
        for (const form of FORMS) check(bed, form, a, b, expected, 0);
      }
    });

    it("of no rows or columns is nothing", () => {
      for (const [M, N] of [[0, 5], [5, 0], [0, 0]]) {
        const [a, b] = [integers(M, 3, 7), integers(3, N, 8)];
        for (const form of FORMS) check(bed, form, a, b, reference(a, b), 0);
      }
    });

    it("computes some panels, with the bits that all have", () => {
      const [M, N, K] = [7, 100, 300];
      const [a, b] = [fractions(M, K, 9), fractions(K, N, 10)];
      for (const form of FORMS) {
        if (form === "nt") continue;
        bed.clear();
        const whole = bed.room(M * N);
        multiply(bed, form, a, b, whole, 0, 0, 5);
        const parts = bed.put("f32", new Array<number>(M * N).fill(0));
        multiply(bed, form, a, b, parts, 0, 3, 2);
        multiply(bed, form, a, b, parts, 0, 1, 2);
        const expected = bed.get("f32", whole, M * N)
          .map((value, i) => i % N < PANEL ? 0 : value);
        assertSame(bed.get("f32", parts, M * N), expected, form);
      }
    });

    it("gives rows the same bits in any number of them", () => {
      const [M, N, K] = [9, 50, 300];
      const [a, b] = [fractions(M, K, 11), fractions(K, N, 12)];
      for (const form of FORMS) {
        bed.clear();
        const whole = bed.room(M * N);
        multiply(bed, form, a, b, whole, 0, 0, 3);
        for (let row = 0; row < M; row++) {
          const one = {
            rows: 1,
            cols: K,
            at: (_: number, j: number) => a.at(row, j),
          };
          const alone = bed.room(N);
          multiply(bed, form, one, b, alone, 0, 0, 3);
          const expected = bed.get("f32", whole + 4 * row * N, N);
          assertSame(bed.get("f32", alone, N), expected, `${form}, row ${row}`);
        }
      }
    });

    it("rounds as a sum of f32 products may", () => {
      const [M, N, K] = [40, 40, 700];
      const [a, b] = [fractions(M, K, 13), fractions(K, N, 14)];
      const expected = reference(a, b);
      for (const form of FORMS) {
        bed.clear();
        const c = bed.room(M * N);
        multiply(bed, form, a, b, c, 0, 0, 2);
        // 256 roundings in a block of partial sums that stay below 64.
        const worst = Math.max(
          ...bed.get("f32", c, M * N).map((v, i) => Math.abs(v - expected[i])),
        );
        assert(worst < 2e-5, `${form} is off by ${worst}`);
      }
    });

    it("transposes", () => {
      for (const rows of SIZES) {
        for (const cols of SIZES) {
          const x = integers(rows, cols, 15);
          bed.clear();
          const from = bed.put("f32", stored(x, false, cols + 2));
          const start = new Array<number>(cols * (rows + 1)).fill(0.5);
          const to = bed.put("f32", start);
          bed.kernels.transpose(rows, cols, from, cols + 2, to, rows + 1);
          const what = `transpose ${rows}x${cols}`;
          bed.assertIntact(what);
          const want = start.map((value, i) => {
            const [row, col] = [i % (rows + 1), Math.floor(i / (rows + 1))];
            return row < rows ? x.at(row, col) : value;
          });
          assertSame(bed.get("f32", to, start.length), want, what);
        }
      }
    });
  });
}
