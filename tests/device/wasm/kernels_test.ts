import { describe, it } from "node:test";
import type {
  BinaryName,
  CastName,
  CompareName,
  UnaryName,
} from "../../../src/device/wasm/kernels.ts";
import { assertSame, Bed, numbers, SIZES, type Type, VARIANTS } from "./bed.ts";

const f = Math.fround;
const random = numbers(1);

/** Operands that kernels get wrong: signs of zero, limits, ties, NaN. */
const SPECIAL: Record<Type, readonly number[]> = {
  f32: [
    ...[0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 1e-40, -1e-40, 1e30],
    ...[-1e30, 2147483648, -2147483904, 4294967296, Infinity, -Infinity, NaN],
  ],
  i32: [0, 1, -1, 2, -2, 7, -7, 31, 32, 33, -2147483648, 2147483647],
  u32: [0, 1, 2, 7, 31, 32, 33, 2147483648, 4294967295],
};

function operand(type: Type, n: number, special: boolean): number[] {
  return Array.from({ length: n }, () => {
    const pool = SPECIAL[type];
    if (special) {
      return f32OrInt(type, pool[Math.floor(random() * pool.length)]);
    }
    const small = random() * 20 - (type === "u32" ? 0 : 10);
    return type === "f32" ? f(small) : Math.trunc(small) + 0;
  });
}

function f32OrInt(type: Type, value: number): number {
  return type === "f32" ? f(value) : value;
}

/** Types of a function's operands and result, and what it must give. */
type Unary = readonly [Type, Type, (x: number) => number];
type Binary = readonly [Type, Type, (a: number, b: number) => number];

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

const UNARY: Partial<Record<UnaryName, Unary>> = {
  neg: ["f32", "f32", (x) => -x],
  abs: ["f32", "f32", Math.abs],
  sign: ["f32", "f32", Math.sign],
  floor: ["f32", "f32", Math.floor],
  ceil: ["f32", "f32", Math.ceil],
  round: [
    "f32",
    "f32",
    (x) => Number.isFinite(x) ? halfToEven(x) : x,
  ],
  sqrt: ["f32", "f32", (x) => f(Math.sqrt(x))],
  rsqrt: ["f32", "f32", (x) => f(1 / f(Math.sqrt(x)))],
  reciprocal: ["f32", "f32", (x) => f(1 / x)],
  square: ["f32", "f32", (x) => f(x * x)],
  not: ["u32", "u32", (x) => x === 0 ? 1 : 0],
  isnan: ["f32", "u32", (x) => Number.isNaN(x) ? 1 : 0],
  neg_i32: ["i32", "i32", (x) => -x | 0],
  abs_i32: ["i32", "i32", (x) => Math.abs(x) | 0],
  sign_i32: ["i32", "i32", Math.sign],
  sign_u32: ["u32", "u32", Math.sign],
  square_i32: ["i32", "i32", (x) => Math.imul(x, x)],
  not_i32: ["i32", "i32", (x) => ~x],
};

const CASTS: Record<CastName, Unary> = {
  f32_i32: ["f32", "i32", (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1)],
  f32_u32: ["f32", "u32", (x) => saturate(x, 0, 2 ** 32 - 1)],
  i32_f32: ["i32", "f32", f],
  u32_f32: ["u32", "f32", f],
  f32_bool: ["f32", "u32", (x) => x === 0 ? 0 : 1],
  i32_bool: ["i32", "u32", (x) => x === 0 ? 0 : 1],
  // Read as a bool only 0 and 1 matter; the kernel converts any integer.
  bool_f32: ["i32", "f32", f],
};

function power(x: number, y: number): number {
  if (x === 1 || y === 0 || (x === -1 && !Number.isFinite(y) && y === y)) {
    return 1;
  }
  return f(Math.pow(x, y));
}

const BINARY: Record<BinaryName, Binary> = {
  add: ["f32", "f32", (a, b) => f(a + b)],
  sub: ["f32", "f32", (a, b) => f(a - b)],
  mul: ["f32", "f32", (a, b) => f(a * b)],
  div: ["f32", "f32", (a, b) => f(a / b)],
  max: ["f32", "f32", Math.max],
  min: ["f32", "f32", Math.min],
  pow: ["f32", "f32", power],
  rem: ["f32", "f32", (a, b) => a % b],
  atan2: ["f32", "f32", (a, b) => f(Math.atan2(a, b))],
  add_i32: ["i32", "i32", (a, b) => (a + b) | 0],
  sub_i32: ["i32", "i32", (a, b) => (a - b) | 0],
  mul_i32: ["i32", "i32", Math.imul],
  div_i32: ["i32", "i32", (a, b) => b === 0 ? -1 : (a / b) | 0],
  rem_i32: ["i32", "i32", (a, b) => b === 0 ? a : (a % b) | 0],
  max_i32: ["i32", "i32", Math.max],
  min_i32: ["i32", "i32", Math.min],
  pow_i32: ["i32", "i32", integerPower],
  div_u32: [
    "u32",
    "u32",
    (a, b) => b === 0 ? 2 ** 32 - 1 : Math.floor(a / b),
  ],
  rem_u32: ["u32", "u32", (a, b) => b === 0 ? a : a % b],
  max_u32: ["u32", "u32", Math.max],
  min_u32: ["u32", "u32", Math.min],
  and: ["i32", "i32", (a, b) => a & b],
  or: ["i32", "i32", (a, b) => a | b],
  xor: ["i32", "i32", (a, b) => a ^ b],
  shl: ["u32", "u32", (a, b) => b > 31 ? 0 : (a << b) >>> 0],
  shr_s: ["i32", "i32", (a, b) => a >> (b >>> 0 > 31 ? 31 : b)],
  shr_u: ["u32", "u32", (a, b) => b > 31 ? 0 : a >>> b],
};

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

