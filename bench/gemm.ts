/**
 * Speed of matrix products: `deno run -A bench/gemm.ts [--rounds 8]
 * [--only 512] [--json]`, and the same with bun.
 *
 * Each product is lowered as in any program, and repeated inside one call,
 * with its packing. With a C compiler and OpenBLAS at hand it takes turns with
 * that on one thread (`gemm.c`), once as it chooses its kernels for this
 * machine, and once with those for AVX2. The best samples say what kernels can
 * do, the medians what a busy machine leaves of it.
 */
import {
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
} from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Plan } from "../src/device/plan.ts";
import { prepare } from "../src/device/wasm/code.ts";
import {
  engineCompile,
  kernelVariant,
  loadKernels,
} from "../src/device/wasm/kernels.ts";
import { Arena } from "../src/device/wasm/memory.ts";
import { Builder } from "../src/ir/program.ts";
import { lower } from "../src/transform/lower/lower.ts";
import { Ops } from "../src/transform/ops.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "8" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

/** `b` products of `m x k` and `k x n`; n as stored, t transposed. */
interface Product {
  readonly form: string;
  readonly b: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Size of the square product that a neighbour is compared with. */
  readonly aligned?: number;
}

const product = (form: string, m: number, n: number, k: number): Product => ({
  form,
  b: 1,
  m,
  n,
  k,
});
const SQUARES = [32, 256, 512, 1024].flatMap((n) =>
  ["nn", "nt", "tn"].map((form) => product(form, n, n, n))
);
const NEIGHBOURS = [16, 32, 64, 128, 256, 512].flatMap((aligned) =>
  [-3, -2, -1, 0, 1, 2, 3].map((d) => {
    const n = aligned + d;
    return { ...product("nn", n, n, n), aligned };
  })
);
const LAYERS = [
  product("nt", 32, 32, 2),
  product("nt", 32, 32, 32),
  product("nn", 32, 32, 32),
  product("tn", 32, 32, 32),
  product("nt", 32, 2, 32),
  product("nn", 32, 32, 2),
  product("tn", 2, 32, 32),
  product("tn", 32, 2, 32),
  product("nt", 256, 512, 784),
  product("nt", 256, 512, 512),
  product("nn", 256, 512, 512),
  product("tn", 512, 512, 256),
  product("tn", 512, 784, 256),
  product("nt", 256, 10, 512),
  product("nn", 256, 512, 10),
  product("tn", 10, 512, 256),
];
const FLAT = [
  product("nn", 256, 256, 2),
  product("nn", 1024, 1024, 2),
  product("nn", 256, 10, 256),
  product("nn", 1024, 10, 1024),
  product("tn", 784, 10, 256),
  product("nn", 256, 2, 256),
  product("nn", 256, 1, 256),
  product("tn", 256, 1, 256),
  product("nn", 1, 256, 256),
  product("nn", 1, 1024, 1024),
  product("nt", 1, 1024, 1024),
  product("nn", 4, 512, 512),
  product("nn", 10, 512, 512),
  { ...product("nn", 16, 16, 16), b: 64 },
  { ...product("nn", 5, 5, 5), b: 64 },
  { ...product("nt", 7, 3, 4), b: 64 },
];
const GROUPS = {
  "squares": SQUARES,
  "neighbours, against the aligned size": NEIGHBOURS,
  "layers of small and of larger nets": LAYERS,
  "flat and tiny": FLAT,
};

const MS = 4;
const memory = new WebAssembly.Memory({ initial: 800 });
const arena = new Arena(memory);
const variant = kernelVariant();
const machine = {
  kernels: loadKernels(memory),
  variant,
  arena,
  compile: engineCompile,
  team: null,
};
const SIZE = 1 << 24;
const [left, right, result, temporaries] = [0, 1, 2, 3].map(() =>
  arena.alloc(SIZE)
);
for (const start of [left, right]) {
  const { f32 } = arena.views();
  f32.subarray(start / 4, (start + SIZE) / 4).forEach((_, i, part) =>
    part[i] = (i * 2654435761 % 1000) / 500 - 1
  );
}

/** The Plan of a product, `count` times. */
function planOf({ form, b, m, n, k }: Product, count: number): Plan {
  const builder = new Builder();
  const matrix = (rows: number, columns: number, transposed: boolean) =>
    builder.input({
      dtype: "f32",
      shape: transposed ? [b, columns, rows] : [b, rows, columns],
    });
  const [ta, tb] = [form[0] === "t", form[1] === "t"];
  const out = new Ops(builder).dot(matrix(m, k, ta), matrix(k, n, tb), {
    contract: [[ta ? 1 : 2], [tb ? 2 : 1]],
    batch: [[0], [0]],
  });
  const plan = lower(builder.build([out]), { donate: new Map() });
  const loop = { step: "loop", id: 0, count, body: plan.steps } as const;
  return { ...plan, steps: [loop] };
}

