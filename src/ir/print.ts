/**
 * Programs as text: one line per node, short names, constants as literals
 * where they are used, sub-programs indented below their node. The printer
 * also prints broken Programs, because `verify` shows them in its errors.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { formatAval } from "../base/shape.ts";
import type { Primitive, PrimitiveParams, Sliding } from "./primitives.ts";
import { isNode, type Node, type Program, type ValueId } from "./program.ts";
import { subPrograms } from "./sub_programs.ts";

/** How {@link formatProgram} prints. */
export interface FormatOptions {
  /** Also print the forward and backward Programs of customVjp nodes. */
  readonly rules?: boolean;
}

type Text<P extends Primitive> = (
  params: PrimitiveParams[P],
) => readonly [name: string, params?: string];

const list = (xs: readonly number[]) => `[${xs.join(",")}]`;

const alongBatch = (axis: number, batchDims: number) =>
  `axis ${axis}` + (batchDims > 0 ? `, batch ${batchDims}` : "");

/** Name and parameters of each primitive; dtypes and shapes are on the left. */
const TEXT: { readonly [P in Primitive]: Text<P> } = {
  constant: ({ dtype, value }) => ["constant", formatLiteral(dtype, value)],
  iota: ({ axis }) => ["iota", `axis ${axis}`],
  unary: ({ op }) => [op],
  binary: ({ op }) => [op],
  compare: ({ op }) => [op],
  select: () => ["select"],
  affine: ({ scale, shift }) => ["affine", `* ${scale} + ${shift}`],
  cast: () => ["cast"],
  bitcast: () => ["bitcast"],
  broadcast: ({ axes }) => ["broadcast", `axes ${list(axes)}`],
  reshape: () => ["reshape"],
  transpose: ({ perm }) => ["transpose", list(perm)],
  slice: ({ start, limit, stride }) => [
    "slice",
    start.map((s, i) =>
      `${s}:${limit[i]}` + (stride[i] === 1 ? "" : `:${stride[i]}`)
    ).join(", "),
  ],
  pad: ({ lo, hi, inner }) => [
    "pad",
    `lo ${list(lo)}, hi ${list(hi)}` +
    (inner.some((n) => n > 0) ? `, inner ${list(inner)}` : ""),
  ],
  concat: ({ axis }) => ["concat", `axis ${axis}`],
  reverse: ({ axes }) => ["reverse", `axes ${list(axes)}`],
  gather: ({ axis, batchDims }) => ["gather", alongBatch(axis, batchDims)],
  scatter: ({ axis, batchDims, mode }) => [
    "scatter",
    `${mode}, ${alongBatch(axis, batchDims)}`,
  ],
  dynamicSlice: ({ sizes, batchDims }) => [
    "dynamicSlice",
    `sizes ${list(sizes)}` + (batchDims > 0 ? `, batch ${batchDims}` : ""),
  ],
  dynamicUpdateSlice: ({ batchDims }) => [
    "dynamicUpdateSlice",
    batchDims > 0 ? `batch ${batchDims}` : "",
  ],
  reduce: ({ op, axes }) => [`reduce_${op}`, `axes ${list(axes)}`],
  argreduce: ({ op, axis }) => [`arg${op}`, `axis ${axis}`],
  sort: ({ axis, keys }) => ["sort", `axis ${axis}, keys ${keys}`],
  cumsum: ({ axis, reverse }) => [
    "cumsum",
    `axis ${axis}` + (reverse ? ", reverse" : ""),
  ],
  dot: ({ contract, batch }) => [
    "dot",
    `contract ${contract.map(list).join("x")}` +
    (batch[0].length > 0 ? `, batch ${batch.map(list).join("x")}` : ""),
  ],
  conv: (params) => ["conv", formatConv(params)],
  reduceWindow: (params) => [
    `reduceWindow_${params.op}`,
    [`window ${list(params.window)}`, ...formatSliding(params)].join(", "),
  ],
  argWindow: (params) => [
    `argWindow_${params.op}`,
    [`window ${list(params.window)}`, ...formatSliding(params)].join(", "),
  ],
  random: (params) => ["random", formatDraw(params)],
  stopGradient: () => ["stopGradient"],
  psum: ({ op, axisName }) => [
    op === "sum" ? "psum" : `p${op}`,
    JSON.stringify(axisName),
  ],
  axisIndex: ({ axisName }) => ["axisIndex", JSON.stringify(axisName)],
  scan: ({ length, constants, carries, reverse }) => [
    "scan",
    `length ${length}, constants ${constants}, carries ${carries}` +
    (reverse ? ", reverse" : ""),
  ],
  while: ({ constants, maxSteps }) => [
    "while",
    `constants ${constants}` +
    (maxSteps === null ? "" : `, at most ${maxSteps}`),
  ],
  cond: () => ["cond"],
  customVjp: () => ["customVjp"],
  debugPrint: ({ format }) => ["debugPrint", JSON.stringify(format)],
};