function comparisons(suffix: "" | "_i32" | "_u32"): [CompareName, Binary][] {
  const type = suffix === "" ? "f32" : suffix === "_i32" ? "i32" : "u32";
  const tests = {
    eq: (a: number, b: number) => a === b,
    ne: (a: number, b: number) => a !== b,
    lt: (a: number, b: number) => a < b,
    le: (a: number, b: number) => a <= b,
    gt: (a: number, b: number) => a > b,
    ge: (a: number, b: number) => a >= b,
  };
  const names = suffix === "_u32"
    ? ["lt", "le", "gt", "ge"] as const
    : ["eq", "ne", "lt", "le", "gt", "ge"] as const;
  return names.map((name) => [
    `${name}${suffix}` as CompareName,
    [type, "u32", (a, b) => tests[name](a, b) ? 1 : 0],
  ]);
}

for (const variant of VARIANTS) {
  describe(`elementwise kernels, ${variant}`, () => {
    const bed = new Bed(variant);
    const { kernels } = bed;

    const unary = [
      ...Object.entries(UNARY).map(([name, row]) =>
        [`u_${name as UnaryName}`, row] as const
      ),
      ...Object.entries(CASTS).map(([name, row]) =>
        [`cast_${name as CastName}`, row] as const
      ),
    ];
    for (const [name, [from, to, expected]] of unary) {
      it(name, () => {
        for (const n of SIZES) {
          for (const special of [false, true]) {
            bed.clear();
            const x = operand(from, n, special);
            const out = bed.room(n);
            kernels[name](n, bed.put(from, x), out);
            bed.assertIntact(name);
            assertSame(bed.get(to, out, n), x.map(expected), `${name} ${n}`);
          }
        }
      });
    }

    const binary = [
      ...Object.entries(BINARY).map(([name, row]) =>
        [`b_${name as BinaryName}`, row] as const
      ),
      ...["", "_i32", "_u32"].flatMap((suffix) =>
        comparisons(suffix as "" | "_i32" | "_u32").map(([name, row]) =>
          [`c_${name}`, row] as const
        )
      ),
    ];
    for (const [name, [from, to, expected]] of binary) {
      it(name, () => {
        for (const n of SIZES) {
          for (const special of [false, true]) {
            const a = operand(from, Math.max(n, 1), special);
            const b = operand(from, Math.max(n, 1), special);
            for (const form of ["vv", "vs", "sv"] as const) {
              bed.clear();
              const pa = bed.put(from, form === "sv" ? a.slice(0, 1) : a);
              const pb = bed.put(from, form === "vs" ? b.slice(0, 1) : b);
              const out = bed.room(n);
              kernels[`${name}_${form}`](n, pa, pb, out);
              bed.assertIntact(name);
              const want = Array.from({ length: n }, (_, i) =>
                expected(
                  a[form === "sv" ? 0 : i],
                  b[form === "vs" ? 0 : i],
                ));
              assertSame(bed.get(to, out, n), want, `${name}_${form} ${n}`);
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
        kernels.b_add_vv(n, p, p, p);
        kernels.u_neg(n, p, p);
        bed.assertIntact("in place");
        assertSame(bed.get("f32", p, n), x.map((v) => f(-2 * v)), `${n}`);
      }
    });

    it("select", () => {
      for (const n of SIZES) {
        const [a, b] = [
          operand("f32", n + 1, true),
          operand("f32", n + 1, true),
        ];
        const condition = operand("u32", n, false).map((v) => v & 1);
        for (const form of ["vv", "vs", "sv", "ss"] as const) {
          bed.clear();
          const out = bed.room(n);
          const values = condition.map((c, i) =>
            c ? a[form[0] === "s" ? 0 : i] : b[form[1] === "s" ? 0 : i]
          );
          kernels[`select_${form}`](
            n,
            bed.put("u32", condition),
            bed.put("f32", form[0] === "s" ? a.slice(0, 1) : a),
            bed.put("f32", form[1] === "s" ? b.slice(0, 1) : b),
            out,
          );
          bed.assertIntact("select");
          assertSame(bed.get("f32", out, n), values, `${form} ${n}`);
        }
      }
    });

    it("copy, fill, iota and affine", () => {
      for (const n of SIZES) {
        bed.clear();
        const x = operand("f32", n, true);
        const p = bed.put("f32", x);
        const outs = Array.from({ length: 5 }, () => bed.room(n));
        kernels.copy(n, p, outs[0]);
        kernels.fill(n, -7, outs[1]);
        kernels.iota_f32(n, 0.1, 0.3, outs[2]);
        kernels.iota_i32(n, 5, -2, outs[3]);
        kernels.affine(n, p, 0.1, 1 / 3, outs[4]);
        bed.assertIntact("words");
        const index = x.map((_, i) => i);
        assertSame(bed.get("f32", outs[0], n), x, "copy");
        assertSame(bed.get("i32", outs[1], n), index.map(() => -7), "fill");
        assertSame(
          bed.get("f32", outs[2], n),
          index.map((i) => f(0.1 + i * 0.3)),
          "iota_f32",
        );
        assertSame(
          bed.get("i32", outs[3], n),
          index.map((i) => 5 - 2 * i),
          "iota_i32",
        );
        assertSame(
          bed.get("f32", outs[4], n),
          x.map((v) => f(v * 0.1 + 1 / 3)),
          "affine",
        );
      }
    });
  });
}
