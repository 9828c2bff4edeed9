/**
 * Operands for every instruction, and what is wrong with its results.
 */
import { type DType, round, view } from "../../../src/base/dtype.ts";
import { prepareRegisters } from "../../../src/device/elementwise.ts";
import type { Instruction } from "../../../src/device/plan.ts";
import { UNARY } from "../../../src/device/scalar_ops.ts";
import { BINARY_DTYPES, UNARY_DTYPES } from "../../../src/ir/dtype_rules.ts";
import type {
  BinaryOp,
  CompareOp,
  UnaryOp,
} from "../../../src/ir/primitives.ts";
import { Source } from "../plan_kit.ts";
import type { Case } from "./shader_kit.ts";

/** Elements of each case; a multiple of 4. */
export const COUNT = 4096;

/** A case, and how exact it must be. */
export interface Checked extends Case {
  /** Of the operation. */
  readonly name: string;
  /** Largest relative error of a float; at 0 signs of zeros count too. */
  readonly tolerance: number;
  /** Results of at most this size may be anything of at most this size. */
  readonly tiny: number;
}

const LEAST_NORMAL = 2 ** -126;

type Range = readonly [low: number, high: number];

const ROUNDED = 3e-7;
const CLOSE = 1e-6;

/** Errors that functions may have; others are exact. */
const TOLERANCES: { readonly [op in UnaryOp | BinaryOp]?: number } = {
  exp: CLOSE,
  expm1: CLOSE,
  log: CLOSE,
  log1p: CLOSE,
  sin: CLOSE,
  cos: CLOSE,
  tan: CLOSE,
  tanh: CLOSE,
  sigmoid: CLOSE,
  erf: CLOSE,
  erfinv: CLOSE,
  pow: CLOSE,
  atan2: CLOSE,
  div: ROUNDED,
  reciprocal: ROUNDED,
  sqrt: ROUNDED,
  rsqrt: 2 * ROUNDED,
};

/** Results of which parts may be denormals: see {@link Checked.tiny}. */
const TINY: { readonly [op in UnaryOp]?: number } = { erf: 2 ** -123 };

/** Where a function is tried densely. */
const RANGES: { readonly [op in UnaryOp]?: readonly Range[] } = {
  exp: [[-1, 1], [-105, 90]],
  expm1: [[-1, 1], [-30, 90]],
  log: [[0.5, 2], [0, 100], [-1, 0]],
  log1p: [[-1.01, 1], [0, 100]],
  sin: [[-7, 7], [-1e5, 1e5], [-1e20, 1e20]],
  cos: [[-7, 7], [-1e5, 1e5], [-1e20, 1e20]],
  tan: [[-7, 7], [-1e5, 1e5], [-1e20, 1e20]],
  tanh: [[-1, 1], [-10, 10]],
  sigmoid: [[-1, 1], [-90, 90]],
  erf: [[-1, 1], [-5, 5]],
  erfinv: [[-1.01, 1.01], [0.99, 1], [-1, -0.99]],
  sqrt: [[-1, 10]],
  rsqrt: [[-1, 10]],
  round: [[-10, 10], [-1e7, 1e7]],
};

const PAIRS: { readonly [op in BinaryOp]?: readonly (readonly Range[])[] } = {
  pow: [
    [[0, 4], [-20, 20]],
    [[0, 1000], [-10, 10]],
    [[0.999, 1.001], [-50000, 50000]],
  ],
  rem: [[[-10, 10], [-3, 3]], [[-1e30, 1e30], [-1, 1]]],
};

const SPECIAL = [
  ...[0, 1, Infinity, 3.4028234663852886e38, 1.1754943508222875e-38],
  ...[1e-45, 5e-39, 0.5, 1.5, 2, 2.5, 3, 0.1, 1e-8, 1e-20, 1e20, 89, 4194305.5],
  ...[8388607.5, 16777215, 2147483648, 4294967296],
].flatMap((x) => [x, -x]).concat(NaN);

