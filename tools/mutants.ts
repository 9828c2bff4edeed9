/**
 * Whether the tests notice errors: changes one line of the source at a time
 * and expects the tests to fail.
 *
 *   deno run -A tools/mutants.ts                  all mutants
 *   deno run -A tools/mutants.ts --only nn,optim  those of some rooms
 *   deno run -A tools/mutants.ts --jobs 4         as many at once; else 2
 *   deno run -A tools/mutants.ts --own            only with the tests of the room
 *
 * It works in copies of the files that git knows. The tests of the room run
 * first, all others only if those notice nothing. A mutant that no test notices
 * is printed at the end, and the exit status is 1; so it is if a mutant's text
 * is not in its file exactly once.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MUTANTS } from "./mutants/mod.ts";
import type { Mutant } from "./mutants/mutant.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A mutant may make a loop endless. */
const TIMEOUT_MS = 400_000;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(MUTANTS).join() },
    jobs: { type: "string", default: "2" },
    own: { type: "boolean", default: false },
  },
});

/** A mutant of a room. */
interface Job extends Mutant {
  readonly room: string;
}

/** Copies what git knows of. */
function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  const list = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", list, { cwd: ROOT, encoding: "utf8" });
  for (const file of files.trim().split("\n")) {
    if (!existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  return folder;
}

/** Whether tests pass in a folder. */
function pass(folder: string, tests: readonly string[]): Promise<boolean> {
  const args = ["test", "--no-check", "--quiet", "--fail-fast", ...tests];
  const child = spawn("deno", args, {
    cwd: folder,
    stdio: "ignore",
    timeout: TIMEOUT_MS,
    // Devices of their own are not what is tested here.
    env: { ...process.env, DENO_WEBGPU_BACKEND: "none" },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** The text of a file with a mutant in it. */
function mutated(text: string, { file, from, to }: Mutant): string {
  const count = text.split(from).length - 1;
  if (count === 1 && from !== to) return text.replace(from, () => to);
  throw new Error(
    `Cannot mutate ${file}: "${from}" is in it ${count} times, expected once`,
  );
}

/** Whether some test notices a mutant. */
async function isNoticed(folder: string, job: Job): Promise<boolean> {
  const path = join(folder, job.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, mutated(text, job));
  try {
    const own = job.tests ?? [`tests/${job.room}`];
    const there = own.filter((test) => existsSync(join(folder, test)));
    if (there.length > 0 && !await pass(folder, there)) return true;
    return !options.own && !await pass(folder, []);
  } finally {
    writeFileSync(path, text);
  }
}

const jobs: Job[] = options.only.split(",").flatMap((room) => {
  const mutants = MUTANTS[room];
  if (mutants === undefined) {
    throw new Error(
      `No room "${room}", expected some of ${Object.keys(MUTANTS).join()}`,
    );
  }
  return mutants.map((mutant) => ({ ...mutant, room }));
});
for (const job of jobs) {
  mutated(readFileSync(join(ROOT, job.file), "utf8"), job);
}

const survivors: Job[] = [];
const queue = [...jobs];

async function work(): Promise<void> {
  const folder = copyProject();
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const start = performance.now();
      const noticed = await isNoticed(folder, job);
      const seconds = Math.round((performance.now() - start) / 100) / 10;
      if (!noticed) survivors.push(job);
      const verdict = noticed ? "noticed" : "SURVIVES";
      console.log(
        `${verdict} ${job.file}: ${job.from.trim()} -> ${job.to.trim()} ` +
          `(${seconds} s)`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await Promise.all(Array.from({ length: Number(options.jobs) }, work));
for (const { file, from, to } of survivors) {
  console.error(`No test notices in ${file}:\n- ${from}\n+ ${to}`);
}
const noticed = jobs.length - survivors.length;
console.log(`${noticed} of ${jobs.length} mutants noticed`);
process.exitCode = survivors.length === 0 ? 0 : 1;
