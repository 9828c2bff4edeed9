/**
 * A whole predictive coding training step of a VGG5 (32x32x3, T = 5, gelu,
 * squared errors; SGD with momentum for states, AdamW for weights), jitted as
 * one call: `deno run -A bench/vgg.ts [batch] [steps] [--profile]`.
 */
import process from "node:process";
import { init, jax, optax, px, pxf, type Tensor, tensor } from "../mod.ts";
import {
  makeVgg,
  trainStep,
  VGG5,
  type VggState,
} from "../tests/support/vgg_model.ts";

const T = 5;
const numbers = process.argv.slice(2).map(Number).filter((n) => n > 0);
const [batch = 16, steps = 5] = numbers;
const threads = Number(process.env.THREADS ?? 1);
const finiteMath = process.argv.includes("--finite");
if (threads > 1 || finiteMath) await init("wasm", { threads, finiteMath });

px.RKG.seed(0);
const state = makeVgg(
  VGG5,
  batch,
  optax.sgd(0.01, { momentum: 0.3 }),
  optax.adamw(1e-4),
);
const train = pxf.jit(
  (x: Tensor, y: Tensor, state: VggState) => trainStep(T, x, y, state).e,
);
const { channels, size, classes } = VGG5;
const x = jax.random.normal(jax.random.key(0), [
  batch,
  channels[0],
  size,
  size,
]);
const y = jax.nn.oneHot(
  tensor(Int32Array.from({ length: batch }, (_, i) => i % classes)),
  classes,
);

/** As arithmetic would have it: forward passes and gradients of all steps. */
function flops(): number {
  const layers = channels.slice(1).map((outs, i) =>
    2 * batch * (size / 2 ** i) ** 2 * channels[i] * 9 * outs
  );
  const forward = layers.reduce((a, b) => a + b, 0);
  return forward + T * (2 * forward - layers[0]) + 2 * forward;
}

/** Milliseconds of one call, results read. */
function sample(): number {
  const start = performance.now();
  train(x, y, state).dataSync();
  return performance.now() - start;
}

console.log(`first call ${sample().toFixed(0)} ms`);
const samples = Array.from({ length: steps }, sample).sort((a, b) => a - b);
const [best, median] = [samples[0], samples[steps >> 1]];
console.log(
  `batch ${batch}, ${threads} threads: best ${best.toFixed(0)} ms, median ` +
    `${median.toFixed(0)} ms per step, ` +
    `${(flops() / best / 1e6).toFixed(1)} GFLOP/s of naive arithmetic at best`,
);
if (process.argv.includes("--profile")) {
  console.log(`${px.profile(train, x, y, state)}`);
}
