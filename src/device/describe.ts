/**
 * Calls of a Plan in words, and how much work they are: for reports.
 *
 * @module
 */
import { formatAval, sizeOf } from "../base/shape.ts";
import type { BinaryOp, CompareOp } from "../ir/primitives.ts";
import type { Call, Instruction, Kernel, View } from "./plan.ts";

/** What a call computes and how much work that is. */
export interface CallWork {
  /** Kind of kernel, sizes, and for a fused loop its formula. */
  readonly name: string;
  /** Multiplications and additions of products, 0 for other kernels. */
  readonly flops: number;
  /** Bytes of the elements read and written, each counted once. */
  readonly bytes: number;
}

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

type Name = {
  readonly [K in Kernel["kind"]]: (kernel: Of<K>, call: Call) => string;
};

const NAME: Name = {
  map: (kernel, call) =>
    `${kernel.kind} ${ofShape(kernel, call)}: ${
      formulas(call, kernel.instructions, kernel.results)
    }`,
  reduce: (kernel, call) =>
    `${kernel.op} ${ofShape(kernel, call)} over ${kernel.axes}: ${
      formulas(call, kernel.instructions, [kernel.result])
    }`,
  dot: ({ b, m, n, k, packed }, call) =>
    `dot ${b === 1 ? "" : `${b} of `}${m}x${n}x${k} ${formOf(call, packed)}`,
  pack: ({ b, k, n }) => `pack ${b === 1 ? "" : `${b} of `}${k}x${n}`,
  argreduce: ({ op }, { reads }) => `arg${op} ${formatAval(reads[0])}`,
  sort: ({ kind }, { reads }) => `${kind} ${reads.map(formatAval).join(", ")}`,
  cumsum: ({ kind }, { reads }) => `${kind} ${formatAval(reads[0])}`,
  gather: ({ kind, count }, { reads }) =>
    `${kind} ${count} of ${formatAval(reads[0])}`,
  scatter: ({ kind, mode, count }, { writes }) =>
    `${kind} ${mode} ${count} into ${formatAval(writes[0])}`,
  dynamicSlice: ({ kind, sizes }, { reads }) =>
    `${kind} [${sizes}] of ${formatAval(reads[0])}`,
  dynamicUpdateSlice: ({ kind, sizes }, { writes }) =>
    `${kind} [${sizes}] into ${formatAval(writes[0])}`,
  conv: ({ kind, window, places, strides, dilation }, { reads: [x, w] }) => {
    const [groups, samples, features] = x.shape;
    const spaced = strides.some((n) => n > 1) ? ` every ${strides}` : "";
    const holes = dilation.some((n) => n > 1) ? ` dilated ${dilation}` : "";
    return `${kind} ${window.join("x")}${spaced}${holes} to ` +
      `${places.join("x")}, ${groups === 1 ? "" : `${groups} groups of `}` +
      `${samples}x${features}->${w.shape[1]}`;
  },
  winogradWeights: (_, { reads: [w] }) => `winograd of ${formatAval(w)}`,
  winograd: ({ kind }, { reads: [x, u], writes: [out] }) => {
    const [groups, samples, features] = x.shape;
    return `${kind} 3x3 to ${out.shape.slice(3).join("x")}, ` +
      `${groups === 1 ? "" : `${groups} groups of `}` +
      `${samples}x${features}->${u.shape[2]}`;
  },
  reduceWindow: ({ op, window, places }, { reads }) =>
    `${op} of ${window.join("x")} to ${places.join("x")} of ` +
    formatAval(reads[0]),
  argWindow: ({ op, window, places }, { reads }) =>
    `arg${op} of ${window.join("x")} to ${places.join("x")} of ` +
    formatAval(reads[0]),
  random: ({ kind, batch, params }, { writes }) =>
    `${kind} ${params.draw.kind} ${formatAval(writes[0])}` +
    (batch === 1 ? "" : ` of ${batch} keys`),
};

