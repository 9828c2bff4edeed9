/**
 * Speed of generated fused loops: `deno run -A bench/elementwise.ts [rounds]`.
 *
 * Elementary functions over 4096 elements, which the first cache holds, and
 * AdamW over 401,408. With a C compiler at hand AdamW is also timed in C with
 * AVX2 (`elementwise.c`), in turns with ours.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Instruction } from "../src/device/plan.ts";
import { ModuleBuilder } from "../src/device/wasm/codegen/encoder.ts";
import { emitGroup } from "../src/device/wasm/codegen/group.ts";
import { importVector } from "../src/device/wasm/codegen/step.ts";
import type { UnaryOp } from "../src/ir/primitives.ts";

const rounds = Number(process.argv[2] ?? 15);
const FEW = 4096;
const MANY = 401408;
const PAGE = 65536;
const START = PAGE;

const memory = new WebAssembly.Memory({
  initial: Math.ceil((START + 5 * (4 * MANY + 64)) / PAGE) + 1,
});

/** A fused loop over `n` elements of f32, bound to the memory. */
function loop(
  n: number,
  operands: number,
  instructions: readonly Instruction[],
  results: readonly number[],
): (...pointers: number[]) => void {
  const module = new ModuleBuilder();
  const body = emitGroup(
    {
      shape: [n],
      reads: [
        ...new Array<number[]>(operands).fill([1]),
        ...instructions.map(() => undefined),
      ],
      writes: results.map(() => [1]),
      operands,
      instructions,
      results,
    },
    (name) => importVector(module, name),
    false,
  );
  const pages = memory.buffer.byteLength / PAGE;
  const wasm = module.encode(module.add(body), { pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    env: { memory },
  });
  return instance.exports.run as (...pointers: number[]) => void;
}

const binary = (fn: "add" | "sub" | "mul" | "div", a: number, b: number) =>
  ({ op: "binary", fn, dtype: "f32", args: [a, b] }) as const;
const constant = (value: number) =>
  ({ op: "constant", dtype: "f32", value }) as const;
const unary = (fn: UnaryOp, x: number) =>
  ({ op: "unary", fn, dtype: "f32", args: [x] }) as const;

/** w, m, v, g to new w, m, v. */
const ADAMW: readonly Instruction[] = [
  constant(0.9), // 4
  constant(0.1),
  constant(0.999),
  constant(0.001),
  constant(2), // 8
  constant(4),
  constant(1e-8),
  constant(1e-4),
  constant(1e-3), // 12
  binary("mul", 4, 1), // 13
  binary("mul", 5, 3),
  binary("add", 13, 14), // 15: m
  unary("square", 3), // 16
  binary("mul", 7, 16),
  binary("mul", 6, 2), // 18
  binary("add", 18, 17), // 19: v
  binary("mul", 15, 8), // 20
  binary("mul", 19, 9), // 21
  unary("sqrt", 21), // 22
  binary("add", 22, 10), // 23
  binary("div", 20, 23), // 24
  binary("mul", 11, 0), // 25
  binary("add", 24, 25), // 26
  binary("mul", 12, 26), // 27
  binary("sub", 0, 27), // 28: w
];

interface Candidate {
  readonly name: string;
  readonly n: number;
  readonly run: () => void;
  readonly samples: number[];
}

const at = (index: number) => START + index * (4 * MANY + 64);
const candidates: Candidate[] = (["exp", "log", "tanh", "sigmoid"] as const)
  .map((fn) => {
    const run = loop(FEW, 1, [unary(fn, 0)], [1]);
    return { name: fn, n: FEW, run: () => run(at(0), at(1)), samples: [] };
  });
const adamw = loop(MANY, 4, ADAMW, [28, 15, 19]);
candidates.push({
  name: "AdamW",
  n: MANY,
  run: () => adamw(at(0), at(1), at(2), at(3), at(0), at(1), at(2)),
  samples: [],
});

/** Nanoseconds per element, of the best of some runs. */
function sample({ run, n }: Candidate): number {
  const calls = Math.ceil(MANY / n);
  const start = performance.now();
  for (let i = 0; i < calls; i++) run();
  return (performance.now() - start) * 1e6 / (calls * n);
}

/** Makes the C program, or null without a compiler. */
function compileC(folder: string): string | null {
  const source = fileURLToPath(new URL("elementwise.c", import.meta.url));
  const program = join(folder, "elementwise");
  const flags = ["-O3", "-mavx2", "-mfma", "-ffast-math", "-lm"];
  try {
    execFileSync("cc", [source, "-o", program, ...flags]);
    return program;
  } catch {
    // Without a compiler there is nothing to compare with.
    return null;
  }
}

const folder = mkdtempSync(join(tmpdir(), "vodes-bench-"));
try {
  const program = compileC(folder);
  const inC: number[] = [];
  const words = new Float32Array(memory.buffer);
  for (let round = -2; round < rounds; round++) {
    for (const candidate of candidates) {
      words.forEach((_, i) => words[i] = (i % 1000 + 1) / 1001);
      const spent = sample(candidate);
      if (round >= 0) candidate.samples.push(spent);
    }
    if (program !== null && round >= 0) {
      inC.push(Number(execFileSync(program, [`${MANY}`])));
    }
  }
  const median = (list: number[]) =>
    list.sort((a, b) => a - b)[list.length >> 1];
  console.log("loop       ns per element best  median");
  for (const { name, samples } of candidates) {
    const middle = median(samples);
    console.log(
      `${name.padEnd(8)} ${samples[0].toFixed(3).padStart(20)} ` +
        middle.toFixed(3).padStart(7),
    );
  }
  if (inC.length > 0) {
    const middle = median(inC);
    const ours = candidates.at(-1)!.samples[0];
    console.log(
      `AdamW, C ${inC[0].toFixed(3).padStart(20)} ` +
        `${middle.toFixed(3).padStart(7)}  ours is ${
          (ours / inC[0]).toFixed(2)
        }x`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
