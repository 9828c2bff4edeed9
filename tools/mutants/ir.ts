import type { Mutant } from "./mutant.ts";

const tests = ["tests/ir", "tests/numpy"];

/** Mutants of Programs: shapes, text, verification. */
export const IR: readonly Mutant[] = [
  {
    file: "src/ir/shape_rules.ts",
    from: "n + lo[i] + hi[i] + Math.max(0, n - 1) * inner[i]",
    to: "n + lo[i] + hi[i] + n * inner[i]",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "Math.ceil((limit[i] - start[i]) / stride[i])",
    to: "Math.floor((limit[i] - start[i]) / stride[i])",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "...indices.slice(batchDims),",
    to: "...indices.slice(batchDims).reverse(),",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "...withoutAxes(b.shape, [...batch[1], ...contract[1]]),",
    to: "...withoutAxes(b.shape, [...batch[0], ...contract[0]]),",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "shape[axis] = xs.reduce((n, y) => n + y.shape[axis], 0);",
    to: "shape[axis] = xs.length * x.shape[axis];",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "perm.map((a) => x.shape[a])",
    to: "perm.map((a) => x.shape[perm[a]])",
    tests,
  },
  {
    file: "src/ir/shape_rules.ts",
    from: "return outs.map((a, i) => i < carries ? a : stack(a));",
    to: "return outs.map((a, i) => i <= carries ? a : stack(a));",
    tests: ["tests/ir", "tests/functional"],
  },
  {
    file: "src/ir/windows.ts",
    from: "return room < 0 ? 0 : Math.floor(room / s.strides[i]) + 1;",
    to: "return room < 0 ? 0 : Math.ceil(room / s.strides[i]) + 1;",
    tests: ["tests/nn", "tests/numpy"],
  },
  {
    file: "src/ir/windows.ts",
    from: "const lo = extent.map((n, i) => n - 1 - s.lo[i]);",
    to: "const lo = extent.map((n, i) => n - s.lo[i]);",
    tests: ["tests/nn", "tests/numpy"],
  },
  {
    file: "src/ir/windows.ts",
    from: "return n === 0 ? 0 : (n - 1) * (inner + 1) + 1;",
    to: "return n === 0 ? 0 : n * (inner + 1);",
    tests: ["tests/nn", "tests/numpy"],
  },
];
