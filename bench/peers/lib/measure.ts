/**
 * The measurements: numeric check first, then interleaved timing. Each gives
 * its table as text.
 */
import { decodeFloats } from "./base64.ts";
import type { Answers } from "./protocol.ts";
import { Reference } from "./reference.ts";
import { median, type Row } from "./row.ts";
import { formatTable } from "./table.ts";
import type { Floats, Layer, Workload } from "./types.ts";
import { forCheck, initLayers, makeBatches, naiveFlops } from "./workloads.ts";

/** The row that the others are compared with, unless another is named. */
const BASELINE = "plainjs/dedup";

const SIZES = [256, 512, 1024];

/** How long to measure. */
export interface Pace {
  /** How often every row gets a slice. */
  rounds: number;
  /** The length of a slice. */
  budgetMs: number;
}

/**
 * Checks and times the training of one network in all rows.
 *
 * @param baseline The row that the others are compared with.
 */
export async function measureTraining(
  rows: readonly Row[],
  workload: Workload,
  pace: Pace,
  baseline: string = BASELINE,
): Promise<string> {
  const { name, dims, batch, T } = workload;
  const checked = forCheck(workload);
  const reference = new Reference(checked, initLayers(checked));
  const batches = makeBatches(checked, checked.checkSteps);
  const lines = [`## ${name}: ${dims.join("-")}, batch ${batch}, T = ${T}`, ""];
  if (name === "moons") {
    const error = reference.gradientError(batches[0]).toExponential(1);
    lines.push(`Gradients of the reference within ${error} of differences.`);
  }
  const energies = batches.map((b) => reference.step(b));
  const shown = energies.slice(0, 3).map((e) => e.toFixed(6)).join(" ");
  const samples = checked.batch === batch ? "" : ` on ${checked.batch} samples`;
  lines.push(
    `Checked on the energies of ${energies.length} steps${samples}: ` +
      `${shown} ... Timed in ${pace.rounds} interleaved rounds.`,
    "",
  );
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
  const open: Row[] = [];
  for (const row of rows) {
    const opened = await row.ask({ cmd: "openTrainer", work: name });
    if (opened?.ok) open.push(row);
  }
  await timeRounds(open, name, pace, 2000);
  return [...lines, ...trainingTable(open, workload, rows, baseline)].join(
    "\n",
  );
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
  const weightError = largest(weights.flatMap(({ w, b }, l) => {
    const theirs = answer.weights[l];
    return [difference(w, theirs.w), difference(b, theirs.b)];
  }));
  return `${energyError < tolerance ? "ok" : "FAIL"} ` +
    `${energyError.toExponential(1)} / ${weightError.toExponential(1)}`;
}

/** The largest difference between floats and those of a message. */
function difference(mine: Floats, message: string): number {
  const theirs = decodeFloats(message);
  return mine.reduce((m, v, i) => Math.max(m, Math.abs(v - theirs[i])), 0);
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
    row.best[name] = [];
  }
  for (let i = 0; i < rounds; i++) {
    for (const row of open) await row.slice(budgetMs, maxRuns, name);
  }
}

function trainingTable(
  open: readonly Row[],
  workload: Workload,
  rows: readonly Row[],
  baselineName: string,
): string[] {
  const { name } = workload;
  const baseline = rows.find((r) => r.name === baselineName);
  const ratio = (value: number | undefined, mine: number): string =>
    value === undefined || Number.isNaN(value)
      ? ""
      : `${(value / mine).toPrecision(3)}x`;
  const head = [
    "row",
    "best ms",
    "median ms",
    `${baselineName}: best/best`,
    "median/median",
    "first step ms",
    "energy/weight err",
    "peak RSS MB",
    "GFLOP/s (naive count)",
  ];
  const timed = open.filter((r) => r.times[name].length > 0);
  const cells = timed.map((row) => {
    const best = bestOf(row, name);
    const middle = median(row.times[name]);
    return [
      row.name,
      best.toPrecision(3),
      middle.toPrecision(3),
      ratio(baseline && bestOf(baseline, name), best),
      ratio(baseline && median(baseline.times[name] ?? []), middle),
      row.first[name].toFixed(0),
      row.check[name],
      (row.rss / 1e6).toFixed(0),
      (naiveFlops(workload) / best / 1e6).toFixed(2),
    ];
  });
  return [...formatTable(head, cells), ...missing(rows)];
}

/** The least milliseconds of any run. */
export function bestOf(row: Row, measurement: string): number {
  return Math.min(...row.best[measurement] ?? [NaN]);
}

/** A line for each row that could not run. */
function missing(rows: readonly Row[]): string[] {
  const dead = rows.filter((row) => row.dead !== "");
  return dead.length === 0 ? [] : [
    "",
    ...dead.map((row) => `- ${row.name}: ${row.why}`),
  ];
}

/** Times the product of square matrices in all rows. */
export async function measureMatmul(
  rows: readonly Row[],
  pace: Pace,
): Promise<string> {
  const lines = [
    "## Products n x n x n in f32, GFLOP/s: best (median of rounds)",
    "",
  ];
  for (const n of SIZES) {
    const open: Row[] = [];
    for (const row of rows) {
      const opened = await row.ask({ cmd: "openMatmul", n });
      if (!opened?.ok) continue;
      if (!(opened.error <= 1e-2)) {
        lines.push(`${row.name} is wrong at ${n}: error ${opened.error}.`, "");
      }
      open.push(row);
    }
    await timeRounds(open, `mm${n}`, pace, 50);
  }
  const rate = (n: number, ms: number): string =>
    (2 * n ** 3 / ms / 1e6).toFixed(1);
  const timed = rows.filter((r) => r.times[`mm${SIZES[0]}`]?.length > 0);
  const cells = timed.map((row) => [
    row.name,
    ...SIZES.map((n) => {
      const middle = median(row.times[`mm${n}`] ?? []);
      return `${rate(n, bestOf(row, `mm${n}`))} (${rate(n, middle)})`;
    }),
  ]);
  const table = formatTable(["row", ...SIZES.map(String)], cells);
  return [...lines, ...table, ...missing(rows)].join("\n");
}
