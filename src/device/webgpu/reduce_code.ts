/**
 * Reductions as WGSL. Few terms are added by one invocation, many by a
 * workgroup: each invocation adds some, then a tree adds what they have. The
 * first levels of the tree are shuffles within subgroups, where there are any.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type { BinaryOp, ReduceOp } from "../../ir/primitives.ts";
import type { Instruction } from "../plan.ts";
import { expression } from "./instructions.ts";
import type { KernelCode } from "./kernel_code.ts";
import type { EmitTuning } from "./stages.ts";

/** Which form suits which sizes. */
interface Limits {
  /** Up to this many terms one invocation adds them. */
  readonly few: number;
  /** From this many results on there is enough to do without sharing one. */
  readonly many: number;
}

const HARDWARE: Limits = { few: 48, many: 8192 };
/** A program that plays a GPU is slow at barriers. */
const SOFTWARE: Limits = { few: 1024, many: 4096 };
/** From this many terms on a workgroup is large. */
const MANY_TERMS = 512;
/** Neighbouring results that a workgroup computes where terms are far apart. */
const NEIGHBOURS = 16;

/** What is reduced: the terms of each result. */
export interface Reduction {
  readonly op: ReduceOp;
  readonly dtype: DType;
  /** Number of results. */
  readonly results: number;
  /** Number of terms of each. */
  readonly terms: number;
  /** Whether neighbouring terms are neighbours in memory. */
  readonly along: boolean;
  /** Statements that compute the register `term`: term `j` of result `to`. */
  readonly term: (to: string, j: string) => string;
  readonly functions: readonly string[];
}

const COMBINE: { readonly [O in ReduceOp]: BinaryOp } = {
  sum: "add",
  prod: "mul",
  max: "max",
  min: "min",
};

/** What a reduction of nothing gives. */
function identity(op: ReduceOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return 1;
  if (dtype === "f32") return op === "max" ? -Infinity : Infinity;
  const [low, high] = dtype === "i32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 2 ** 32 - 1];
  return op === "max" ? low : high;
}

const TYPES: { readonly [D in DType]: string } = {
  f32: "F",
  i32: "I",
  u32: "U",
  bool: "U",
};

/**
 * The code of a reduction whose results go to the operand `to`.
 */
export function reduceCode(
  reduction: Reduction,
  to: string,
  { software, subgroup }: EmitTuning,
): KernelCode {
  const { few, many } = software ? SOFTWARE : HARDWARE;
  const { op, dtype, results, terms, along, term } = reduction;
  const constant: Instruction = {
    op: "constant",
    dtype,
    value: identity(op, dtype),
  };
  const zero = expression(constant, [], () => "");
  const combine = (a: string, b: string) =>
    expression(
      { op: "binary", fn: COMBINE[op], dtype, args: [0, 1] },
      [a, b],
      () => "",
    );
  const functions = [
    ...reduction.functions,
    ...zero.functions,
    ...combine("", "").functions,
  ];
  const word = (value: string) =>
    dtype === "u32" || dtype === "bool" ? value : `bitcast<U>(${value})`;
  const add = combine("total", "term").text;
  const loop = (first: string, step: string) =>
    `\
for (var j = ${first}; j < ${terms}u; j += ${step}) {
${term("to", "j")}
total = ${add};
}`;
  if (terms <= few || results >= many) {
    return {
      kind: "items",
      count: results,
      rows: results,
      steps: terms,
      code: `\
let to = item;
var total = ${zero.text};
${loop("0u", "1u")}
heap[${to} + item] = ${word("total")};`,
      functions,
    };
  }
  const size = terms >= MANY_TERMS ? 256 : 64;
  const neighbours = along ? 1 : NEIGHBOURS;
  const inside = results % neighbours === 0 ? "true" : `to < ${results}u`;
  // A subgroup has neighbouring invocations: terms of the same result.
  const near = along ? Math.min(subgroup, size) : 1;
  const shuffles: string[] = [];
  for (let distance = near / 2; distance >= 1; distance /= 2) {
    const other = `subgroupShuffleXor(total, ${distance}u)`;
    shuffles.push(`{ let term = ${other}; total = ${add}; }\n`);
  }
  const both = combine("totals[lane]", "totals[lane + half]").text;
  const code = `\
let to = group * ${neighbours}u + lane % ${neighbours}u;
var total = ${zero.text};
if (${inside}) {
${loop(`lane / ${neighbours}u`, `${size / neighbours}u`)}
}
${shuffles.join("")}\
if (lane % ${near}u == 0u) { totals[lane / ${near}u] = total; }
workgroupBarrier();
for (var half = ${
    Math.floor(size / near / 2)
  }u; half >= ${neighbours}u; half /= 2u) {
if (lane < half) { totals[lane] = ${both}; }
workgroupBarrier();
}
if (lane < ${neighbours}u && ${inside}) {
heap[${to} + to] = ${word("totals[lane]")};
}`;
  return {
    kind: "groups",
    count: Math.ceil(results / neighbours),
    size,
    code,
    shared: [["totals", `array<${TYPES[dtype]}, ${size / near}>`]],
    subgroups: near > 1,
    functions,
  };
}
