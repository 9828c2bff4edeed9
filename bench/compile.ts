/**
 * Where the time of the first training step goes: import, tracing, passes, code
 * generation, compilation by the engine, for unrolled inference of T = 8, 32
 * and 128 steps, each in a fresh process, in Deno and Bun in turns:
 *
 *   deno run -A bench/compile.ts [rounds] [runs]
 *
 * With `runs` also the best time of that many warm runs.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Report, Task } from "./lib/phases.ts";

const rounds = Number(process.argv[2] ?? 5);
const runs = Number(process.argv[3] ?? 0);

const NETWORKS = [
  { name: "moons", dims: [2, 32, 32, 2], batch: 32 },
  { name: "784-512-512-10", dims: [784, 512, 512, 10], batch: 256 },
];
const RUNTIMES = [
  { name: "Deno", command: ["deno", "run", "-A"] },
  { name: "Bun", command: ["bun"] },
];
const program = fileURLToPath(new URL("lib/phases.ts", import.meta.url));

function report([tool, ...args]: readonly string[], task: Task): Report {
  const text = execFileSync(tool, [...args, program, JSON.stringify(task)]);
  return JSON.parse(text.toString());
}

const median = (list: number[]) =>
  list.toSorted((a, b) => a - b)[list.length >> 1];
const cell = (x: number | string) => String(x).padStart(8);

let headed = false;
for (const { name, ...network } of NETWORKS) {
  for (const T of [8, 32, 128]) {
    const reports = RUNTIMES.map((): Report[] => []);
    for (let round = 0; round < rounds; round++) {
      RUNTIMES.forEach(({ command }, i) =>
        reports[i].push(report(command, { ...network, T, runs }))
      );
    }
    for (const [i, runtime] of RUNTIMES.entries()) {
      const [{ times, sizes }] = reports[i];
      const phases = Object.keys(times);
      if (!headed) {
        console.log(
          "median ms of phases".padEnd(28) + phases.map(cell).join("") +
            cell("all") + cell("warm") +
            Object.keys(sizes).map(cell).join(""),
        );
        headed = true;
      }
      const ms = phases.map((p) => median(reports[i].map((r) => r.times[p])));
      const all = ms.reduce((a, b) => a + b, 0);
      const warm = Math.min(...reports[i].map((r) => r.warm ?? NaN));
      console.log(
        `${name} T=${T}`.padEnd(22) + runtime.name.padEnd(6) +
          [...ms, all].map((x) => cell(x.toFixed(1))).join("") +
          cell(warm.toFixed(3)) + Object.values(sizes).map(cell).join(""),
      );
    }
  }
}
