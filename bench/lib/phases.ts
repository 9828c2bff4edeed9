/**
 * The program that `bench/compile.ts` runs in a fresh process, given a
 * {@link Task} as JSON: does by hand what the first call of a jitted training
 * step does, and prints the times of its phases and what came out.
 *
 * @module
 */
import process from "node:process";

/** What to compile. */
export interface Task {
  readonly dims: readonly number[];
  readonly batch: number;
  /** Inference steps of a training step. */
  readonly T: number;
  /** Warm runs; the best is reported. */
  readonly runs: number;
}

/** What {@link Task} yields. */
export interface Report {
  /** Milliseconds of each phase, in order. */
  readonly times: Record<string, number>;
  /** Sizes of what the phases made. */
  readonly sizes: Record<string, number>;
  /** Milliseconds of the best warm run. */
  readonly warm: number;
}

const times: Record<string, number> = {};
const sizes: Record<string, number> = {};
let last = performance.now();
function done(phase: string): void {
  const now = performance.now();
  times[phase] = now - last;
  last = now;
}

const task: Task = JSON.parse(process.argv[2]);
const { init } = await import("../../mod.ts");
const { takeApart, traceCall } = await import(
  "../../src/functional/traced_call.ts"
);
const { donations } = await import("../../src/functional/donations.ts");
const { simplify } = await import("../../src/transform/simplify.ts");
const { lower } = await import("../../src/transform/lower/lower.ts");
const { defaultDevice } = await import("../../src/devices.ts");
done("import");

let compiling = 0;
await init("wasm", {
  compile(bytes) {
    const start = performance.now();
    const module = new WebAssembly.Module(bytes);
    compiling += performance.now() - start;
    sizes.wasm = bytes.length;
    return module;
  },
});
const device = defaultDevice();
done("kernels");

const { makeBatch, makeTraining, trainStep } = await import("./network.ts");
const training = makeTraining(task);
const batch = makeBatch(task);
done("model");

const parts = takeApart([...batch, training]);
const avals = parts.tensors.map((t) => t.value.aval);
const step = trainStep.bind(null, task.T);
const call = traceCall(
  "trainStep",
  step as (...args: unknown[]) => unknown,
  parts,
  avals,
);
sizes.traced = call.program.nodes.length;
done("trace");

const program = simplify(call.program, device);
sizes.simplified = program.nodes.length;
sizes.dots = program.nodes.filter((n) => n.primitive === "dot").length;
done("simplify");

const plan = lower(program, { donate: donations(parts, call) });
sizes.calls = plan.steps.length;
sizes.arena = plan.arenaBytes;
done("lower");

compiling = 0;
const executable = device.compile(plan);
done("codegen");
times.codegen -= compiling;
times.wasm = compiling;

const inputs = [...parts.tensors.map((t) => t.value), ...call.captured]
  .map((value) => value.concrete("run"));
let outputs = executable.run(inputs);
outputs[0].readSync();
done("run");

let warm = Infinity;
for (let i = 0; i < task.runs; i++) {
  // Params stay where the run has put them.
  plan.outputs.forEach(({ donated }, j) => {
    if (donated !== null) inputs[donated] = outputs[j];
  });
  const start = performance.now();
  outputs = executable.run(inputs);
  warm = Math.min(warm, performance.now() - start);
}
console.log(JSON.stringify({ times, sizes, warm } satisfies Report));
