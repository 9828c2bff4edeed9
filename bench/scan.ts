/**
 * What a long inference costs: the first call of the two-moons training step
 * with T = 8, 32 and 128, by `pxf.scan` and unrolled, each in a fresh process,
 * in Deno and Bun in turns, and the best of later calls.
 *
 *   deno run -A bench/scan.ts [rounds] [device]
 *
 * The bar: by scan T = 128 takes less than 3 times T = 8.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 7);
const device = process.argv[3] ?? "wasm";
const BAR = 3;

const LENGTHS = [8, 32, 128];
const KINDS = ["scan", "unrolled"];
const RUNTIMES = [
  { name: "Deno", command: ["deno", "run", "-A"] },
  // Bun has no GPU of its own.
  ...device === "wasm" ? [{ name: "Bun", command: ["bun"] }] : [],
];
const program = fileURLToPath(new URL("lib/scanned_step.ts", import.meta.url));

interface Times {
  readonly first: number;
  readonly warm: number;
}

function measure(command: readonly string[], kind: string, T: number): Times {
  const [tool, ...args] = command;
  const text = execFileSync(tool, [...args, program, device, kind, String(T)]);
  return JSON.parse(text.toString());
}

const median = (list: readonly number[]) =>
  list.toSorted((a, b) => a - b)[list.length >> 1];

const times = new Map<string, Times[]>();
const key = (...parts: readonly (string | number)[]) => parts.join();
for (let round = 0; round < rounds; round++) {
  for (const T of LENGTHS) {
    for (const kind of KINDS) {
      for (const { name, command } of RUNTIMES) {
        const list = times.get(key(name, kind, T)) ?? [];
        times.set(key(name, kind, T), [...list, measure(command, kind, T)]);
      }
    }
  }
}

const cell = (text: string) => text.padStart(16);
console.log(
  `ms on ${device}: first call, median (best)`.padEnd(44) +
    LENGTHS.map((T) => cell(`T = ${T}`)).join("") +
    cell("128 / 8, best") + cell("best warm, 128"),
);
for (const { name } of RUNTIMES) {
  for (const kind of KINDS) {
    const of = (T: number) => times.get(key(name, kind, T))!;
    const first = (T: number) => of(T).map((t) => t.first);
    const best = (T: number) => Math.min(...first(T));
    const ratio = best(128) / best(8);
    const verdict = kind !== "scan" ? "" : ratio < BAR ? " met" : " MISSED";
    const warm = Math.min(...of(128).map((t) => t.warm));
    console.log(
      `${name}, ${kind}`.padEnd(44) +
        LENGTHS.map((T) =>
          cell(`${median(first(T)).toFixed(0)} (${best(T).toFixed(0)})`)
        ).join("") +
        cell(`${ratio.toFixed(2)}${verdict}`) + cell(warm.toFixed(2)),
    );
  }
}
