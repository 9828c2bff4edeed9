/**
 * Speed of the matrix product kernels: `deno run bench/gemm.ts [rounds]`.
 *
 * Both variants and all sizes take turns in short samples, so that a busy
 * machine disturbs them alike; the best sample says what the kernel can do.
 */
import process from "node:process";
import {
  type KernelVariant,
  kernelVariant,
  loadKernels,
} from "../src/device/wasm/kernels.ts";
import { Arena } from "../src/device/wasm/memory.ts";

const SIZES = [512, 256, 32];
const FORMS = ["nn", "nt", "tn"] as const;
const SAMPLE_MS = 15;
const rounds = Number(process.argv[2] ?? 12);

interface Candidate {
  readonly name: string;
  readonly flops: number;
  readonly run: () => void;
  readonly samples: number[];
}

const memory = new WebAssembly.Memory({ initial: 160 });
const arena = new Arena(memory);
const variants: KernelVariant[] = kernelVariant() === "relaxed"
  ? ["relaxed", "plain"]
  : ["plain"];
const largest = 4 * SIZES[0] ** 2;
const [a, b, c] = [largest, largest, largest].map((n) => arena.alloc(n));
const candidates: Candidate[] = [];
for (const variant of variants) {
  const kernels = loadKernels(memory, variant);
  const bytes = kernels.gemm_scratch(SIZES[0], SIZES[0], SIZES[0], 3);
  const w = arena.alloc(bytes);
  for (const n of SIZES) {
    for (const form of FORMS) {
      const gemm = kernels[`gemm_${form}`];
      candidates.push({
        name: `${variant} ${form} ${n}^3`,
        flops: 2 * n ** 3,
        run: () => gemm(n, n, n, a, n, b, n, c, n, w, 0),
        samples: [],
      });
    }
  }
}
const { f32 } = arena.views();
for (const start of [a, b]) {
  f32.subarray(start / 4, (start + largest) / 4).forEach((_, i, part) =>
    part[i] = (i * 2654435761 % 1000) / 500 - 1
  );
}

/** GFLOP/s of one sample. */
function sample({ run, flops }: Candidate): number {
  const start = performance.now();
  let elapsed = 0;
  let calls = 0;
  do {
    const burst = Math.ceil(1e6 / flops);
    for (let i = 0; i < burst; i++) run();
    calls += burst;
    elapsed = performance.now() - start;
  } while (elapsed < SAMPLE_MS);
  return calls * flops / elapsed / 1e6;
}

for (let round = -2; round < rounds; round++) {
  for (const candidate of candidates) {
    const speed = sample(candidate);
    if (round >= 0) candidate.samples.push(speed);
  }
}
console.log("product             GFLOP/s best  median");
for (const { name, samples } of candidates) {
  samples.sort((x, y) => x - y);
  const best = samples[samples.length - 1].toFixed(1);
  const median = samples[samples.length >> 1].toFixed(1);
  console.log(`${name.padEnd(20)}${best.padStart(12)}${median.padStart(8)}`);
}
