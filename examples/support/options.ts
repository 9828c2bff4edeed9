/**
 * The command line of the two-moons example: reads the flags, and ends the
 * program with a usage text when they are wrong (exit code 2) or when `--help`
 * asks for it.
 */
import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";

const USAGE = `Usage: moons [options]

Trains a predictive coding network on the two moons and draws what it learnt.

  --epochs N     passes over the training set (8)
  --seed N       of the weights and of the order of the minibatches (0)
  --batch N      samples in a minibatch, at most 512 (32)
  --T N          inference steps per minibatch (8)
  --lr-h X       learning rate of the states, per sample (0.01)
  --device NAME  auto, wasm, webgpu or reference (wasm)
  --plot [FILE]  also write the picture as an SVG (moons.svg)
  --quick        one epoch, to see that it works
  --help         this text`;

const DEVICES = ["auto", "wasm", "webgpu", "reference"] as const;

/** What the flags say. */
export interface MoonsOptions {
  /** Passes over the training set. */
  epochs: number;
  /** Seed of the weights and of the order of the minibatches. */
  seed: number;
  /** Samples in a minibatch. */
  batchSize: number;
  /** Inference steps per minibatch. */
  T: number;
  /** Learning rate of the states, per sample. */
  lrH: number;
  /** Where to compute. */
  device: (typeof DEVICES)[number];
  /** File for the picture; null for none. */
  plot: string | null;
}

/** Reads the flags. Does not return when they are wrong or ask for help. */
export function readOptions(args: readonly string[]): MoonsOptions {
  const { options, problems, help } = parseOptions(args);
  if (help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (problems.length > 0) {
    console.error(`Wrong flags: ${problems.join("; ")}\n\n${USAGE}`);
    process.exit(2);
  }
  return options;
}

/** Reads the flags, and tells what is wrong with them. */
export function parseOptions(args: readonly string[]): {
  options: MoonsOptions;
  problems: string[];
  help: boolean;
} {
  const problems: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["quick", "help"],
    string: ["epochs", "seed", "batch", "T", "lr-h", "device", "plot"],
    unknown: (arg) => {
      problems.push(`unknown argument ${arg}`);
      return false;
    },
  });
  const number = (
    name: "epochs" | "seed" | "batch" | "T" | "lr-h",
    fallback: number,
    expected: string,
    valid: (value: number) => boolean,
  ): number => {
    const text = flags[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (text !== "" && valid(value)) return value;
    problems.push(`--${name} is "${text}", expected ${expected}`);
    return fallback;
  };
  const integer = (min: number, max: number) => (value: number): boolean =>
    Number.isInteger(value) && value >= min && value <= max;
  const device = DEVICES.find((name) => name === (flags.device ?? "wasm"));
  if (device === undefined) {
    problems.push(
      `--device is "${flags.device}", expected one of ${DEVICES.join(", ")}`,
    );
  }
  const options: MoonsOptions = {
    epochs: number(
      "epochs",
      flags.quick ? 1 : 8,
      "a whole number from 1",
      integer(1, 1e6),
    ),
    seed: number("seed", 0, "a whole number from 0", integer(0, 2 ** 32 - 1)),
    batchSize: number(
      "batch",
      32,
      "a whole number from 1 to 512",
      integer(1, 512),
    ),
    T: number("T", 8, "a whole number from 0 to 1000", integer(0, 1000)),
    lrH: number(
      "lr-h",
      0.01,
      "a number above 0",
      (value) => value > 0 && Number.isFinite(value),
    ),
    device: device ?? "wasm",
    plot: flags.plot === undefined ? null : flags.plot || "moons.svg",
  };
  return { options, problems, help: flags.help };
}
