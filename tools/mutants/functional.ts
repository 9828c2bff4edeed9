import type { Mutant } from "./mutant.ts";

/** Mutants of the room functional. */
export const FUNCTIONAL: readonly Mutant[] = [
  {
    file: "src/functional/vmap.ts",
    from: "const keys = split(tensors.at(-1)!, size + 1);",
    to: "const keys = split(tensors.at(-1)!, size + 2);",
    tests: ["tests/core", "tests/functional"],
  },
  {
    file: "src/functional/vmap.ts",
    from: "tensors[tensors.length - 1] = keys.slice([1, size + 1]);",
    to: "tensors[tensors.length - 1] = keys.slice([0, size]);",
    tests: ["tests/core", "tests/functional"],
  },
  {
    file: "src/functional/vmap.ts",
    from: "splitRow(key.value, 1, size + 1, threefryPartitionable)",
    to: "splitRow(key.value, 0, size + 1, threefryPartitionable)",
    tests: ["tests/core", "tests/functional"],
  },
  {
    file: "src/functional/vmap.ts",
    from: "if (!draws) axes[last] = null;",
    to: "axes[last] = null;",
  },
  {
    file: "src/functional/value_and_grad.ts",
    from: "const outputs = results.slice(0, count);",
    to: "const outputs = results.slice(0, count).reverse();",
  },
  {
    file: "src/functional/value_and_grad.ts",
    from: "flags.push(...tree.tensors.map(() => entry));",
    to: "flags.push(...tree.tensors.map(() => true));",
  },
  {
    file: "src/functional/value_and_grad.ts",
    from: "    writeBack(parts.slots, call.changes, outputs);\n",
    to: "",
  },
  {
    file: "src/functional/scan.ts",
    from: "reverse: options.reverse ?? false,",
    to: "reverse: false,",
  },
  {
    file: "src/functional/scan.ts",
    from: "      writeSlots(parts.slots, made.slice(count, carries));\n",
    to: "",
  },
  {
    file: "src/functional/scan.ts",
    from: "const n = length ?? sizes[0];",
    to: "const n = sizes[0] ?? length;",
  },
];
