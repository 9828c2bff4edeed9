/**
 * Times what may be repeated before anybody waits for it, as on a GPU.
 *
 * @module
 */
import { median } from "../peers/lib/row.ts";

/** Milliseconds of one repetition. */
export interface Timing {
  /** The best round. */
  readonly best: number;
  /** The median of all rounds. */
  readonly median: number;
}

/** How long to measure. */
export interface Pace {
  /** Most rounds. */
  readonly rounds: number;
  /** Milliseconds of a round, if one repetition takes less. */
  readonly budgetMs: number;
}

/** All rounds of what takes long end about then. */
const MOST_MS = 20_000;
const MOST_TIMES = 5000;
const GROWTH = 10;

/**
 * Times `run`, which repeats something so many times and gives the
 * milliseconds that all of it took. It must have run before.
 */
export async function time(
  run: (times: number) => Promise<number>,
  { rounds, budgetMs }: Pace,
): Promise<Timing> {
  let times = 1;
  let ms = await run(times);
  // Step by step: most of the first times may be waiting for the clock. Deno
  // looks every 10 ms whether a GPU is done.
  while (ms < budgetMs / 2 && times < MOST_TIMES) {
    const factor = Math.min(GROWTH, Math.ceil(budgetMs / ms));
    times = Math.min(MOST_TIMES, factor * times);
    ms = await run(times);
  }
  const samples = [ms / times];
  const most = Math.min(rounds, Math.floor(MOST_MS / ms));
  while (samples.length < most) samples.push(await run(times) / times);
  return { best: Math.min(...samples), median: median(samples) };
}
