import type { Mutant } from "./mutant.ts";

/** Mutants of the room wasm. */
export const WASM: readonly Mutant[] = [
  {
    file: "src/device/wasm/binary.ts",
    from: "value += (byte & 127) * 2 ** shift;",
    to: "value += (byte & 63) * 2 ** shift;",
    tests: ["tests/device/wasm/binary_test.ts"],
  },
  {
    file: "src/device/wasm/bind.ts",
    from: "table[slots[j]] -= Math.imul(count, bytes[j]);",
    to: "table[slots[j]] -= Math.imul(count - 1, bytes[j]);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/bind.ts",
    from: "runAll(thunks[Math.min(Math.max(word(), 0), thunks.length - 1)]);",
    to: "runAll(thunks[Math.max(word(), 0) % thunks.length]);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/bind.ts",
    from: "const most = shape[axis] - sizes[axis];",
    to: "const most = shape[axis];",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/blocks.ts",
    from: "address: shifted(w.address, 4 * whole * rows * w.strides[cut]),",
    to: "address: shifted(w.address, 4 * whole * rows),",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/calls.ts",
    from: "const o = assembly.moving(out, id, 4 * m * n);",
    to: "const o = assembly.moving(out, id, 4 * m * k);",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/calls.ts",
    from: "Number(i === 0),",
    to: "1,",
    tests: ["tests/device/wasm/executor_test.ts"],
  },
  {
    file: "src/device/wasm/memory.ts",
    from:
      "if (this.#views === undefined || this.#views.f32.buffer !== buffer) {",
    to: "if (this.#views === undefined) {",
    tests: ["tests/device/wasm/memory_test.ts"],
  },
  {
    file: "src/device/wasm/plain.ts",
    from: "if (simd === NMADD) code.push(...F32X4_NEG);",
    to: "",
    tests: ["tests/device/wasm/plain_test.ts"],
  },
  {
    file: "src/device/wasm/reductions.ts",
    from: 'return op === "max" ? 0 : 2 ** 32 - 1;',
    to: 'return op === "max" ? 2 ** 32 - 1 : 0;',
    tests: ["tests/device/wasm/executor_test.ts"],
  },
];