const CONSTANTS: { readonly [D in DType]: readonly number[] } = {
  f32: [0, -0, Infinity, -Infinity, NaN, 1e-45, 0.1, -1 / 3, 3e38, 1e-38, 1e9],
  i32: [0, -5, 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 7, 2 ** 32 - 1],
  bool: [0, 1],
};

const SPECIAL_WORDS = [
  ...[0, 1, 2, 3, 5, 31, 32, 33, 0x7fffffff, 0x80000000, 0x80000001],
  ...[0xffffffff, 0xfffffffe, 0xffffffe0],
];

/** Every special value with every other, then random ones from the ranges. */
function operandsOf(
  dtypes: readonly DType[],
  ranges: readonly (readonly Range[])[],
): Uint32Array[] {
  const source = new Source(ranges.length);
  const special = dtypes.map((dtype) =>
    dtype === "f32"
      ? [...new Uint32Array(Float32Array.from(SPECIAL).buffer), 0xffc00000]
      : dtype === "bool"
      ? [0, 1]
      : SPECIAL_WORDS
  );
  const combined = special.reduce((n, list) => n * list.length, 1);
  return dtypes.map((dtype, j) => {
    const stride = special.slice(0, j).reduce((n, list) => n * list.length, 1);
    return Uint32Array.from({ length: COUNT }, (_, i) => {
      if (i < combined) {
        return special[j][Math.floor(i / stride) % special[j].length];
      }
      const [low, high] = ranges[i % ranges.length][j];
      const x = low + (high - low) * source.next();
      if (dtype === "bool") return source.next() < 0.5 ? 0 : 1;
      if (dtype !== "f32") {
        return source.next() < 0.5 ? Math.floor(x) : source.next() * 2 ** 32;
      }
      // Some whole numbers, and some close to 0.
      const kind = i % 16;
      const y = kind === 0 ? Math.round(x) : kind === 1 ? x * x * 1e-9 : x;
      return new Uint32Array(Float32Array.of(y).buffer)[0];
    });
  });
}

function checked(
  name: string,
  instruction: Instruction,
  operands: readonly DType[],
  result: DType,
  ranges: readonly (readonly Range[])[] = [operands.map(() => [-9, 9])],
  tolerance = 0,
  tiny = LEAST_NORMAL,
): Checked {
  const words = operandsOf(operands, ranges);
  return {
    name: `${name} ${operands.join(" ")}`,
    instruction,
    operands,
    result,
    words,
    tolerance,
    tiny,
  };
}

const TYPES: readonly DType[] = ["f32", "i32", "u32", "bool"];
const COMPARISONS: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];

function affine(scale: number, shift: number): Checked {
  return checked(
    `affine ${scale} ${shift}`,
    { op: "affine", scale, shift, args: [0] },
    ["f32"],
    "f32",
    [[[-4, 4]], [[-1e6, 1e6]]],
    0,
    // Parts of the product may be denormals.
    2 ** -100,
  );
}

