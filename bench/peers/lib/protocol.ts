/** What the parent asks of the process of a row, and what it answers. */

/** One request, a line of JSON on standard input. */
export type Request =
  | { cmd: "init" }
  | { cmd: "check"; work: string }
  | { cmd: "openTrainer"; work: string }
  | { cmd: "openMatmul"; n: number }
  | { cmd: "time"; budgetMs: number; maxRuns: number };

/** The answer to each command. */
export interface Answers {
  /** The library is loaded. */
  init: { info: string; initMs: number };
  /** Energies and last weights of the check; null without a trainer. */
  check: {
    energies: number[];
    /** In base64. */
    weights: { w: string; b: string }[];
    firstMs: number;
  } | null;
  /** Whether there is something to time. */
  openTrainer: { ok: boolean };
  /** The same, with the largest error of a sample of C. */
  openMatmul: { ok: boolean; error: number };
  /** The time of each run, and the memory of the process. */
  time: { ms: number[]; rss: number };
}

/** What a row needs is not on this machine: nothing is wrong. */
export class AbsentError extends Error {
  /** Name shown in tables. */
  override readonly name: string = "absent";
}

/** What precedes an answer on standard output; libraries print there too. */
export const MARK = "@@";
