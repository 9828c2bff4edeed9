/** What the numbers were measured on. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";

/** Libraries for which the version is told. */
const PACKAGES = "../package.json";

/** The first line that a program prints, or that it is absent. */
function firstLine(program: string, args: readonly string[]): string {
  try {
    const output = execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.split("\n")[0];
  } catch {
    return "absent";
  }
}

/** The widest vectors of the processor, where the system tells. */
function vectors(): string {
  try {
    const flags = readFileSync("/proc/cpuinfo", "utf8");
    return ["avx512f", "avx2"].find((flag) => flags.includes(` ${flag} `)) ??
      "no avx2";
  } catch {
    return "vectors unknown";
  }
}

/** The load of the last minute. */
export function load(): string {
  return os.loadavg()[0].toFixed(2);
}

/** Machine, date and versions, as a list. */
export function formatMachine(): string {
  const cpus = os.cpus();
  const { dependencies }: { dependencies: Record<string, string> } = JSON
    .parse(readFileSync(new URL(PACKAGES, import.meta.url), "utf8"));
  const deno = process.env.DENO_BIN ?? "deno";
  const bun = process.env.BUN_BIN ?? "bun";
  return [
    `- ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `- ${cpus.length} cores of ${cpus[0]?.model.trim()}, ${vectors()}, ` +
    `${os.type()} ${os.release()}`,
    `- load at the start ${load()}`,
    `- ${firstLine(deno, ["--version"])}; bun ${
      firstLine(bun, ["--version"])
    }; ` +
    Object.entries(dependencies).map(([name, v]) => `${name} ${v}`).join(", "),
  ].join("\n");
}
