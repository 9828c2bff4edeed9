/**
 * A fused elementwise loop and a reduction: in one run, or, where terms are
 * very many, in two, the first of which reduces parts.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Call, Kernel, View } from "../plan.ts";
import { load } from "./instructions.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { type EmitTuning, operandsOf, type Stage } from "./stages.ts";
import { indexedAxes, joinAxes, registers } from "./map.ts";
import { reduceCode, type Reduction } from "./reduce_code.ts";

/** When terms are cut into parts. */
interface Limits {
  /** Terms from which the terms of a result are cut into parts. */
  readonly most: number;
  /** Terms of a part. */
  readonly part: number;
  /** The most parts of all results. */
  readonly parts: number;
}

const HARDWARE: Limits = { most: 8192, part: 2048, parts: 256 };
/** A program that plays a GPU is slow at barriers. */
const SOFTWARE: Limits = { most: 1025, part: 512, parts: 4096 };
/** A fused elementwise loop and a reduction. */
export function reduceStages(
  call: Call,
  kernel: Extract<Kernel, { kind: "reduce" }>,
  tuning: EmitTuning,
): KernelCode | readonly Stage[] {
  const limits = tuning.software ? SOFTWARE : HARDWARE;
  const [out] = call.writes;
  const reduction = reductionOf(call.reads, kernel, out.dtype);
  const { results, terms } = reduction;
  const to = `p${call.reads.length}`;
  const parts = Math.min(
    Math.ceil(terms / limits.part),
    Math.floor(limits.parts / results),
  );
  if (terms < limits.most || parts < 2) {
    return reduceCode(reduction, to, tuning);
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
      code: reduceCode(partOf(reduction, parts), to, tuning),
      operands: [...operandsOf(call).slice(0, -1), scratch(true)],
    },
    {
      code: reduceCode(rest, "p1", tuning),
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
