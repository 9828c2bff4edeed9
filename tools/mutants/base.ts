import type { Mutant } from "./mutant.ts";

const numpy = ["tests/numpy"];

/** Mutants of the ground floor. */
export const BASE: readonly Mutant[] = [
  {
    file: "src/base/shape.ts",
    from: "for (const d of shape) n *= d;",
    to: "for (const d of shape) n *= d || 1;",
    tests: numpy,
  },
  {
    file: "src/base/shape.ts",
    from: "const a = axis < 0 ? axis + rank : axis;",
    to: "const a = axis < 0 ? axis + rank - 1 : axis;",
    tests: numpy,
  },
  {
    file: "src/base/shape.ts",
    from: "out[i] = x === 1 ? y : x;",
    to: "out[i] = Math.max(x, y);",
    tests: numpy,
  },
  {
    file: "src/base/dtype.ts",
    from: "{ bool: 0, u32: 1, i32: 2, f32: 3 }",
    to: "{ bool: 0, u32: 2, i32: 1, f32: 3 }",
    tests: numpy,
  },
  {
    file: "src/base/dtype.ts",
    from: 'if (dtype === "f32") return Math.fround(value);',
    to: 'if (dtype === "f32") return value;',
    tests: numpy,
  },
  {
    file: "src/base/dtype.ts",
    from: "cut += Math.ceil(bytes / LINE) * LINE;",
    to: "cut += Math.floor(bytes / LINE) * LINE;",
    tests: numpy,
  },
  {
    file: "src/base/tree.ts",
    from: "const names = Object.keys(x).sort();",
    to: "const names = Object.keys(x);",
    tests: ["tests/core", "tests/numpy", "tests/pcax"],
  },
  {
    file: "src/base/tree.ts",
    from: "if (xs.some((x) => x === null || x === undefined)) return null;",
    to: "if (xs.every((x) => x === null || x === undefined)) return null;",
    tests: ["tests/optim", "tests/utils"],
  },
  {
    file: "src/base/npy.ts",
    from: "data[to] = from[source];",
    to: "data[source] = from[to];",
  },
  {
    file: "src/base/npy.ts",
    from: "const start = Math.ceil((prefix + text.length + 1) / 64) * 64;",
    to: "const start = Math.ceil((prefix + text.length + 1) / 16) * 16;",
  },
];
