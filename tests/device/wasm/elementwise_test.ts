import { describe, it } from "node:test";
import type { DType } from "../../../src/base/dtype.ts";
import type { Instruction } from "../../../src/device/plan.ts";
import type {
  BinaryOp,
  CompareOp,
  UnaryOp,
} from "../../../src/ir/primitives.ts";
import { assertSame, Bed, numbers, SIZES, type Type, VARIANTS } from "./bed.ts";

const f = Math.fround;
const random = numbers(1);

/** Operands that kernels get wrong: signs of zero, limits, ties, NaN. */
const SPECIAL: Record<DType, readonly number[]> = {
  f32: [
    ...[0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 1e-40, -1e-40, 1e30],
    ...[-1e30, 2147483648, -2147483904, 4294967296, Infinity, -Infinity, NaN],
  ],
  i32: [0, 1, -1, 2, -2, 7, -7, 31, 32, 33, -2147483648, 2147483647],
  u32: [0, 1, 2, 7, 31, 32, 33, 2147483648, 4294967295],
  bool: [0, 1],
};

function operand(type: DType, n: number, special: boolean): number[] {
  return Array.from({ length: n }, () => {
    if (special || type === "bool") {
      const pool = SPECIAL[type];
      const value = pool[Math.floor(random() * pool.length)];
      return type === "f32" ? f(value) : value;
    }
    const small = random() * 20 - (type === "u32" ? 0 : 10);
    return type === "f32" ? f(small) : Math.trunc(small) + 0;
  });
}

function halfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Object.is(x, -0) ? x : roundAway(x, floor);
  return floor % 2 === 0 ? keepSign(floor, x) : keepSign(floor + 1, x);
}

function roundAway(x: number, floor: number): number {
  return keepSign(x - floor < 0.5 ? floor : floor + 1, x);
}

function keepSign(y: number, x: number): number {
  return y === 0 && x < 0 ? -0 : y;
}

function saturate(x: number, low: number, high: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.min(high, Math.max(low, Math.trunc(x))) + 0;
}

/** Dtype of the operand, and what each operation must give. */
type Table<Op extends string> = readonly (readonly [
  op: Op,
  dtype: DType,
  expected: (...args: number[]) => number,
])[];

const UNARY: Table<UnaryOp> = [
  ["neg", "f32", (x) => -x],
  ["abs", "f32", Math.abs],
  ["sign", "f32", Math.sign],
  ["floor", "f32", Math.floor],
  ["ceil", "f32", Math.ceil],
  ["round", "f32", (x) => Number.isFinite(x) ? halfToEven(x) : x],
  ["sqrt", "f32", (x) => f(Math.sqrt(x))],
  ["rsqrt", "f32", (x) => f(1 / f(Math.sqrt(x)))],
  ["reciprocal", "f32", (x) => f(1 / x)],
  ["square", "f32", (x) => f(x * x)],
  ["not", "bool", (x) => x === 0 ? 1 : 0],
  ["isnan", "f32", (x) => Number.isNaN(x) ? 1 : 0],
  ["neg", "i32", (x) => -x | 0],
  ["neg", "u32", (x) => -x >>> 0],
  ["abs", "i32", (x) => Math.abs(x) | 0],
  ["abs", "u32", (x) => x],
  ["sign", "i32", Math.sign],
  ["sign", "u32", Math.sign],
  ["square", "i32", (x) => Math.imul(x, x)],
  ["square", "u32", (x) => Math.imul(x, x) >>> 0],
  ["not", "i32", (x) => ~x],
  ["not", "u32", (x) => ~x >>> 0],
];

const CASTS: readonly (readonly [DType, DType, (x: number) => number])[] = [
  ["f32", "i32", (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1)],
  ["f32", "u32", (x) => saturate(x, 0, 2 ** 32 - 1)],
  ["i32", "f32", f],
  ["u32", "f32", f],
  ["f32", "bool", (x) => x === 0 ? 0 : 1],
  ["i32", "bool", (x) => x === 0 ? 0 : 1],
  ["u32", "bool", (x) => x === 0 ? 0 : 1],
  ["bool", "f32", f],
  ["i32", "u32", (x) => x >>> 0],
  ["u32", "i32", (x) => x | 0],
  ["bool", "i32", (x) => x],
];

