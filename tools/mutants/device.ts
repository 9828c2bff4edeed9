import type { Mutant } from "./mutant.ts";

/** Mutants of the room device. */
export const DEVICE: readonly Mutant[] = [
  {
    file: "src/device/threefry.ts",
    from: "return [0, seed >>> 0];",
    to: "return [seed >>> 0, 0];",
    tests: [
      "tests/numpy/random_test.ts",
      "tests/numpy/random",
      "tests/core",
      "tests/device/reference_test.ts",
    ],
  },
  {
    file: "src/device/threefry.ts",
    from: "return [out0 >>> 0, out1 >>> 0];",
    to: "return [out1 >>> 0, out0 >>> 0];",
    tests: [
      "tests/numpy/random_test.ts",
      "tests/numpy/random",
      "tests/core",
      "tests/device/reference_test.ts",
    ],
  },
  {
    file: "src/device/threefry.ts",
    from: "bits[i] = out0 ^ out1;",
    to: "bits[i] = out0;",
    tests: [
      "tests/numpy/random_test.ts",
      "tests/numpy/random",
      "tests/core",
      "tests/device/reference_test.ts",
    ],
  },
  {
    file: "src/device/threefry.ts",
    from: "block(k0, k1, first, first + half);",
    to: "block(k0, k1, first + half, first);",
    tests: [
      "tests/numpy/random_test.ts",
      "tests/numpy/random",
      "tests/core",
      "tests/device/reference_test.ts",
    ],
  },
  {
    file: "src/device/threefry.ts",
    from: "block(k0, k1, 0, start + i);",
    to: "block(k0, k1, 0, i);",
    tests: [
      "tests/numpy/random_test.ts",
      "tests/numpy/random",
      "tests/core",
      "tests/device/reference_test.ts",
      "tests/functional",
    ],
  },
  {
    file: "src/device/allocator.ts",
    from: "let i = this.#free.findIndex((block) => block.size >= size);",
    to: "let i = this.#free.findIndex((block) => block.size > 0);",
    tests: ["tests/device/wasm/memory_test.ts"],
  },
  {
    file: "src/device/allocator.ts",
    from: "this.#used -= size;",
    to: "this.#used += size;",
    tests: ["tests/device/wasm/memory_test.ts"],
  },
  {
    file: "src/device/allocator.ts",
    from: "before.size += size + after.size;",
    to: "before.size += after.size;",
    tests: ["tests/device/wasm/memory_test.ts"],
  },
  {
    file: "src/device/erf.ts",
    from: "term *= 2 * x * x / (2 * n + 1);",
    to: "term *= 2 * x * x / (2 * n);",
    tests: [
      "tests/device/reference_test.ts",
      "tests/device/wasm/transcendental_test.ts",
    ],
  },
  {
    file: "src/device/scalar_ops.ts",
    from: "const up = part > 0.5 || (part === 0.5 && low % 2 !== 0);",
    to: "const up = part >= 0.5;",
    tests: [
      "tests/device/reference_test.ts",
      "tests/device/wasm/elementwise_test.ts",
    ],
  },
];