/** All instructions. */
export function allCases(): Checked[] {
  const keys = <K extends string>(table: Record<K, unknown>) =>
    Object.keys(table) as K[];
  return [
    ...keys(UNARY_DTYPES).flatMap((fn) =>
      UNARY_DTYPES[fn].map((dtype) =>
        checked(
          fn,
          { op: "unary", fn, dtype, args: [0] },
          [dtype],
          fn === "isnan" ? "bool" : dtype,
          RANGES[fn]?.map((range) => [range]),
          dtype === "f32" ? TOLERANCES[fn] : 0,
          TINY[fn],
        )
      )
    ),
    ...keys(BINARY_DTYPES).flatMap((fn) =>
      BINARY_DTYPES[fn].map((dtype) =>
        checked(
          fn,
          { op: "binary", fn, dtype, args: [0, 1] },
          [dtype, dtype],
          dtype,
          PAIRS[fn],
          dtype === "f32" ? TOLERANCES[fn] : 0,
        )
      )
    ),
    ...COMPARISONS.flatMap((fn) =>
      TYPES.map((dtype) =>
        checked(
          fn,
          { op: "compare", fn, dtype, args: [0, 1] },
          [dtype, dtype],
          "bool",
        )
      )
    ),
    ...TYPES.flatMap((from) =>
      TYPES.flatMap((to) =>
        (["cast", "bitcast"] as const).map((op) =>
          checked(`${op} to ${to}`, { op, from, to, args: [0] }, [from], to)
        )
      ).filter(({ instruction: { op } }) => op === "cast" || from !== "bool")
    ),
    ...TYPES.map((dtype) =>
      checked(
        "select",
        { op: "select", dtype, args: [0, 1, 2] },
        ["bool", dtype, dtype],
        dtype,
      )
    ),
    ...TYPES.flatMap((dtype) =>
      CONSTANTS[dtype].map((value) =>
        checked(
          `constant ${value} ${dtype}`,
          { op: "constant", dtype, value },
          ["u32"],
          dtype,
        )
      )
    ),
    affine(0.1, -0.7),
    affine(1 / 3, 1e-3),
    affine(-2, 1),
    affine(1.1754943508222875e-38, 0.3),
    affine(1e30, -1e30),
    affine(Math.PI, 0),
  ];
}

/** A result that is wrong, or the worst. */
export interface Worst {
  /** Relative error; infinite where there is no excuse. */
  readonly error: number;
  /** Operands, result and what was expected. */
  readonly what: string;
}

function numbers(dtype: DType, words: Uint32Array): ArrayLike<number> {
  return view(dtype, words.slice().buffer, 0, words.length);
}

/** What the reference device gives. */
function expectedOf(
  { instruction, operands, result }: Case,
  words: readonly Uint32Array[],
): ArrayLike<number> {
  const compute = prepareRegisters(
    { shape: [COUNT], instructions: [instruction] },
    operands.map(() => [1]),
    { round, unary: UNARY },
  );
  const registers = compute(words.map((own, j) => ({
    words: view(operands[j], own.slice().buffer, 0, COUNT),
    at: 0,
  })));
  return Float64Array.from(registers[operands.length], (x) => round(result, x));
}

/** Denormals as zeros, for which an adapter may take them. */
function flushed(dtype: DType, words: Uint32Array): Uint32Array {
  if (dtype !== "f32") return words;
  return words.map((w) => (w & 0x7f800000) === 0 ? w & 0x80000000 : w);
}

function errorOf(x: number, y: number, { tolerance, tiny }: Checked): number {
  if (Object.is(x, y) || (x === y && tolerance > 0)) return 0;
  const small = Math.abs(x) <= tiny && Math.abs(y) <= tiny;
  if (small && (x !== 0 || y !== 0)) return 0;
  const error = Math.abs(x - y) / Math.abs(y);
  return error < Infinity ? error : Infinity;
}

/** Compares the words of a result with what they should be. */
export function worstOf(one: Checked, words: Uint32Array): Worst {
  const actual = numbers(one.result, words);
  const expected = expectedOf(one, one.words);
  const also = expectedOf(
    one,
    one.words.map((own, j) => flushed(one.operands[j], own)),
  );
  const operands = one.words.map((own, j) => numbers(one.operands[j], own));
  let worst: Worst = { error: 0, what: "" };
  for (let i = 0; i < COUNT; i++) {
    // Engines differ in the sign that NaN has in what is expected.
    const ofNaN = one.instruction.op === "bitcast" &&
      Number.isNaN(operands[0][i]);
    if (ofNaN && (words[i] & 0x7fffffff) > 0x7f800000) continue;
    const error = Math.min(
      errorOf(actual[i], expected[i], one),
      errorOf(actual[i], also[i], one),
    );
    if (error > worst.error) {
      const args = operands.map((own) => own[i]).join(", ");
      worst = {
        error,
        what: `(${args}) is ${actual[i]}, expected ${expected[i]}`,
      };
    }
  }
  return worst;
}