function power(x: number, y: number): number {
  if (x === 1 || y === 0 || (x === -1 && !Number.isFinite(y) && y === y)) {
    return 1;
  }
  return f(Math.pow(x, y));
}

const BINARY: Table<BinaryOp> = [
  ["add", "f32", (a, b) => f(a + b)],
  ["sub", "f32", (a, b) => f(a - b)],
  ["mul", "f32", (a, b) => f(a * b)],
  ["div", "f32", (a, b) => f(a / b)],
  ["max", "f32", Math.max],
  ["min", "f32", Math.min],
  ["pow", "f32", power],
  ["rem", "f32", (a, b) => a % b],
  ["atan2", "f32", (a, b) => f(Math.atan2(a, b))],
  ["add", "i32", (a, b) => (a + b) | 0],
  ["sub", "i32", (a, b) => (a - b) | 0],
  ["mul", "i32", Math.imul],
  ["div", "i32", (a, b) => b === 0 ? -1 : (a / b) | 0],
  ["rem", "i32", (a, b) => b === 0 ? a : (a % b) | 0],
  ["max", "i32", Math.max],
  ["min", "i32", Math.min],
  ["pow", "i32", integerPower],
  ["add", "u32", (a, b) => (a + b) >>> 0],
  ["mul", "u32", (a, b) => Math.imul(a, b) >>> 0],
  ["div", "u32", (a, b) => b === 0 ? 2 ** 32 - 1 : Math.floor(a / b)],
  ["rem", "u32", (a, b) => b === 0 ? a : a % b],
  ["max", "u32", Math.max],
  ["min", "u32", Math.min],
  ["and", "i32", (a, b) => a & b],
  ["or", "i32", (a, b) => a | b],
  ["xor", "i32", (a, b) => a ^ b],
  ["shl", "u32", (a, b) => b > 31 ? 0 : (a << b) >>> 0],
  ["shr", "i32", (a, b) => a >> (b >>> 0 > 31 ? 31 : b)],
  ["shr", "u32", (a, b) => b > 31 ? 0 : a >>> b],
];

function integerPower(x: number, y: number): number {
  if (y < 0) {
    if (x === 0) return -1;
    return Math.abs(x) === 1 ? (y % 2 === 0 ? 1 : x) : 0;
  }
  return Number(BigInt.asIntN(32, modularPower(BigInt(x), BigInt(y))));
}

function modularPower(x: bigint, y: bigint): bigint {
  let result = 1n;
  for (; y > 0n; y >>= 1n) {
    if (y & 1n) result = BigInt.asIntN(32, result * x);
    x = BigInt.asIntN(32, x * x);
  }
  return result;
}

const COMPARE: readonly [CompareOp, (a: number, b: number) => boolean][] = [
  ["eq", (a, b) => a === b],
  ["ne", (a, b) => a !== b],
  ["lt", (a, b) => a < b],
  ["le", (a, b) => a <= b],
  ["gt", (a, b) => a > b],
  ["ge", (a, b) => a >= b],
];

/** One instruction, the types of its operands and result, and the truth. */
type Case = readonly [
  name: string,
  instruction: Instruction,
  from: DType,
  to: DType,
  expected: (...args: number[]) => number,
];

const ONE_OPERAND: readonly Case[] = [
  ...UNARY.map(([fn, dtype, expected]): Case => [
    `${fn} of ${dtype}`,
    { op: "unary", fn, dtype, args: [0] },
    dtype,
    fn === "isnan" ? "bool" : dtype,
    expected,
  ]),
  ...CASTS.map(([from, to, expected]): Case => [
    `cast of ${from} to ${to}`,
    { op: "cast", from, to, args: [0] },
    from,
    to,
    expected,
  ]),
];

const TWO_OPERANDS: readonly Case[] = [
  ...BINARY.map(([fn, dtype, expected]): Case => [
    `${fn} of ${dtype}`,
    { op: "binary", fn, dtype, args: [0, 1] },
    dtype,
    dtype,
    expected,
  ]),
  ...(["f32", "i32", "u32"] as const).flatMap((dtype) =>
    COMPARE.map(([fn, test]): Case => [
      `${fn} of ${dtype}`,
      { op: "compare", fn, dtype, args: [0, 1] },
      dtype,
      "bool",
      (a, b) => Number(test(a, b)),
    ])
  ),
];

