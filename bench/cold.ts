/**
 * Cold start: `deno run -A bench/cold.ts [rounds]`. Times whole processes that
 * import the library and do the first training step of the moons workload, and
 * processes that do nothing, in Deno and Bun, in turns. What matters is the
 * difference; files are warm after the first round, which is not counted.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const STEP = "--step";
const EMPTY = "--empty";

interface Runtime {
  readonly name: string;
  readonly command: readonly string[];
  readonly step: number[];
  readonly empty: number[];
}

async function firstStep(): Promise<void> {
  const { open } = await import("./peers/peers/vodes.ts");
  const { initLayers, makeBatches, WORKLOADS } = await import(
    "./peers/lib/workloads.ts"
  );
  const peer = await open("wasm");
  const layers = initLayers(WORKLOADS.moons);
  const trainer = await peer.trainer?.(WORKLOADS.moons, layers);
  const [batch] = makeBatches(WORKLOADS.moons, 1);
  if (!Number.isFinite(await trainer?.step(batch))) {
    throw new Error("not a number");
  }
}

function time({ command }: Runtime, mode: string): number {
  const [program, ...args] = command;
  const start = performance.now();
  execFileSync(program, [...args, self, mode]);
  return performance.now() - start;
}

function compare(rounds: number): void {
  const runtimes: Runtime[] = [
    { name: "Deno", command: ["deno", "run", "-A"], step: [], empty: [] },
    { name: "Bun", command: ["bun"], step: [], empty: [] },
  ];
  for (let round = -1; round < rounds; round++) {
    for (const runtime of runtimes) {
      const empty = time(runtime, EMPTY);
      const step = time(runtime, STEP);
      if (round < 0) continue;
      runtime.empty.push(empty);
      runtime.step.push(step);
    }
  }
  console.log("         first step   empty   difference, ms (medians; best)");
  const show = (ms: number) => ms.toFixed(0).padStart(5);
  for (const { name, step, empty } of runtimes) {
    for (const list of [step, empty]) list.sort((a, b) => a - b);
    const middle = rounds >> 1;
    console.log(
      `${name.padEnd(8)} ${show(step[middle])}      ${show(empty[middle])}` +
        `        ${show(step[middle] - empty[middle])};` +
        show(step[0] - empty[0]),
    );
  }
}

const mode = process.argv[2];
if (mode === STEP) await firstStep();
else if (mode !== EMPTY) compare(Number(mode ?? 15));
