/** A row of the table: the process that runs it, and what was measured. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { type Answers, MARK, type Request } from "./protocol.ts";

/** One library with one backend; its public fields are the `--json` file. */
export class Row {
  /** `[runtime:]module/variant`. */
  readonly name: string;
  /** What the library says of itself. */
  info = "";
  /** Milliseconds of importing and opening the library. */
  initMs = 0;
  /** Why it stopped, empty while it runs. */
  dead = "";
  /** The largest memory seen, in bytes. */
  rss = 0;
  /** Measurement -> the median milliseconds of each round. */
  times: Record<string, number[]> = {};
  /** Measurement -> the least milliseconds of each round. */
  best: Record<string, number[]> = {};
  /** Workload -> milliseconds of the first train step. */
  first: Record<string, number> = {};
  /** Workload -> the verdict of the numeric check. */
  check: Record<string, string> = {};
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];

  /** Starts the process; `script` is bench.ts. */
  constructor(name: string, script: string) {
    this.name = name;
    const colon = name.indexOf(":");
    const runtime = colon < 0 ? "deno" : name.slice(0, colon);
    const tool = process.env[`${runtime.toUpperCase()}_BIN`] ?? runtime;
    const flags = runtime === "deno" ? ["run", "-A", "--unstable-webgpu"] : [];
    const args = [...flags, script, "--child", name.slice(colon + 1)];
    this.#process = spawn(tool, args);
    let complaint = "";
    this.#process.stderr.on("data", (chunk) => {
      complaint = (complaint + chunk).slice(-2000);
    });
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      if (line.startsWith(MARK)) {
        this.#waiting.shift()?.(line.slice(MARK.length));
      }
    });
    const end = (why: string): void => {
      this.dead ||= why;
      const error = JSON.stringify({ error: `${why}: ${complaint}` });
      for (const answer of this.#waiting.splice(0)) answer(error);
    };
    this.#process.on("error", (error) => {
      const { code } = error as { code?: string };
      end(code === "ENOENT" ? `absent: no program ${tool}` : error.message);
    });
    this.#process.on("close", (code) => end(`exit ${code}`));
    // A row that died cannot be asked; `end` has answered already.
    this.#process.stdin.on("error", () => {});
  }

  /** Whether what it needs is not on this machine. */
  get isAbsent(): boolean {
    return this.dead.startsWith("absent: ");
  }

  /** Why it did not run. */
  get why(): string {
    return this.isAbsent ? this.dead : `FAILED ${this.dead}`;
  }

  /** Loads the library. */
  async init(): Promise<void> {
    Object.assign(this, await this.ask({ cmd: "init" }));
  }

  /** Sends a request; null when the row failed now or before. */
  async ask<C extends Request["cmd"]>(
    request: Extract<Request, { cmd: C }>,
  ): Promise<Answers[C] | null> {
    if (this.dead) return null;
    const line = await new Promise<string>((answer) => {
      this.#waiting.push(answer);
      this.#process.stdin.write(JSON.stringify(request) + "\n");
    });
    const reply: { ok: Answers[C]; error?: string } = JSON.parse(line);
    if (reply.error === undefined) return reply.ok;
    this.dead = reply.error.split("\n")[0].slice(0, 160);
    if (this.isAbsent) return null;
    console.error(
      `-- ${this.name} failed at ${JSON.stringify(request)}: ` +
        reply.error.slice(0, 1500),
    );
    return null;
  }

  /**
   * Times one slice; keeps its median and its best as the next round of a
   * measurement, or nothing when warming up.
   */
  async slice(
    budgetMs: number,
    maxRuns: number,
    measurement?: string,
  ): Promise<void> {
    const timed = await this.ask({ cmd: "time", budgetMs, maxRuns });
    if (!timed || measurement === undefined) return;
    (this.times[measurement] ??= []).push(median(timed.ms));
    (this.best[measurement] ??= []).push(Math.min(...timed.ms));
    this.rss = Math.max(this.rss, timed.rss);
  }

  /** Ends the process. */
  close(): void {
    this.#process.stdin.end();
  }
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[sorted.length >> 1] : NaN;
}
