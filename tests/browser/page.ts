/**
 * The page of the browser check: imports the library as a user's page would,
 * trains a small predictive coding network on the two moons, checks the devices,
 * and leaves a report where the runner (run.ts) looks for it.
 */
import { jnp, px, pxf, type Tensor, tensor } from "../../mod.ts";
import { openWasm } from "../../src/device/wasm/mod.ts";
import { openWebgpu } from "../../src/device/webgpu/mod.ts";
import { conform } from "../device/conform.ts";
import { type Trained, trainMoons } from "../support/small_training.ts";
import { type Results, runTests } from "./runner.ts";

/** What the page tells the runner. */
export interface Report {
  /** What training gives on each device. */
  training: { wasm: Trained; webgpu?: Trained };
  /** What the conformance suite gives on each device. */
  conformance: { wasm: Results; webgpu?: Results };
  /** The GPU, null if there is none. */
  gpu: string | null;
  /** Whether the page may share memory between threads. */
  crossOriginIsolated: boolean;
  /** How wasm describes itself when asked for two threads. */
  threads: string;
  /** Whether two threads give the bits of one; all runs were compared. */
  sameBits: boolean;
}

async function run(): Promise<Report> {
  const wasm = { name: "wasm", open: () => openWasm() };
  const report = {
    training: { wasm: await trainMoons() },
    conformance: { wasm: await runTests(wasm, conform) },
    crossOriginIsolated,
    ...await compareThreads(),
  };
  if (await navigator.gpu?.requestAdapter() == null) {
    return { ...report, gpu: null };
  }
  const { description } = await px.init("webgpu");
  const training = await trainMoons();
  px.dispose();
  const webgpu = await runTests({
    name: "webgpu",
    open: () => openWebgpu(),
    flushesSubnormals: true,
  }, conform);
  return {
    ...report,
    gpu: description,
    training: { ...report.training, webgpu: training },
    conformance: { ...report.conformance, webgpu },
  };
}

/** A product that is worth two threads, on one and on two of them. */
async function compareThreads(): Promise<Pick<Report, "threads" | "sameBits">> {
  const n = 384;
  const values = Float32Array.from({ length: n * n }, (_, i) => Math.sin(i));
  const product = () => {
    const x = tensor(values).reshape(n, n);
    const f = pxf.jit((x: Tensor) => jnp.tanh(x.matmul(x)));
    return () => f(x).dataSync();
  };
  await px.init("wasm");
  const expected = product()();
  const { description } = await px.init("wasm", { threads: 2 });
  const run = product();
  let sameBits = true;
  // The first runs are alone; workers start while the page is idle.
  for (let i = 0; i < 20; i++) {
    const got = run();
    sameBits &&= got.every((value, j) => Object.is(value, expected[j]));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { threads: description, sameBits };
}

const text = JSON.stringify(await run());
const place = document.getElementById("report");
if (place) place.textContent = text;
