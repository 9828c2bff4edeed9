/**
 * A fused elementwise loop and a reduction as WGSL. Few terms are added by one
 * invocation, many by a workgroup with a tree at the end, and very many by
 * several workgroups whose results are added by another.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import type { BinaryOp, ReduceOp } from "../../ir/primitives.ts";
import type { Call, Instruction, Kernel, View } from "../plan.ts";
import { expression, load } from "./instructions.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { type EmitTuning, operandsOf, type Stage } from "./stages.ts";
import { indexedAxes, joinAxes, registers } from "./map.ts";

/** Which form suits which sizes. */
interface Limits {
  /** Up to this many terms one invocation adds them. */
  readonly few: number;
  /** From this many results on there is enough to do without sharing one. */
  readonly many: number;
  /** Terms from which the terms of a result are cut into parts. */
  readonly most: number;
  /** Terms of a part. */
  readonly part: number;
  /** The most parts of all results. */
  readonly parts: number;
}

const HARDWARE: Limits = {
  few: 48,
  many: 8192,
  most: 8192,
  part: 2048,
  parts: 256,
};
/** A program that plays a GPU is slow at barriers. */
const SOFTWARE: Limits = {
  few: 1024,
  many: 4096,
  most: 1025,
  part: 512,
  parts: 4096,
};
/** From this many terms on a workgroup is large. */
const MANY_TERMS = 512;
/** Neighbouring results that a workgroup computes where terms are far apart. */
const NEIGHBOURS = 16;

/** What is reduced: the terms of each result. */
interface Reduction {
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

/** A fused elementwise loop and a reduction. */
export function reduceStages(
  call: Call,
  kernel: Extract<Kernel, { kind: "reduce" }>,
  { software }: EmitTuning,
): KernelCode | readonly Stage[] {
  const limits = software ? SOFTWARE : HARDWARE;
  const [out] = call.writes;
  const reduction = reductionOf(call.reads, kernel, out.dtype);
  const { results, terms } = reduction;
  const to = `p${call.reads.length}`;
  const parts = Math.min(
    Math.ceil(terms / limits.part),
    Math.floor(limits.parts / results),
  );
  if (terms < limits.most || parts < 2) {
    return reduceCode(reduction, to, limits);
  }
  const words = parts * results;
  const scratch = (written: boolean) => ({ view: words, written });
  const rest: Reduction = {
    ...reduction,
    terms: parts,
    along: true,
    term: (to, j) => {
      const word = `heap[p0 + ${to} * ${parts}u + ${j}]`;
      return `let term = ${load(out.dtype, word)};`;
    },
    functions: [],
  };
  return [
    {
      code: reduceCode(partOf(reduction, parts), to, limits),
      operands: [...operandsOf(call).slice(0, -1), scratch(true)],
    },
    {
      code: reduceCode(rest, "p1", limits),
      operands: [scratch(false), { view: out, written: true }],
    },
  ];
}

function reductionOf(
  reads: readonly View[],
  { shape, axes, instructions, op, result }: Extract<
    Kernel,
    { kind: "reduce" }
  >,
  dtype: DType,
): Reduction {
  const isReduced = (axis: number) => axes.includes(axis);
  const indexed = [...indexedAxes(instructions)];
  const half = (reduced: boolean) =>
    joinAxes(
      shape.map((n, axis) => isReduced(axis) === reduced ? n : 1),
      reads.map((v) => v.strides),
      new Set(indexed.filter((axis) => isReduced(axis) === reduced)),
    );
  const kept = half(false);
  const gone = half(true);
  const compute = (to: string, j: string) => {
    const outer = takeApart(to, kept.shape, "i");
    const inner = takeApart(j, gone.shape, "j");
    const words = reads.map((_, i) => {
      const start = placeOf(`p${i}`, outer.names, kept.strides[i]);
      return `heap[${placeOf(start, inner.names, gone.strides[i])}]`;
    });
    const { code, functions } = registers(
      reads,
      words,
      instructions,
      (axis) => {
        const [{ axes }, { names }] = isReduced(axis)
          ? [gone, inner]
          : [kept, outer];
        return `U(${names[axes[axis]] ?? "0u"})`;
      },
    );
    const lines = [outer.code, inner.code, code, `let term = r${result};`];
    return { text: lines.filter(Boolean).join("\n"), functions };
  };
  const last = shape.findLastIndex((n) => n > 1);
  return {
    op,
    dtype,
    results: sizeOf(shape.filter((_, axis) => !isReduced(axis))),
    terms: sizeOf(shape.filter((_, axis) => isReduced(axis))),
    along: last < 0 || isReduced(last),
    term: (to, j) => compute(to, j).text,
    functions: compute("to", "j").functions,
  };
}

/** The same terms, cut into parts, each with a result of its own. */
function partOf(reduction: Reduction, parts: number): Reduction {
  const { results, terms, term } = reduction;
  const each = Math.ceil(terms / parts);
  return {
    ...reduction,
    results: results * parts,
    terms: each,
    // The last part may have fewer terms.
    term: (to, j) =>
      `\
let whole = ${to} / ${parts}u;
let at = (${to} - whole * ${parts}u) * ${each}u + ${j};
if (at >= ${terms}u) { break; }
${term("whole", "at")}`,
  };
}

function reduceCode(
  reduction: Reduction,
  to: string,
  { few, many }: Limits,
): KernelCode {
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
  const sum = (first: string, step: string) =>
    `\
var total = ${zero.text};
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
      code: `let to = item;\n${sum("0u", "1u")}\nheap[${to} + item] = ${
        word("total")
      };`,
      functions,
    };
  }
  const size = terms >= MANY_TERMS ? 256 : 64;
  const neighbours = along ? 1 : NEIGHBOURS;
  const lanes = size / neighbours;
  const inside = results % neighbours === 0 ? "true" : `to < ${results}u`;
  const other = `totals[lane + half * ${neighbours}u]`;
  const code = `\
let slice = lane / ${neighbours}u;
let to = group * ${neighbours}u + lane % ${neighbours}u;
if (${inside}) {
${sum("slice", `${lanes}u`)}
totals[lane] = total;
}
workgroupBarrier();
for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
if (slice < half) { totals[lane] = ${combine("totals[lane]", other).text}; }
workgroupBarrier();
}
if (slice == 0u && ${inside}) { heap[${to} + to] = ${word("totals[lane]")}; }`;
  return {
    kind: "groups",
    count: Math.ceil(results / neighbours),
    size,
    code,
    shared: [["totals", `array<${TYPES[dtype]}, ${size}>`]],
    functions,
  };
}