/** What differs from windows at every place of the operand as it is. */
function formatSliding(
  { strides, dilation, lo, hi, inner = [] }: Partial<Sliding>,
): string[] {
  const unless = (
    usual: number,
    name: string,
    values: readonly number[] = [],
  ) => values.some((n) => n !== usual) ? [`${name} ${list(values)}`] : [];
  return [
    ...unless(1, "strides", strides),
    ...unless(1, "dilation", dilation),
    ...unless(0, "lo", lo),
    ...unless(0, "hi", hi),
    ...unless(0, "inner", inner),
  ];
}

function formatConv(params: PrimitiveParams["conv"]): string {
  const { groups, batchGroups, outsFirst } = params;
  return [
    ...formatSliding(params),
    ...(groups > 1 ? [`groups ${groups}`] : []),
    ...(batchGroups > 1 ? [`batchGroups ${batchGroups}`] : []),
    ...(outsFirst ? ["outsFirst"] : []),
  ].join(", ");
}

function formatDraw(
  { partitionable, path, draw }: PrimitiveParams["random"],
): string {
  const steps = path.map(([index, total]) =>
    total === 0 ? `fold ${index}` : `${index} of ${total}`
  );
  const what = draw.kind === "key"
    ? "key"
    : draw.kind === "bits"
    ? "bits"
    : `split ${draw.start}:${draw.start + draw.count} of ${draw.total}`;
  return [...steps, what, ...(partitionable ? ["partitionable"] : [])]
    .join(", ");
}

/** A constant as a literal: `0.5`, `1.0`, `3:i32`, `true`. */
export function formatLiteral(dtype: DType, value: number): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  const digits = Object.is(value, -0) ? "-0" : `${value}`;
  if (dtype !== "f32") return `${digits}:${dtype}`;
  return /^-?\d+$/.test(digits) ? `${digits}.0` : digits;
}

/** The n-th short name: `a`, ..., `z`, `aa`, ... */
function shortName(n: number): string {
  const letter = String.fromCharCode(97 + n % 26);
  return n < 26 ? letter : shortName(Math.floor(n / 26) - 1) + letter;
}

/** Names of the values of one Program, literals for constants. */
function nameValues(program: Program): (id: ValueId) => string {
  const names = new Map<ValueId, string>();
  let count = 0;
  for (const id of program.inputs) names.set(id, shortName(count++));
  for (const node of program.nodes) {
    for (const id of node.outputs) {
      const name = isNode(node, "constant")
        ? formatLiteral(node.params.dtype, node.params.value)
        : shortName(count++);
      names.set(id, name);
    }
  }
  return (id) => names.get(id) ?? `?${id}`;
}

/** The Programs that are shown below a node. */
function shownPrograms(node: Node, rules: boolean) {
  return subPrograms(node).filter(([label]) =>
    rules || label !== "forward" && label !== "backward"
  );
}

function declare(program: Program, id: ValueId, name: string): string {
  const aval = program.avals[id];
  return `${name}:${aval === undefined ? "?" : formatAval(aval)}`;
}

function nodeLine(
  program: Program,
  node: Node,
  name: (id: ValueId) => string,
): string {
  const text = TEXT[node.primitive] as Text<Primitive>;
  const [head, params] = text(node.params);
  const outs = node.outputs.map((id) => declare(program, id, name(id)));
  const call = [
    params ? `${head}{${params}}` : head,
    ...node.inputs.map(name),
  ].join(" ");
  return outs.length === 0 ? call : `${outs.join(" ")} = ${call}`;
}

/** One node as its line in {@link formatProgram}, without sub-programs. */
export function formatNode(program: Program, node: Node): string {
  return nodeLine(program, node, nameValues(program));
}

/**
 * The Program as text.
 *
 * @example
 * ```text
 * { inputs a:f32[32,2] b:f32[3,2]
 *   c:f32[32,3] = dot{contract [1]x[1]} a b
 *   d:f32[32,3] = tanh c
 *   return (d) }
 * ```
 */
export function formatProgram(
  program: Program,
  options: FormatOptions = {},
): string {
  return formatBlock(program, options.rules ?? false, "").join("\n");
}

function formatBlock(
  program: Program,
  rules: boolean,
  indent: string,
): string[] {
  const name = nameValues(program);
  const inputs = program.inputs.map((id) => declare(program, id, name(id)));
  const lines = [`${indent}{ ${["inputs", ...inputs].join(" ")}`];
  for (const node of program.nodes) {
    if (isNode(node, "constant")) continue;
    lines.push(`${indent}  ${nodeLine(program, node, name)}`);
    for (const [label, sub] of shownPrograms(node, rules)) {
      const block = formatBlock(sub, rules, `${indent}    `);
      block[0] = `${indent}    ${label} ${block[0].trimStart()}`;
      lines.push(...block);
    }
  }
  lines.push(`${indent}  return (${program.outputs.map(name).join(" ")}) }`);
  return lines;
}
