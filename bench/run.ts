/**
 * Everything at once: training steps of five networks, products, cold start and
 * memory, ours beside other libraries, interleaved.
 *
 *   deno task bench                     about 10 minutes
 *   bun bench/run.ts --out bench/RESULTS.md
 *   deno task bench --only moons,matmul --rounds 3
 *
 * `--only` takes moons, small, medium, mlp, large, matmul, gemm, cold, scan,
 * memory.
 * Prints Markdown, and writes it to the file of `--out`; `--note` says what else
 * the machine did. See README.md.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Figures, figuresOf, formatBars } from "./peers/lib/bars.ts";
import { formatMachine, load } from "./peers/lib/machine.ts";
import { measureMatmul, measureTraining } from "./peers/lib/measure.ts";
import { Row } from "./peers/lib/row.ts";
import { formatRows } from "./peers/lib/table.ts";
import { WORKLOADS } from "./peers/lib/workloads.ts";

const OURS = [
  "vodes/wasm",
  "vodes/wasm-2",
  "bun:vodes/wasm",
  "bun:vodes/wasm-2",
];
const PYTHON = ["numpy/hoist", "numpy/hoist-avx2", "torch/hoist", "pcax/jit"];
const ALL = [
  ...OURS,
  "plainjs/naive",
  "plainjs/dedup",
  "bun:plainjs/dedup",
  "jaxjs/wasm-sync",
  "jaxjs/wasm-sync+hoist",
  "tfjs/wasm-1+hand",
  "tfjs/wasm-1+grad",
  "bun:jaxjs/wasm-sync",
  "bun:tfjs/wasm-1+hand",
  "numpy/naive",
  "numpy/naive-avx2",
  ...PYTHON,
  "torch/hoist-avx2",
  "torch/eager",
  "torch/eager-avx2",
  "torch/autograd",
];

/** What is measured, besides the commands below. */
interface Section {
  readonly rows: readonly string[];
  readonly budgetMs: number;
  /** Most rounds. */
  readonly rounds?: number;
  /** What was left out, and why. */
  readonly without?: string;
}

const SECTIONS: { readonly [name: string]: Section } = {
  moons: { rows: ALL, budgetMs: 100 },
  small: { rows: ALL, budgetMs: 100 },
  medium: { rows: ALL, budgetMs: 200 },
  mlp: {
    rows: [...ALL, "jaxjs/wasm-async", "jaxjs/wasm-async+hoist"],
    budgetMs: 200,
  },
  large: {
    rows: [...OURS, "tfjs/wasm-1+hand", ...PYTHON],
    budgetMs: 1,
    rounds: 1,
    without: "One step, after one to warm up. Left out, because a step takes " +
      "tens of seconds: plain JavaScript, jax-js, tfjs with its gradients; of " +
      "the Python rows those that compute everything in every energy.",
  },
  matmul: {
    rows: [
      "vodes/wasm",
      "bun:vodes/wasm",
      "plainjs/dedup",
      "jaxjs/wasm-sync",
      "tfjs/wasm-1+hand",
      "ort/wasm-1",
      "mlmatrix/f64",
      "numpy/naive",
      "numpy/naive-avx2",
      "torch/eager",
      "pcax/jit",
    ],
    budgetMs: 100,
  },
};

const DENO = [process.env.DENO_BIN ?? "deno", "run", "-A"];
const BUN = [process.env.BUN_BIN ?? "bun"];

/** Benches that print for themselves. */
const COMMANDS: {
  readonly [name: string]: {
    readonly title: string;
    readonly commands: readonly (readonly string[])[];
  };
} = {
  gemm: {
    title: "The product kernels alone, Deno and Bun",
    commands: [[...DENO, "bench/gemm.ts"], [...BUN, "bench/gemm.ts"]],
  },
  cold: {
    title: "Cold start",
    commands: [[...DENO, "bench/cold.ts", "9"]],
  },
  scan: {
    title: "First calls with inference by scan, Deno and Bun",
    commands: [[...DENO, "bench/scan.ts"]],
  },
  memory: {
    title: "Memory over 10,000 steps of moons, Deno and Bun",
    commands: [
      [...DENO, "--v8-flags=--expose-gc", "bench/memory.ts"],
      [...BUN, "--expose-gc", "bench/memory.ts"],
    ],
  },
};

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WORKER = fileURLToPath(new URL("peers/bench.ts", import.meta.url));

const out = option(process.argv, "--out");
const note = option(process.argv, "--note");
const report: string[] = [];

/** Prints, and keeps it in the file of `--out` should the run be cut off. */
function print(text: string): void {
  console.log(text + "\n");
  report.push(text);
  if (out !== undefined) writeFileSync(out, report.join("\n\n") + "\n");
}

/** The processes of the rows, each started when it is first needed. */
const pool = new Map<string, Row>();

async function openRow(name: string): Promise<Row> {
  let row = pool.get(name);
  if (row === undefined) {
    row = new Row(name, WORKER);
    pool.set(name, row);
    await row.init();
  }
  return row;
}

/** Measures one section. */
async function measure(name: string, rounds: number): Promise<Figures> {
  const { rows: names, budgetMs, rounds: most = rounds, without } =
    SECTIONS[name];
  const pace = { rounds: Math.min(rounds, most), budgetMs };
  const rows: Row[] = [];
  for (const name of names) rows.push(await openRow(name));
  print(
    name === "matmul"
      ? await measureMatmul(rows, pace)
      : await measureTraining(rows, WORKLOADS[name], pace),
  );
  if (without !== undefined) print(without);
  return figuresOf(name, rows);
}

// Settings for old builds would slow a current one. Deno's execFileSync adds the
// variables of this process to those it is given, so they go from here.
delete process.env.OPENBLAS_CORETYPE;
delete process.env.OPENBLAS_L2_SIZE;

/** Runs a bench that prints for itself. */
function runCommand([program, ...args]: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code } = error as { code?: string };
    return code === "ENOENT"
      ? `absent: no program ${program}`
      : `FAILED ${error.message.split("\n").slice(0, 4).join("\n")}`;
  }
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

function chosen(args: readonly string[]): string[] {
  const all = [...Object.keys(SECTIONS), ...Object.keys(COMMANDS)];
  const names = option(args, "--only")?.split(",") ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot measure "${unknown}", expected one of: ${all.join(", ")}`,
    );
  }
  return names;
}

async function main(args: readonly string[]): Promise<void> {
  const names = chosen(args);
  const rounds = Number(option(args, "--rounds") ?? 9);
  const figures: Figures[] = [];
  print(
    `# Results\n\nWritten by \`deno task bench\`; [README.md](README.md) ` +
      `explains it.\n\n${formatMachine()}` +
      (note === undefined ? "" : `\n- ${note}`),
  );
  try {
    for (const name of names) {
      if (!(name in COMMANDS)) figures.push(await measure(name, rounds));
    }
  } finally {
    pool.forEach((row) => row.close());
  }
  for (const name of names) {
    if (!(name in COMMANDS)) continue;
    const { title, commands } = COMMANDS[name];
    const outputs = commands.map((command) => runCommand(command));
    print([`## ${title}`, "", "```text", ...outputs, "```"].join("\n"));
  }
  if (figures.length > 0) {
    print(formatBars(figures));
    print(formatRows([...pool.values()]));
  }
  print(`Load at the end: ${load()}.`);
}

await main(process.argv.slice(2));
