/**
 * Memory over 10,000 training steps of the tutorial, in a synchronous loop and
 * in one that awaits a value each step, and of 10,000 with inference by
 * `pxf.scan`: growth of wasm memory and JS heap, which is to stay under 1 MB.
 *
 *   deno run -A --v8-flags=--expose-gc bench/memory.ts
 *   bun --expose-gc bench/memory.ts
 */
import process from "node:process";
import { jax, pxf, tensor } from "../mod.ts";
import { defaultDevice } from "../src/devices.ts";
import {
  makeState,
  type TrainState,
  trainStep,
} from "../tests/support/moons_model.ts";
import type { Tensor } from "../mod.ts";
import { makeBatch, makeTraining, trainScanned } from "./lib/network.ts";

const STEPS = 10_000;
const T = 8;

const collect = (globalThis as { gc?: (full?: boolean) => void }).gc;

function use(): { wasm: number; held: number; heap: number } {
  for (let i = 0; i < 5; i++) collect?.(true);
  const { used, capacity } = defaultDevice().memory();
  return { wasm: used, held: capacity, heap: process.memoryUsage().heapUsed };
}

const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
const step = pxf.jit(
  (T: number, x: Tensor, y: Tensor, state: TrainState) =>
    trainStep(T, x, y, state).e,
  { staticArgnums: 0 },
);
const x = tensor(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)))
  .reshape(32, 2);
const labels = Int32Array.from({ length: 32 }, (_, i) => i % 2);
const y = jax.nn.oneHot(tensor(labels), 2);

function report(name: string, before: ReturnType<typeof use>): void {
  const after = use();
  const kb = (k: keyof typeof after) =>
    ((after[k] - before[k]) / 1024).toFixed(1).padStart(8);
  console.log(
    `${name.padEnd(12)} wasm used ${kb("wasm")} KB, wasm held ${
      kb("held")
    } KB, ` +
      `JS heap ${kb("heap")} KB over ${STEPS} steps`,
  );
}

for (let i = 0; i < 2000; i++) await step(T, x, y, state).data();
const start = use();
for (let i = 0; i < STEPS; i++) step(T, x, y, state);
report("synchronous", start);
const between = use();
for (let i = 0; i < STEPS; i++) await step(T, x, y, state).data();
report("awaiting", between);

const scanned = pxf.jit(trainScanned, { staticArgnums: 0 });
const moons = { dims: [2, 32, 32, 2], batch: 32 };
const training = makeTraining(moons);
const [inputs, targets] = makeBatch(moons);
for (let i = 0; i < 2000; i++) {
  await scanned(T, inputs, targets, training).data();
}
const beforeScans = use();
for (let i = 0; i < STEPS; i++) scanned(T, inputs, targets, training);
report("scanned", beforeScans);
const betweenScans = use();
for (let i = 0; i < STEPS; i++) {
  await scanned(T, inputs, targets, training).data();
}
report("and awaiting", betweenScans);
console.log(`traces: ${step.traces}, ${scanned.traces}`);
