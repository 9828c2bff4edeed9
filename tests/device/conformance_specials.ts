/**
 * Conformance where numbers end: NaN, infinities, overflow, and the integers
 * at either end of their range, through all scalar operations.
 */
import { allocate, type DType, type TypedArray } from "../../src/base/dtype.ts";
import { range } from "../../src/base/shape.ts";
import type { Instruction, Plan } from "../../src/device/plan.ts";
import { BINARY_DTYPES, UNARY_DTYPES } from "../../src/ir/dtype_rules.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../src/ir/primitives.ts";
import { PlanKit } from "./plan_kit.ts";
import { type Suite, TINY } from "./declare.ts";

const TOP = 2 ** 31;
const FLOATS = [
  ...[NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, -2.5, 2, 3],
  ...[1e-30, -1e-30, 1e30, -1e30, 3.4e38, -3.4e38, 88.9, -88.9, 1 + 2 ** -20],
];
const INTEGERS = [
  ...[0, 1, -1, 2, -2, 3, 7, -7, 30, 31, 32, 33, 65535, 65536, -65537],
  ...[TOP - 1, -TOP, 1 - TOP, TOP / 2, 0x55555555, 0x7fff0001],
];
/** Around the ends of what integers hold, and halves. */
const TO_INTEGERS = [
  ...[NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 0.99, -0.99, 1.5, -1.5],
  ...[TOP, TOP - 128, -TOP, -TOP - 256, 2 * TOP, 2 * TOP - 256, 1e20, -1e20],
];
const TYPES: readonly DType[] = ["f32", "i32", "u32", "bool"];
const COMPARISONS: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const PERIODIC: readonly UnaryOp[] = ["sin", "cos", "tan"];

/** The special numbers of a dtype. */
function specials(dtype: DType): readonly number[] {
  if (dtype === "bool") return [0, 1];
  return dtype === "f32" ? FLOATS : INTEGERS;
}

function elements(dtype: DType, values: readonly number[]): TypedArray {
  const data = allocate(dtype, values.length);
  data.set(values);
  return data;
}

/** Checks of special numbers. */
export function conformSpecials(suite: Suite): void {
  suite.describe("special numbers", (suite) => {
    unary(suite);
    binary(suite);
    conversions(suite);
    overflow(suite);
  });
}

/** One instruction on operands that are arrays of `n` elements. */
function one(
  instruction: Instruction,
  operands: readonly DType[],
  result: DType,
  n: number,
): Plan {
  const kit = new PlanKit();
  const inputs = operands.map((dtype) => kit.input(dtype, [n]));
  const out = kit.output(result, [n]);
  const instructions = [instruction];
  const results = [operands.length];
  kit.call({ kind: "map", shape: [n], instructions, results }, inputs, [out]);
  return kit.plan();
}

function unary(suite: Suite): void {
  suite.cases("through unary operations", (add) => {
    for (const fn of Object.keys(UNARY_DTYPES) as UnaryOp[]) {
      for (const dtype of UNARY_DTYPES[fn]) {
        // An angle of more digits than an f32 has says nothing.
        const values = specials(dtype).filter((x) =>
          !PERIODIC.includes(fn) || !Number.isFinite(x) || Math.abs(x) < 1e6
        );
        const plan = one(
          { op: "unary", fn, dtype, args: [0] },
          [dtype],
          fn === "isnan" ? "bool" : dtype,
          values.length,
        );
        const what = `${fn} of ${dtype} ${values}`;
        add(plan, [elements(dtype, values)], what, 1e-6, TINY);
      }
    }
  });
}

function binary(suite: Suite): void {
  /** All pairs of special numbers. */
  const pairs = (dtype: DType): TypedArray[] => {
    const values = specials(dtype);
    return [
      elements(dtype, values.flatMap((x) => values.map(() => x))),
      elements(dtype, values.flatMap(() => values)),
    ];
  };
  for (const fn of Object.keys(BINARY_DTYPES) as BinaryOp[]) {
    suite.cases(`through ${fn}, in all pairs`, (add) => {
      for (const dtype of BINARY_DTYPES[fn]) {
        const data = pairs(dtype);
        const plan = one(
          { op: "binary", fn, dtype, args: [0, 1] },
          [dtype, dtype],
          dtype,
          data[0].length,
        );
        add(plan, data, `${fn} of ${dtype}`, 1e-6);
      }
    });
  }
  suite.cases("through comparisons and selections, in all pairs", (add) => {
    for (const dtype of TYPES) {
      const data = pairs(dtype);
      const n = data[0].length;
      for (const fn of COMPARISONS) {
        const compare: Instruction = { op: "compare", fn, dtype, args: [0, 1] };
        add(one(compare, [dtype, dtype], "bool", n), data, `${fn} of ${dtype}`);
      }
      // What is not selected must leave no trace.
      const select: Instruction = { op: "select", dtype, args: [0, 1, 2] };
      const which = elements("bool", range(n).map((i) => i % 3 === 0 ? 1 : 0));
      add(
        one(select, ["bool", dtype, dtype], dtype, n),
        [which, ...data],
        `select of ${dtype}`,
      );
    }
  });
}

function conversions(suite: Suite): void {
  suite.cases("through casts", (add) => {
    for (const from of TYPES) {
      for (const to of TYPES) {
        const values = [
          ...specials(from),
          ...(from === "f32" ? TO_INTEGERS : []),
        ];
        const plan = one(
          { op: "cast", from, to, args: [0] },
          [from],
          to,
          values.length,
        );
        add(plan, [elements(from, values)], `${from} to ${to} of ${values}`);
      }
    }
  });
}

/** Functions that overflow, underflow or level off, and how far to look. */
const FAR: readonly (readonly [UnaryOp, number])[] = [
  ["exp", 200],
  ["expm1", 200],
  ["sigmoid", 200],
  ["tanh", 50],
  ["erf", 50],
  ["square", 1e25],
];

function overflow(suite: Suite): void {
  suite.cases("at the ends of exponentials", (add) => {
    const steps = 1601;
    for (const [fn, end] of FAR) {
      const values = range(steps).map((i) => end * (2 * i / (steps - 1) - 1));
      add(
        one(
          { op: "unary", fn, dtype: "f32", args: [0] },
          ["f32"],
          "f32",
          steps,
        ),
        [elements("f32", values)],
        `${fn} within ${end}`,
        1e-6,
        TINY,
      );
    }
  });
}
