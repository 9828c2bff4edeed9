import type { Mutant } from "./mutant.ts";

/** Mutants of the room reference. */
export const REFERENCE: readonly Mutant[] = [
  {
    file: "src/device/reference/kernels.ts",
    from: "const to = batch * size + i % (k * n);",
    to: "const to = batch * k * n + i % (k * n);",
    tests: ["tests/device/reference_test.ts", "tests/device/wasm"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "sum += x.words[x.at + left[row * k + j]] *",
    to: "sum -= x.words[x.at + left[row * k + j]] *",
    tests: ["tests/device/reference_test.ts", "tests/device/wasm"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "out.words[out.at + inside] = update.words[update.at + window];",
    to: "out.words[out.at + window] = update.words[update.at + inside];",
    tests: ["tests/device/reference_test.ts", "tests/device/wasm"],
  },
];
