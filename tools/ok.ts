/**
 * The gate: everything that must hold before a change lands, in one command.
 *
 *   deno task ok                        all steps
 *   deno task ok --only fmt,lint        some of them
 *   deno task ok --list                 their names
 *
 * It stops at the first step that fails, and prints how long each took. The
 * last line counts the tests of Deno and Bun, and every other step as one.
 *
 * Tests on a GPU are skipped where there is none, unless the environment says
 * `GPU=required`. `VULKAN_DENO` and `VULKAN_DAWN` name the driver, an ICD file,
 * for Deno and for the npm package `webgpu`, which need not run on the same.
 * Files are checked with numpy where python3 has it; `PYTHON=required` insists.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Step {
  name: string;
  /** What is run, in the root of the project. */
  command: readonly string[];
  /** What opens a GPU in it; without, there is none. */
  gpu?: "deno" | "dawn";
  /** Finds the numbers of passed and failed tests in what it prints. */
  count?: { passed: RegExp; failed: RegExp };
}

/** The files of the subpath exports, `./mod.ts` first. */
function entryPoints(): string[] {
  const config: { exports: Record<string, string> } = JSON.parse(
    readFileSync(`${ROOT}/deno.json`, "utf8"),
  );
  return Object.values(config.exports);
}

const DENO_COUNT = { passed: /\| (\d+) passed/, failed: /\| (\d+) failed/ };
const BUN_COUNT = { passed: /^ *(\d+) pass$/m, failed: /^ *(\d+) fail$/m };

const STEPS: readonly Step[] = [
  {
    // All that a test may know of the machine is whether a GPU is required.
    name: "test",
    command: ["deno", "test", "--allow-env=GPU"],
    gpu: "deno",
    count: DENO_COUNT,
  },
  {
    // Without NaN and infinities, without relaxed SIMD, on two threads.
    name: "settings",
    command: [
      "deno",
      "test",
      "--ignore=tests/device/webgpu",
      "--preload",
      "tests/support/other_settings.ts",
    ],
    count: DENO_COUNT,
  },
  {
    // What tests devices names its own.
    name: "gpu",
    command: [
      "deno",
      "test",
      "-A",
      "--ignore=tests/device",
      "--preload",
      "tests/support/gpu_settings.ts",
    ],
    gpu: "deno",
    count: DENO_COUNT,
  },
  {
    // Software takes long for some tests on a GPU.
    name: "bun-test",
    command: ["bun", "test", "--timeout", "600000"],
    gpu: "dawn",
    count: BUN_COUNT,
  },
  { name: "fmt", command: ["deno", "fmt", "--check"] },
  { name: "lint", command: ["deno", "lint"] },
  { name: "check", command: ["deno", "check", "mod.ts", "src", "tools"] },
  { name: "tsc", command: ["tsc", "-p", "tools"] },
  { name: "doc-lint", command: ["deno", "doc", "--lint", ...entryPoints()] },
  {
    name: "doc-test",
    command: [
      "deno",
      "test",
      "--doc",
      "--permit-no-files",
      "mod.ts",
      "src",
      "README.md",
    ],
    count: DENO_COUNT,
  },
  { name: "kernels", command: ["bun", "asm/build.ts", "--check"] },
  {
    name: "floors",
    command: ["deno", "run", "--allow-read", "tools/floors.ts"],
  },
  {
    name: "numpy-table",
    command: ["deno", "run", "--allow-read", "tools/numpy_table.ts", "--check"],
  },
  {
    name: "pcax-table",
    command: ["deno", "run", "--allow-read", "tools/pcax_table.ts", "--check"],
  },
  {
    name: "examples",
    command: ["bun", "tools/examples.ts"],
    gpu: "deno",
    count: { passed: /(\d+) runs passed/, failed: /(\d+) failed/ },
  },
  { name: "python", command: ["bun", "tests/python/run.ts"] },
  { name: "node", command: ["bun", "tests/node/run.ts"] },
  { name: "browser", command: ["bun", "tests/browser/run.ts"], gpu: "dawn" },
  {
    name: "publish",
    command: ["deno", "publish", "--dry-run", "--allow-dirty", "--quiet"],
  },
];

/** The environment of a step. */
function environment({ gpu }: Step): NodeJS.ProcessEnv {
  const { PATH, GPU, VULKAN_DENO, VULKAN_DAWN } = process.env;
  const { VK_ICD_FILENAMES, DENO_WEBGPU_BACKEND } = process.env;
  const driver = gpu === "deno" ? VULKAN_DENO : VULKAN_DAWN;
  return {
    ...process.env,
    // The pinned tools of package.json go before whatever the machine has.
    PATH: `${ROOT}/node_modules/.bin:${PATH}`,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    GPU: gpu === undefined ? undefined : GPU,
    VK_ICD_FILENAMES: gpu === undefined ? "none" : driver ?? VK_ICD_FILENAMES,
    // Deno would go on to OpenGL, which takes minutes in software.
    DENO_WEBGPU_BACKEND: gpu === undefined ? "none" : DENO_WEBGPU_BACKEND,
  };
}

/** Runs a step, showing its output as it comes. */
function run(step: Step): Promise<{ ok: boolean; output: string }> {
  const [tool, ...args] = step.command;
  const child = spawn(tool, args, {
    cwd: ROOT,
    env: environment(step),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const show = (chunk: Uint8Array): void => {
    output += chunk;
    process.stdout.write(chunk);
  };
  child.stdout.on("data", show);
  child.stderr.on("data", show);
  return new Promise((done) => {
    child.on("error", (error) => {
      console.log(`Cannot start ${tool}: ${error.message}`);
      done({ ok: false, output });
    });
    child.on("close", (code) => done({ ok: code === 0, output }));
  });
}

/** The steps of `--only a,b`, or all; an unknown name is an error. */
function chosenSteps(args: readonly string[]): readonly Step[] {
  if (!args.includes("--only")) return STEPS;
  const names = (args[args.indexOf("--only") + 1] ?? "").split(",");
  return names.map((name) => {
    const step = STEPS.find((s) => s.name === name);
    if (step) return step;
    throw new RangeError(
      `Cannot run the step "${name}", expected one of: ${listSteps()}`,
    );
  });
}

function listSteps(): string {
  return STEPS.map((s) => s.name).join(", ");
}

async function main(args: readonly string[]): Promise<boolean> {
  if (args.includes("--list")) {
    console.log(listSteps());
    return true;
  }
  const times: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const step of chosenSteps(args)) {
    const { name, command, count } = step;
    console.log(`\n== ${name}: ${command.join(" ")}`);
    const start = performance.now();
    const { ok, output } = await run(step);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    times.push(`${name} ${seconds} s`);
    const counted = (pattern?: RegExp): number =>
      Number(pattern?.exec(output)?.[1] ?? 0);
    passed += count ? counted(count.passed) : Number(ok);
    if (ok) continue;
    failed = Math.max(1, counted(count?.failed));
    console.log(`\nThe step "${name}" failed: ${command.join(" ")}`);
    break;
  }
  console.log(`\n${times.join(", ")}\n${passed} passed, ${failed} failed`);
  return failed === 0;
}

if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
