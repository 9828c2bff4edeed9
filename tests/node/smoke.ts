/**
 * What Node runs, as a bundle: training on wasm, and on a GPU where the npm
 * package `webgpu` finds one. A poor accuracy is a failure.
 */
import process from "node:process";
import { px } from "../../mod.ts";
import { chooseGpu } from "../support/gpu.ts";
import { trainMoons } from "../support/small_training.ts";

const MIN_ACCURACY = 0.9;

async function train(device: string): Promise<void> {
  const start = performance.now();
  const { accuracy } = await trainMoons();
  const ms = Math.round(performance.now() - start);
  console.log(`${device}: accuracy ${accuracy} in ${ms} ms`);
  if (accuracy > MIN_ACCURACY) return;
  throw new Error(`An accuracy of ${accuracy}, expected ${MIN_ACCURACY}`);
}

console.log(`Node ${process.version}`);
await train((await px.init("wasm")).description);
const gpu = await chooseGpu();
if ("options" in gpu) {
  await train((await px.init("webgpu", gpu.options)).description);
  px.dispose();
} else {
  console.log(`No GPU: ${gpu.why}`);
}
