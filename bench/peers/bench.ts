/**
 * Trains one predictive coding network in several JavaScript libraries, and
 * multiplies matrices in them; see README.md.
 *
 *   deno run -A bench/peers/bench.ts [--rows a,b] [--only moons,mlp,matmul]
 *     [--rounds 7] [--budget 400] [--gpu] [--baseline plainjs/dedup]
 *     [--json out.json]
 *
 * Every row runs in a process of its own, so that libraries share no heap, no
 * wasm memory and no threads; short slices of all rows are interleaved, so
 * that the noise of the machine hits all of them.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Figures, figuresOf, formatBars, GPU_BARS } from "./lib/bars.ts";
import { formatMachine } from "./lib/machine.ts";
import { measureMatmul, measureTraining } from "./lib/measure.ts";
import { Row } from "./lib/row.ts";
import { formatRows } from "./lib/table.ts";
import { runWorker } from "./lib/worker.ts";
import { WORKLOADS } from "./lib/workloads.ts";
import { GPU_ROWS, ROWS } from "./rows.ts";

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

async function bench(args: readonly string[]): Promise<void> {
  const all = [...ROWS, ...(args.includes("--gpu") ? GPU_ROWS : [])];
  const names = option(args, "--rows")?.split(",") ?? all;
  const only = (option(args, "--only") ?? "moons,mlp,matmul").split(",");
  const pace = {
    rounds: Number(option(args, "--rounds") ?? 7),
    budgetMs: Number(option(args, "--budget") ?? 400),
  };
  const baseline = option(args, "--baseline");
  const json = option(args, "--json");

  const script = fileURLToPath(import.meta.url);
  const rows = names.map((name) => new Row(name, script));
  console.log(`${formatMachine()}\n`);
  const figures: Figures[] = [];
  try {
    for (const row of rows) await row.init();
    for (const workload of Object.values(WORKLOADS)) {
      if (only.includes(workload.name)) {
        console.log(
          await measureTraining(rows, workload, pace, baseline),
          "\n",
        );
        figures.push(figuresOf(workload.name, rows));
      }
    }
    if (only.includes("matmul")) {
      console.log(await measureMatmul(rows, pace), "\n");
    }
    const bars = GPU_BARS.filter(({ ours }) => names.includes(ours));
    if (bars.length > 0) console.log(formatBars(figures, bars), "\n");
    console.log(formatRows(rows));
    if (json) writeFileSync(json, JSON.stringify(rows, null, 1) + "\n");
  } finally {
    rows.forEach((row) => row.close());
  }
}

const args = process.argv.slice(2);
if (args[0] === "--child") await runWorker(args[1]);
else await bench(args);