/** How the memory shows a dtype. */
function typeOf(dtype: DType): Type {
  return dtype === "bool" ? "u32" : dtype;
}

for (const variant of VARIANTS) {
  describe(`elementwise functions, ${variant}`, () => {
    const bed = new Bed(variant);

    for (const [name, instruction, from, to, expected] of ONE_OPERAND) {
      it(name, () => {
        for (const n of SIZES) {
          for (const special of [false, true]) {
            bed.clear();
            const x = operand(from, n, special);
            const out = bed.room(n);
            bed.compute(instruction, n, [1], bed.put(typeOf(from), x), out);
            bed.assertIntact(name);
            const got = bed.get(typeOf(to), out, n);
            assertSame(got, x.map((v) => expected(v)), `${name} ${n}`);
          }
        }
      });
    }

    for (const [name, instruction, from, to, expected] of TWO_OPERANDS) {
      it(name, () => {
        for (const n of SIZES) {
          for (const special of [false, true]) {
            const a = operand(from, Math.max(n, 1), special);
            const b = operand(from, Math.max(n, 1), special);
            for (const [da, db] of [[1, 1], [1, 0], [0, 1]]) {
              bed.clear();
              const pa = bed.put(typeOf(from), da === 1 ? a : a.slice(0, 1));
              const pb = bed.put(typeOf(from), db === 1 ? b : b.slice(0, 1));
              const out = bed.room(n);
              bed.compute(instruction, n, [da, db], pa, pb, out);
              bed.assertIntact(name);
              const want = Array.from(
                { length: n },
                (_, i) => expected(a[da * i], b[db * i]),
              );
              const what = `${name} ${n}, strides ${da} and ${db}`;
              assertSame(bed.get(typeOf(to), out, n), want, what);
            }
          }
        }
      });
    }

    it("overwrites an operand in place", () => {
      for (const n of SIZES) {
        bed.clear();
        const x = operand("f32", n, false);
        const p = bed.put("f32", x);
        const twice: Instruction = {
          ...{ op: "binary", fn: "add", dtype: "f32" },
          args: [0, 1],
        };
        bed.compute(twice, n, [1, 1], p, p, p);
        bed.assertIntact("in place");
        assertSame(bed.get("f32", p, n), x.map((v) => f(2 * v)), `${n}`);
      }
    });

    it("select", () => {
      const select: Instruction = {
        op: "select",
        dtype: "f32",
        args: [0, 1, 2],
      };
      for (const n of SIZES) {
        const a = operand("f32", n + 1, true);
        const b = operand("f32", n + 1, true);
        const condition = operand("bool", n, false);
        for (const [da, db] of [[1, 1], [1, 0], [0, 1], [0, 0]]) {
          bed.clear();
          const out = bed.room(n);
          const values = condition.map((c, i) => c ? a[da * i] : b[db * i]);
          bed.compute(
            select,
            n,
            [1, da, db],
            bed.put("u32", condition),
            bed.put("f32", a),
            bed.put("f32", b),
            out,
          );
          bed.assertIntact("select");
          assertSame(bed.get("f32", out, n), values, `${da} ${db} ${n}`);
        }
      }
    });

    it("copy, fill and affine", () => {
      const affine: Instruction = {
        ...{ op: "affine", scale: 0.1, shift: 1 / 3 },
        args: [0],
      };
      for (const n of SIZES) {
        bed.clear();
        const x = operand("f32", n, true);
        const p = bed.put("f32", x);
        const outs = Array.from({ length: 3 }, () => bed.room(n));
        bed.kernels.copy(n, p, outs[0]);
        bed.kernels.fill(n, -7, outs[1]);
        bed.compute(affine, n, [1], p, outs[2]);
        bed.assertIntact("words");
        assertSame(bed.get("f32", outs[0], n), x, "copy");
        assertSame(bed.get("i32", outs[1], n), x.map(() => -7), "fill");
        assertSame(
          bed.get("f32", outs[2], n),
          x.map((v) => f(v * 0.1 + 1 / 3)),
          "affine",
        );
      }
    });
  });
}