/** One product that is measured, by us and by others. */
interface Candidate {
  readonly product: Product;
  readonly flops: number;
  /** Calls per sample. */
  readonly count: number;
  readonly run: () => void;
  /** GFLOP/s of the samples of each contestant. */
  readonly samples: readonly number[][];
}

function candidate(product: Product): Candidate {
  const { b, m, n, k } = product;
  const flops = 2 * b * m * n * k;
  const count = Math.ceil(MS * 1e6 / Math.max(60 * b, flops / 40));
  const code = prepare(machine, planOf(product, count));
  const bases = Int32Array.of(temporaries, left, right, result, temporaries);
  const run = () => code.run(bases);
  return { product, flops, count, run, samples: [[], [], []] };
}

/** OpenBLAS in a process of its own. */
class Blas {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(binary: string, env: Record<string, string>) {
    this.#child = spawn(binary, [], {
      env: { ...process.env, OPENBLAS_NUM_THREADS: "1", ...env },
    });
    const lines = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Nanoseconds of all calls of a sample. */
  async sample({ product, count }: Candidate): Promise<number> {
    const { form, b, m, n, k } = product;
    this.#child.stdin.write(`${form} ${b} ${m} ${n} ${k} ${count}\n`);
    return Number((await this.#lines.next()).value);
  }

  end(): void {
    this.#child.stdin.end();
  }
}

function openBlas(): Blas[] {
  const folder = mkdtempSync(join(tmpdir(), "vodes-bench-"));
  try {
    const source = fileURLToPath(new URL("./gemm.c", import.meta.url));
    const binary = join(folder, "gemm");
    const flags = ["-O2", source, "-o", binary, "-lopenblas"];
    execFileSync("cc", flags, { stdio: "ignore" });
    return [
      new Blas(binary, { OPENBLAS_CORETYPE: "Haswell" }),
      new Blas(binary, {}),
    ];
  } catch {
    console.error("no C compiler or no OpenBLAS: ours alone");
    return [];
  } finally {
    process.on("exit", () => rmSync(folder, { recursive: true }));
  }
}

const groups = Object.entries(GROUPS).map(([name, products]) => ({
  name,
  candidates: products.map(candidate)
    .filter((c) => nameOf(c).includes(options.only)),
}));
const candidates = groups.flatMap((group) => group.candidates);
const blas = openBlas();
for (let round = -2; round < Number(options.rounds); round++) {
  for (const c of candidates) {
    const start = performance.now();
    c.run();
    const times = [1e6 * (performance.now() - start)];
    for (const other of blas) times.push(await other.sample(c));
    if (round < 0) continue;
    times.forEach((ns, i) => c.samples[i].push(c.count * c.flops / ns));
  }
}
for (const other of blas) other.end();

function nameOf({ product: { form, b, m, n, k } }: Candidate): string {
  return `${form} ${b === 1 ? "" : `${b} of `}${m}x${n}x${k}`;
}

const best = (samples: readonly number[]) => Math.max(...samples);
const median = (samples: readonly number[]) =>
  samples.toSorted((x, y) => x - y)[samples.length >> 1];

/** GFLOP/s as best and median, and ours as parts of OpenBLAS. */
function row(c: Candidate): string {
  const [ours, avx2, native] = c.samples;
  const cells = [`${best(ours).toFixed(1)} ${median(ours).toFixed(1)}`];
  for (const other of [avx2, native]) {
    if (other.length === 0) continue;
    const ratio = (of: typeof best) => (of(ours) / of(other)).toFixed(2);
    cells.push(
      `${best(other).toFixed(1)} ${median(other).toFixed(1)}`,
      `${ratio(best)} ${ratio(median)}`,
    );
  }
  const { aligned } = c.product;
  const base = candidates.find(({ product: p }) =>
    p.aligned === aligned && p.n === aligned
  );
  if (base !== undefined) {
    cells.push((best(ours) / best(base.samples[0])).toFixed(2));
  }
  return nameOf(c).padEnd(20) + cells.map((cell) => cell.padStart(14)).join("");
}

if (options.json) {
  console.log(JSON.stringify(candidates.map((c) => {
    const [ours, avx2, native] = c.samples;
    return { ...c.product, gflops: { ours, avx2, native } };
  })));
} else {
  const engine = "Deno" in globalThis ? "Deno" : "Bun";
  console.log(`GFLOP/s (best median) of one thread, ${engine}, ${variant}`);
  for (const { name, candidates } of groups) {
    if (candidates.length === 0) continue;
    const titles = [name.padEnd(20), "ours", "AVX2", "ours/AVX2"];
    console.log(`\n${titles.join("  ")}  native  ours/native`);
    for (const c of candidates) console.log(row(c));
  }
}
