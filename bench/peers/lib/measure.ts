/** The measurements: numeric check first, then interleaved timing. */
import { BASELINE } from "../rows.ts";
import type { Answers } from "./protocol.ts";
import { Reference } from "./reference.ts";
import { median, type Row } from "./row.ts";
import { printTable } from "./table.ts";
import type { Layer, Workload } from "./types.ts";
import { initLayers, makeBatches, naiveFlops } from "./workloads.ts";

const SIZES = [256, 512, 1024];

/** How long to measure. */
export interface Pace {
  /** How often every row gets a slice. */
  rounds: number;
  /** The length of a slice. */
  budgetMs: number;
}

/** Checks and times the training of one network in all rows. */
export async function measureTraining(
  rows: readonly Row[],
  workload: Workload,
  pace: Pace,
): Promise<void> {
  const { name, dims, batch, T } = workload;
  const reference = new Reference(workload, initLayers(workload));
  const batches = makeBatches(workload, workload.checkSteps);
  if (name === "moons") {
    const error = reference.gradientError(batches[0]).toExponential(1);
    console.log(`reference: gradients within ${error} of differences`);
  }
  const energies = batches.map((b) => reference.step(b));
  const shown = energies.slice(0, 3).map((e) => e.toFixed(6)).join(" ");
  console.log(
    `\n## ${name}: ${dims.join("-")}, batch ${batch}, T=${T}; ` +
      `${energies.length} reference energies ${shown} ..`,
  );
  const open: Row[] = [];
  for (const row of rows) {
    const answer = await row.ask({ cmd: "check", work: name });
    if (!answer) continue;
    row.first[name] = answer.firstMs;
    row.check[name] = verdict(
      answer,
      energies,
      reference.weights(),
      workload.tolEnergy,
    );
  }
  for (const row of rows) {
    const opened = await row.ask({ cmd: "openTrainer", work: name });
    if (opened?.ok) open.push(row);
  }
  await timeRounds(open, name, pace, 2000);
  printTraining(open, workload, rows);
}

function verdict(
  answer: NonNullable<Answers["check"]>,
  energies: readonly number[],
  weights: readonly Layer[],
  tolerance: number,
): string {
  const largest = (values: Iterable<number>): number =>
    Math.max(0, ...[...values].map((v) => Number.isNaN(v) ? Infinity : v));
  const energyError = largest(
    energies.map((e, i) => Math.abs(answer.energies[i] - e) / e),
  );
  const weightError = largest(
    weights.map(({ w, b }, l) =>
      [[w, answer.weights[l].w] as const, [b, answer.weights[l].b] as const]
        .reduce(
          (worst, [mine, theirs]) =>
            mine.reduce(
              (m, v, i) => Math.max(m, Math.abs(v - theirs[i])),
              worst,
            ),
          0,
        )
    ),
  );
  return `${energyError < tolerance ? "ok" : "FAIL"} ` +
    `${energyError.toExponential(1)} / ${weightError.toExponential(1)}`;
}

/** One slice of warming up, then a slice of every row in every round. */
async function timeRounds(
  open: readonly Row[],
  name: string,
  { rounds, budgetMs }: Pace,
  maxRuns: number,
): Promise<void> {
  for (const row of open) {
    await row.slice(budgetMs, maxRuns);
    row.times[name] = [];
  }
  for (let i = 0; i < rounds; i++) {
    for (const row of open) {
      await row.slice(budgetMs, maxRuns, row.times[name]);
    }
  }
}

function printTraining(
  open: readonly Row[],
  workload: Workload,
  rows: readonly Row[],
): void {
  const { name } = workload;
  const baseline = rows.find((r) => r.name === BASELINE)?.times[name] ?? [];
  // Slices of one round were measured next to each other.
  const ratio = (times: readonly number[]): string =>
    baseline.length > 0
      ? `${median(times.map((t, i) => baseline[i] / t)).toFixed(2)}x`
      : "";
  const head = [
    "row",
    "ms/step",
    "min",
    "max",
    `vs ${BASELINE}`,
    "first step ms",
    "energy/weight err",
    "GFLOP/s (naive count)",
  ];
  printTable(
    head,
    open.filter((r) => r.times[name].length > 0).map((row) => {
      const times = row.times[name];
      return [
        row.name,
        median(times).toPrecision(3),
        Math.min(...times).toPrecision(3),
        Math.max(...times).toPrecision(3),
        ratio(times),
        row.first[name].toFixed(0),
        row.check[name],
        (naiveFlops(workload) / median(times) / 1e6).toFixed(2),
      ];
    }),
  );
}

/** Times the product of square matrices in all rows. */
export async function measureMatmul(
  rows: readonly Row[],
  pace: Pace,
): Promise<void> {
  for (const n of SIZES) {
    const open: Row[] = [];
    for (const row of rows) {
      const opened = await row.ask({ cmd: "openMatmul", n });
      if (!opened?.ok) continue;
      if (!(opened.error <= 1e-2)) {
        console.log(`!! ${row.name} n=${n}: error ${opened.error}`);
      }
      open.push(row);
    }
    await timeRounds(open, `mm${n}`, pace, 50);
  }
  console.log("\n## f32 matmul n x n x n, GFLOP/s: median (best round)");
  const rate = (n: number, ms: number): string =>
    (2 * n ** 3 / ms / 1e6).toFixed(1);
  printTable(
    ["row", ...SIZES.map(String)],
    rows.filter((r) => r.times[`mm${SIZES[0]}`]?.length > 0).map((row) => [
      row.name,
      ...SIZES.map((n) => {
        const times = row.times[`mm${n}`] ?? [];
        return `${rate(n, median(times))} (${rate(n, Math.min(...times))})`;
      }),
    ]),
  );
}