/** What a call computes and how much work that is. */
export function describeCall(call: Call): CallWork {
  const { kernel } = call;
  const views = [...call.reads, ...call.writes];
  return {
    name: nameOf(kernel, call),
    flops: flopsOf(call),
    bytes: views.reduce((sum, view) => sum + 4 * elementsOf(view), 0),
  };
}

function flopsOf({ kernel, reads, writes }: Call): number {
  if (kernel.kind === "dot") {
    return 2 * kernel.b * kernel.m * kernel.n * kernel.k;
  }
  if (kernel.kind === "winograd") {
    return 2 * sizeOf(writes[0].shape) * 4 * reads[0].shape[2];
  }
  if (kernel.kind !== "conv") return 0;
  return 2 * sizeOf(writes[0].shape) * sizeOf(reads[1].shape.slice(2));
}

function nameOf<K extends Kernel["kind"]>(kernel: Of<K>, call: Call): string {
  const name = NAME[kernel.kind as K];
  return name(kernel, call);
}

/** An axis with stride 0 repeats the same elements. */
function elementsOf({ shape, strides }: View): number {
  return sizeOf(
    shape.map((n, axis) => strides[axis] === 0 ? Math.min(n, 1) : n),
  );
}

function ofShape({ shape }: Of<"map" | "reduce">, { writes }: Call): string {
  return formatAval({ dtype: writes[0].dtype, shape });
}

/** How the operands lie in memory: n as they are used, t transposed. */
function formOf({ reads }: Call, packed: boolean): string {
  const [left, right] = reads.map(({ shape, strides }) =>
    shape[2] === 1 || strides[2] === 1 ? "n" : "t"
  );
  return left + (packed ? "p" : right);
}

/** Longest formula that is shown as one. */
const LONGEST = 44;

const INFIX: { readonly [P in BinaryOp | CompareOp]?: string } = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

/**
 * What a fused loop stores, in terms of its operands a, b, c; where that is
 * long, which operations it does.
 */
function formulas(
  { reads }: Call,
  instructions: readonly Instruction[],
  results: readonly number[],
): string {
  const texts: string[] = reads.map((_, i) => operandName(i));
  for (const i of instructions) {
    const args = "args" in i ? i.args.map((a) => texts[a]) : [];
    const text = formula(i, args);
    texts.push(text.length > LONGEST ? "..." : text);
  }
  const text = [...new Set(results.map((r) => bare(texts[r])))].join("; ");
  return text.includes("...") || text.length > LONGEST
    ? operations(instructions)
    : text;
}

function operandName(index: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return letters[index] ?? `r${index}`;
}

function formula(i: Instruction, args: readonly string[]): string {
  if (i.op === "constant") return `${Number(i.value.toPrecision(4))}`;
  if (i.op === "index") return `i${i.axis}`;
  if (i.op === "affine") {
    const scale = Number(i.scale.toPrecision(4));
    const shift = Number(i.shift.toPrecision(4));
    return `(${args[0]} * ${scale} + ${shift})`;
  }
  if (i.op === "cast") return `${i.to}(${bare(args[0])})`;
  const sign = i.op === "binary" || i.op === "compare"
    ? INFIX[i.fn]
    : undefined;
  return sign === undefined
    ? `${opName(i)}(${args.map(bare).join(", ")})`
    : `(${args[0]} ${sign} ${args[1]})`;
}

/** Without the parentheses around all of it. */
function bare(text: string): string {
  if (!text.startsWith("(")) return text;
  let depth = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return text;
  }
  return text.slice(1, -1);
}

function opName(i: Instruction): string {
  return "fn" in i ? i.fn : i.op;
}

/** Operations by how often they occur: `4 mul, 2 add, exp`. */
function operations(instructions: readonly Instruction[]): string {
  const counts = new Map<string, number>();
  for (const i of instructions) {
    if (i.op === "constant" || i.op === "index") continue;
    counts.set(opName(i), (counts.get(opName(i)) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => n === 1 ? name : `${n} ${name}`)
    .join(", ");
}
