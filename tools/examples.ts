/**
 * Runs every example in its quick mode: in Bun and in Deno on wasm, and the
 * cheap ones in Deno on webgpu, if the environment says `GPU=required`. An
 * example must end well and print a last line that looks as it should.
 *
 *   bun tools/examples.ts
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How the last line of each begins, or what it says. */
const EXAMPLES: Readonly<Record<string, RegExp>> = {
  moons: /^Done in \d/,
  backprop: /^Epoch 2: loss 0\.\d+, test accuracy (8|9)\d/,
  decoder: /^The hidden half was recalled with an error of 0\.(0|1)\d+$/,
  gradient_analysis: /^ +16 \| +0\.1 \| +\d\d\.\d\d% \| \d\.\d+$/,
  alexnet: /^Epoch 1: test accuracy \d+\.\d\d%$/,
  zil: /^Epoch 2: test accuracy (8|9)\d/,
  mcpc: /^Step 20: mean -?\d\.\d+, deviation \d\.\d+, distance 0\.\d+$/,
  randomness: /^and the generator goes on as before( +\d\.\d{3}){3}$/,
  flow: /^in 7 turns$/,
};

/** Examples that compile little, so a GPU in software has them done soon. */
const CHEAP = ["backprop", "randomness", "flow"];

interface Run {
  readonly example: string;
  readonly command: readonly string[];
  readonly device: string;
}

const runs: Run[] = Object.keys(EXAMPLES).flatMap((example) => {
  const file = `examples/${example}.ts`;
  const bun = [process.execPath, "run", file];
  const deno = ["deno", "run", "-A", file];
  const all = [bun, deno].map((command) => ({
    example,
    command,
    device: "wasm",
  }));
  const onGpu = process.env.GPU === "required" && CHEAP.includes(example);
  return onGpu ? [...all, { example, command: deno, device: "webgpu" }] : all;
});

let failed = 0;
for (const { example, command, device } of runs) {
  const [tool, ...args] = [...command, "--quick", "--device", device];
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(tool, args, {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 300_000,
  });
  const last = stdout?.trimEnd().split("\n").at(-1) ?? "";
  const isGood = status === 0 && EXAMPLES[example].test(last);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const what = `${
    command.includes("deno") ? "deno" : "bun"
  } ${example} ${device}`;
  console.log(`${isGood ? "ok" : "FAILED"} ${what} (${seconds} s)`);
  if (isGood) continue;
  failed++;
  console.log(`exit ${status}, last line "${last}"\n${stderr}`);
}
console.log(`${runs.length - failed} runs passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
