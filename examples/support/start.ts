/**
 * What all shorter examples begin with: their flags, the device, the seed.
 */
import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { init, px } from "../../mod.ts";
import { gpuOptions } from "./gpu.ts";

const FLAGS = `
  --seed N       of everything random (0)
  --device NAME  auto, wasm, webgpu or reference (wasm)
  --quick        little of everything, to see that it works
  --help         this text`;

const DEVICES = ["auto", "wasm", "webgpu", "reference"] as const;

/** What the flags say. */
export interface Start {
  /** Seed of everything random. */
  readonly seed: number;
  /** Whether to do little of everything. */
  readonly quick: boolean;
}

/**
 * Reads the flags, opens the device and seeds `px.RKG`. Ends the program with a
 * usage text where flags are wrong (exit code 2) or ask for it.
 *
 * @param name The name of the example.
 * @param what What it does, in a sentence.
 */
export async function start(name: string, what: string): Promise<Start> {
  const usage = `Usage: ${name} [options]\n\n${what}\n${FLAGS}`;
  const problems: string[] = [];
  const flags = parseArgs(process.argv.slice(2), {
    boolean: ["quick", "help"],
    string: ["seed", "device"],
    unknown: (arg) => {
      problems.push(`unknown argument ${arg}`);
      return false;
    },
  });
  const seed = Number(flags.seed ?? 0);
  if (!(Number.isInteger(seed) && seed >= 0)) {
    problems.push(`--seed is "${flags.seed}", expected a whole number from 0`);
  }
  const device = DEVICES.find((known) => known === (flags.device ?? "wasm"));
  if (device === undefined) {
    problems.push(
      `--device is "${flags.device}", expected one of ${DEVICES.join(", ")}`,
    );
  }
  if (flags.help) {
    console.log(usage);
    process.exit(0);
  }
  if (problems.length > 0) {
    console.error(`Wrong flags: ${problems.join("; ")}\n\n${usage}`);
    process.exit(2);
  }
  if (device !== undefined && device !== "wasm") {
    const opened = device === "webgpu"
      ? await init("webgpu", await gpuOptions())
      : await init(device);
    console.log(`Running on ${opened.name}: ${opened.description}`);
  }
  px.RKG.seed(seed);
  return { seed, quick: flags.quick };
}
