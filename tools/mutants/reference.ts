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
  {
    file: "src/device/reference/kernels.ts",
    from: 'const wins = op === "max" ? value > leader : value < leader;',
    to: 'const wins = op === "max" ? value >= leader : value <= leader;',
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "const at = first + (reverse ? red - 1 - j : j) * inner;",
    to: "const at = first + (reverse ? red - j : j) * inner;",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "const clamped = Math.min(Math.max(index, 0), k.n - 1);",
    to: "const clamped = Math.min(Math.max(index, 0), k.n);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "set: (_, update) => update,",
    to: "set: (kept) => kept,",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/mod.ts",
    from: "return wordsOf(donated.has(i) ? data.slice() : data, precision);",
    to: "return wordsOf(data, precision);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/mod.ts",
    from:
      "branches[Math.min(Math.max(chosen, 0), branches.length - 1)](state);",
    to: "branches[Math.max(chosen, 0) % branches.length](state);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/reduce.ts",
    from: 'return op === "max" ? low : high;',
    to: 'return op === "max" ? high : low;',
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/reference/kernels.ts",
    from: "index >= k.n",
    to: "index > k.n",
    tests: ["tests/device/reference_by_hand_test.ts"],
  },
];
