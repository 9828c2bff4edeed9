/**
 * WGSL modules: kernels as functions, and an entry point that tells each
 * workgroup what to run.
 *
 * The second binding holds, per executable, the addresses of bases and then
 * words that say what to do: a record per task (`count`, then for each operand
 * the index of its base and words from there), and lists of tasks. The third
 * says where in it a dispatch begins.
 *
 * @module
 */
import { aliases, functionsText } from "./functions.ts";
import type { KernelCode } from "./kernel_code.ts";

/** A kernel, and how many operands its code addresses. */
export interface ShaderKernel {
  /** What it does. */
  readonly code: KernelCode;
  /** Number of operands. */
  readonly operands: number;
}

/** How a dispatch divides work. */
export type Mode =
  /** One task; `start` is its record. */
  | "task"
  /** Independent tasks side by side; `start` is the list. */
  | "wide"
  /** Rounds of tasks one after another; each workgroup has rows of its own. */
  | "rows";

/** What a module does. */
export interface Shader {
  /** How work is divided. */
  readonly mode: Mode;
  /** Invocations per workgroup. */
  readonly size: number;
  /** Elements that an item has: 4 if the code is that for vectors. */
  readonly width: 1 | 4;
  /** Different kernels; lists of tasks refer to them by index. */
  readonly kernels: readonly ShaderKernel[];
}

const HEAP = {
  1: "@group(0) @binding(0) var<storage, read_write> heap: array<u32>;\n",
  4: "@group(0) @binding(0) var<storage, read_write> heap: " +
    "array<vec4<u32>>;\n",
} as const;

const BINDINGS = `\
@group(0) @binding(1) var<storage, read> plan: array<u32>;
@group(0) @binding(2) var<uniform> start: vec4<u32>;

fn address(at: u32) -> u32 {
  return plan[plan[at]] + plan[at + 1u];
}
`;

/** The text of a module. */
export function shaderText({ mode, size, width, kernels }: Shader): string {
  const names = new Set(kernels.flatMap(({ code }) => [
    ...code.functions ?? [],
  ]));
  return [
    ...kernels.some(({ code }) => code.subgroups) ? ["enable subgroups;"] : [],
    aliases(width),
    HEAP[width] + BINDINGS,
    functionsText(names),
    ...kernels.map((kernel, i) => kernelText(kernel, i, size)),
    MAIN[mode](size, kernels),
  ].join("\n");
}

function kernelText(
  { code, operands }: ShaderKernel,
  index: number,
  size: number,
): string {
  const addresses = Array.from(
    { length: operands },
    (_, i) => `let p${i} = address(record + ${1 + 2 * i}u);`,
  );
  if (code.kind === "items") {
    const body = [
      ...addresses,
      `for (var item = first + lane; item < last; item += ${size}u) {`,
      indent(code.code),
      "}",
    ];
    const head =
      `fn k${index}(record: u32, first: u32, last: u32, lane: u32) {`;
    return `${head}\n${indent(body.join("\n"))}\n}\n`;
  }
  const shared = code.shared.map(([name, type]) =>
    `var<workgroup> ${name}: ${type};\n`
  );
  const body = [...addresses, code.code].join("\n");
  const head = `fn k${index}(record: u32, group: u32, lane: u32) {`;
  return `${shared.join("")}${head}\n${indent(body)}\n}\n`;
}

/** The call of a kernel for its `own`th group. */
function callText({ code }: ShaderKernel, index: number, size: number): string {
  return code.kind === "items"
    ? `k${index}(record, own * ${size}u, min((own + 1u) * ${size}u, ` +
      "plan[record]), lane);"
    : `k${index}(record, own, lane);`;
}

function mainText(size: number, body: readonly string[]): string {
  return `\
@compute @workgroup_size(${size})
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = id.y * groups.x + id.x;
${indent(body.join("\n"))}
}
`;
}

const MAIN: {
  readonly [M in Mode]: (
    size: number,
    kernels: readonly ShaderKernel[],
  ) => string;
} = {
  task: (size, [kernel]) =>
    mainText(size, [
      "let record = start.x;",
      "let own = group;",
      // A grid of two dimensions has a few groups too many.
      ...kernel.code.kind === "groups"
        ? [`if (own >= ${kernel.code.count}u) { return; }`]
        : [],
      callText(kernel, 0, size),
    ]),
  // A list of groups so far, kernel and record of each task, then all groups.
  wide: (size, kernels) =>
    mainText(size, [
      "var task = start.x;",
      "while (group >= plan[task + 3u]) {",
      "  task += 3u;",
      "}",
      "let record = plan[task + 2u];",
      "let own = group - plan[task];",
      switchText(kernels, "plan[task + 1u]", size),
    ]),
  // The number of rows, rows per group, the number of rounds, then per round
  // the record of each kernel.
  rows: (size, kernels) =>
    mainText(size, [
      "let rows = plan[start.x];",
      "let share = plan[start.x + 1u];",
      "let rounds = plan[start.x + 2u];",
      "let begin = min(group * share, rows);",
      "let end = min(begin + share, rows);",
      "for (var round = 0u; round < rounds; round += 1u) {",
      `  let list = start.x + 3u + round * ${kernels.length}u;`,
      ...kernels.flatMap((_, i) => [
        `  let record${i} = plan[list + ${i}u];`,
        `  let each${i} = plan[record${i}] / rows;`,
        `  k${i}(record${i}, begin * each${i}, end * each${i}, lane);`,
        "  storageBarrier();",
        "  workgroupBarrier();",
      ]),
      "}",
    ]),
};

function switchText(
  kernels: readonly ShaderKernel[],
  selector: string,
  size: number,
): string {
  if (kernels.length === 1) return callText(kernels[0], 0, size);
  return [
    `switch ${selector} {`,
    ...kernels.map((kernel, i) =>
      `  case ${i}u: { ${callText(kernel, i, size)} }`
    ),
    "  default: {}",
    "}",
  ].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
