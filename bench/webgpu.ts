/**
 * The webgpu device beside what its GPU reaches without the library:
 *
 *   deno run -A bench/webgpu.ts [--rounds 5] [--budget 300] [--profile]
 *     [--only overhead,memory,arithmetic,loops,products,moons,mlp]
 *   bun bench/webgpu.ts             with the npm package webgpu
 *
 * Nothing is read before a round ends, so the times are those of the GPU or, if
 * that takes longer, of the JavaScript that keeps it busy. Prints Markdown;
 * `--profile` adds the dispatches by the GPU's own clock. See README.md.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { DeviceError, dispose, init, type px } from "../mod.ts";
import { openAdapter } from "../src/device/webgpu/adapter.ts";
import { lookForGpu } from "../tests/support/gpu.ts";
import { Ceilings } from "./lib/gpu_ceilings.ts";
import { Report } from "./lib/gpu_report.ts";
import {
  makeLoop,
  makeProduct,
  makeStep,
  profileOf,
  timeWork,
  type Work,
  type WorkTiming,
} from "./lib/gpu_work.ts";
import { load } from "./peers/lib/machine.ts";
import { WORKLOADS } from "./peers/lib/workloads.ts";

const SECTIONS = "overhead,memory,arithmetic,loops,products,moons,mlp";
const MEGABYTES = [4, 16, 64, 256];
const SIZES = [256, 512, 1024, 2048, 4096];
const STEPS = ["moons", "mlp"];
/** What takes longer is left out. */
const MOST_MS = 20_000;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    budget: { type: "string", default: "300" },
    only: { type: "string", default: SECTIONS },
    profile: { type: "boolean", default: false },
  },
});
const pace = {
  rounds: Number(options.rounds),
  budgetMs: Number(options.budget),
};
const only = options.only.split(",");
const found = await lookForGpu();
if ("why" in found) {
  console.log(`Cannot measure a GPU: ${found.why}`);
  process.exit(1);
}
const gpu = found.options;
const { device, description } = await openAdapter(gpu);
const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
const mostBytes = Math.min(maxBufferSize, maxStorageBufferBindingSize);
const report = new Report();

/** Measures the GPU as it is. */
async function measureCeilings(): Promise<void> {
  const ceilings = new Ceilings(device, pace);
  if (only.includes("overhead")) report.overheads(await ceilings.overheads());
  if (only.includes("memory")) {
    for (const mb of MEGABYTES) report.copy(mb, await ceilings.copy(mb));
    for (const item of ["u32", "vec4<u32>"] as const) {
      report.bandwidth(await ceilings.kernelCopy(item, 64));
    }
  }
  if (only.includes("arithmetic")) {
    report.arithmetic(await ceilings.arithmetic());
  }
}

/** What was measured of some work. */
interface Measured {
  readonly timing: WorkTiming;
  readonly kernels: readonly px.KernelTime[];
}

/** Runs work once to compile it, some times for the profile, then times it. */
async function measure(name: string, make: () => Work): Promise<Measured> {
  // On a device of its own, so that memory is as if nothing had been before.
  dispose();
  await init("webgpu", gpu);
  const work = make();
  work();
  const kernels = await profileOf(work, pace);
  if (options.profile) console.log(report.profile(name, kernels));
  return { timing: await timeWork(work, pace), kernels };
}

/** Work of some size. */
interface Sized {
  readonly n: number;
  /** Bytes of its arrays that are there together. */
  readonly bytes: number;
  /** To what its time is proportional. */
  readonly amount: number;
}

/** Measures growing work; gives a reason instead where that is too much. */
async function measureSizes(
  name: string,
  list: readonly Sized[],
  make: (n: number) => Work,
  tell: (n: number, measured: WorkTiming | string) => void,
): Promise<void> {
  let perAmount = 0;
  const most = Math.floor(mostBytes / 2 ** 20);
  for (const { n, bytes, amount } of list) {
    const expected = perAmount * amount;
    if (bytes > mostBytes) {
      const all = Math.ceil(bytes / 2 ** 20);
      tell(n, `skipped: ${all} MB, expected at most ${most} here`);
    } else if (expected > MOST_MS) {
      const seconds = Math.round(expected / 1000);
      tell(n, `skipped: would take about ${seconds} s`);
    } else {
      try {
        const { timing } = await measure(`${name} ${n}`, () => make(n));
        tell(n, timing);
        perAmount = timing.best / amount;
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        // There has to be room for more than the arrays themselves.
        tell(n, `skipped: does not fit in ${most} MB`);
      }
    }
  }
}

console.log(
  `# ${description}\n\n- ${new Date().toISOString().slice(0, 10)}, ` +
    `${navigator.userAgent}\n- load at the start ${load()}\n`,
);
await measureCeilings();
if (["overhead", "memory", "arithmetic"].some((name) => only.includes(name))) {
  console.log(report.ceilings());
}
if (only.includes("loops")) {
  const list = MEGABYTES.map((n) => ({ n, bytes: 2 * n * 2 ** 20, amount: n }));
  await measureSizes(
    "loop",
    list,
    (mb) => makeLoop(mb * 2 ** 20 / 4),
    (mb, measured) => report.loop(mb, measured),
  );
  console.log(report.loops());
}
if (only.includes("products")) {
  const list = SIZES.map((n) => ({ n, bytes: 12 * n ** 2, amount: n ** 3 }));
  await measureSizes(
    "product",
    list,
    makeProduct,
    (n, measured) => report.product(n, measured),
  );
  console.log(report.products());
}
const steps = STEPS.filter((name) => only.includes(name));
for (const name of steps) {
  const workload = WORKLOADS[name];
  const make = () => makeStep(workload.T, workload);
  const { timing, kernels } = await measure(name, make);
  report.step(name, timing, kernels);
}
if (steps.length > 0) console.log(report.steps());
console.log(`Load at the end: ${load()}.`);
dispose();
// The package webgpu keeps the process alive.
process.exit(0);
