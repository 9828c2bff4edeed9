import type { Mutant } from "./mutant.ts";

/** Mutants of the room data. */
export const DATA: readonly Mutant[] = [
  {
    file: "src/data/idx.ts",
    from: "Float32Array.from(x.dataSync(), (v) => v / 255)",
    to: "Float32Array.from(x.dataSync(), (v) => v / 256)",
  },
  {
    file: "src/data/idx.ts",
    from: "read: (v, at) => v.getInt16(at)",
    to: "read: (v, at) => v.getInt16(at, true)",
  },
  {
    file: "src/data/cifar.ts",
    from: "y[i] = bytes[at + (labels === 2 && !coarse ? 1 : 0)];",
    to: "y[i] = bytes[at + (labels === 2 && coarse ? 1 : 0)];",
  },
  {
    file: "src/data/csv.ts",
    from: "else if (text[i + 1] === '\"') value += text[++i];",
    to: "else if (text[i + 1] === '\"') value += text[i];",
  },
  {
    file: "src/data/split.ts",
    from:
      "return [take(order.subarray(tests)), take(order.subarray(0, tests))];",
    to: "return [take(order.subarray(0, tests)), take(order.subarray(tests))];",
  },
  {
    file: "src/data/loops.ts",
    from: "for (let i = 0; i < count; i++) ask();",
    to: "ask();",
  },
  {
    file: "src/data/tensors.ts",
    from: "const end = options.dropLast ? count - count % batchSize : count;",
    to: "const end = count;",
  },
  {
    file: "src/data/numpy_files.ts",
    from: "const stray = numbers.find((n) => n < low || n > high);",
    to: "const stray = numbers.find((n) => n < low);",
  },
  {
    file: "src/data/random_state.ts",
    from: "return low + (high - low) * this.randomSample();",
    to: "return low + high * this.randomSample();",
  },
  {
    file: "src/data/sources.ts",
    from: "if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;",
    to: "return bytes;",
  },
];
