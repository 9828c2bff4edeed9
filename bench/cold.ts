/**
 * Cold start: `deno run -A bench/cold.ts [rounds]`. Times whole processes that
 * import the library, make the two-moons network, train one step and read its
 * energy (`lib/first_step.ts`), processes that only import it, and processes
 * that do nothing, in Deno and Bun, in turns. What matters is the difference;
 * files are warm after the first round, which is not counted. The same from one
 * bundled file, as Node and browsers get it, shows what the number of source
 * files costs. Where the rest of the time goes: `bench/compile.ts`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const KINDS = ["step", "bundle", "import", "empty"] as const;
type Kind = typeof KINDS[number];

const source = (name: string) =>
  fileURLToPath(new URL(`lib/${name}.ts`, import.meta.url));

interface Runtime {
  readonly name: string;
  readonly command: readonly string[];
  readonly times: Record<Kind, number[]>;
}

const runtime = (name: string, ...command: string[]): Runtime => ({
  name,
  command,
  times: { step: [], bundle: [], import: [], empty: [] },
});

function time([program, ...args]: readonly string[], path: string): number {
  const start = performance.now();
  execFileSync(program, [...args, path]);
  return performance.now() - start;
}

function measure(rounds: number, runtimes: readonly Runtime[]): void {
  const folder = mkdtempSync(join(tmpdir(), "vodes-bench-"));
  try {
    const paths: Record<Kind, string> = {
      step: source("first_step"),
      bundle: join(folder, "first_step.js"),
      import: source("import"),
      empty: source("empty"),
    };
    const bundling = ["build", paths.step, "--target", "node", "--outfile"];
    execFileSync("bun", [...bundling, paths.bundle], { stdio: "ignore" });
    for (let round = -1; round < rounds; round++) {
      for (const { command, times } of runtimes) {
        for (const kind of KINDS) {
          const ms = time(command, paths[kind]);
          if (round >= 0) times[kind].push(ms);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const median = (list: number[]) =>
  list.toSorted((a, b) => a - b)[list.length >> 1];

const runtimes = [runtime("Deno", "deno", "run", "-A"), runtime("Bun", "bun")];
measure(Number(process.argv[2] ?? 15), runtimes);
console.log(
  "ms, median (best)     empty       import   first step       bundled" +
    "   less an empty process: import  first step     bundled",
);
for (const { name, times } of runtimes) {
  const figures = (kind: Kind) => [
    median(times[kind]),
    Math.min(...times[kind]),
  ];
  const cell = ([middle, best]: number[]) =>
    `${middle.toFixed(0)} (${best.toFixed(0)})`.padStart(12);
  const empty = figures("empty");
  const more = (kind: Kind) => figures(kind).map((ms, i) => ms - empty[i]);
  console.log(
    name.padEnd(15) + cell(empty) +
      [figures("import"), figures("step"), figures("bundle")].map(cell)
        .join(" ") +
      " ".repeat(18) +
      [more("import"), more("step"), more("bundle")].map(cell).join(""),
  );
}
