/**
 * Cold start: `deno run -A bench/cold.ts [rounds]`. Times whole processes that
 * import the library, make the two-moons network, train one step and read its
 * energy (`lib/first_step.ts`), and processes that do nothing, in Deno and Bun,
 * in turns. What matters is the difference; files are warm after the first
 * round, which is not counted. Where the time goes: `bench/compile.ts`.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FILES = ["first_step", "import", "empty"] as const;
type File = typeof FILES[number];

interface Runtime {
  readonly name: string;
  readonly command: readonly string[];
  readonly times: Record<File, number[]>;
}

const runtime = (name: string, ...command: string[]): Runtime => ({
  name,
  command,
  times: { first_step: [], import: [], empty: [] },
});

function time({ command }: Runtime, file: File): number {
  const path = fileURLToPath(new URL(`lib/${file}.ts`, import.meta.url));
  const [program, ...args] = command;
  const start = performance.now();
  execFileSync(program, [...args, path]);
  return performance.now() - start;
}

const rounds = Number(process.argv[2] ?? 15);
const runtimes = [runtime("Deno", "deno", "run", "-A"), runtime("Bun", "bun")];
for (let round = -1; round < rounds; round++) {
  for (const each of runtimes) {
    for (const file of FILES) {
      const ms = time(each, file);
      if (round >= 0) each.times[file].push(ms);
    }
  }
}

const show = (ms: number) => ms.toFixed(0).padStart(5);
const median = (list: number[]) =>
  list.toSorted((a, b) => a - b)[list.length >> 1];
console.log(
  "ms, median (best)      first step        import         empty" +
    "   import - empty   first step - empty",
);
for (const { name, times } of runtimes) {
  const of = (file: File) => [median(times[file]), Math.min(...times[file])];
  const cell = ([middle, best]: number[]) => `${show(middle)} (${show(best)})`;
  const [step, imported, empty] = FILES.map(of);
  const minus = (a: number[], b: number[]) => a.map((x, i) => x - b[i]);
  console.log(
    name.padEnd(20),
    [
      step,
      imported,
      empty,
      minus(imported, empty),
      minus(step, empty),
    ].map(cell).join("  "),
  );
}
