/**
 * A memory to try kernels in. Everything that is not an operand holds a NaN of
 * known bits: what a kernel reads too far poisons its result if used, and what
 * it writes too far is seen. Operands are aligned to 4 bytes only.
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Compile,
  KERNEL_DATA_BYTES,
  kernelModule,
  type Kernels,
  type KernelVariant,
  kernelVariant,
  loadKernels,
} from "../../../src/device/wasm/kernels.ts";
import type { Instruction } from "../../../src/device/plan.ts";
import type { Group } from "../../../src/device/wasm/assembly.ts";
import { ModuleBuilder } from "../../../src/device/wasm/codegen/encoder.ts";
import { emitGroup } from "../../../src/device/wasm/codegen/group.ts";
import { importVector } from "../../../src/device/wasm/codegen/step.ts";
import { withoutRelaxed } from "../../../src/device/wasm/plain.ts";

const CANARY = 0x7fc0dead;
const GAP = 9;

/** Sizes around the widths of vectors and unrolled loops. */
export const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 100];

/** The variants this engine runs. */
export const VARIANTS: readonly KernelVariant[] = kernelVariant() === "relaxed"
  ? ["relaxed", "plain"]
  : ["plain"];

/** A host's compiler that knows the module of the kernels only. */
export function precompiled(variant: KernelVariant): Compile {
  const module = kernelModule(variant);
  return (bytes) => {
    if (bytes.length > 10000) return module;
    throw new Error("compiles nothing at run time");
  };
}

/** Typed array constructors that put values into the memory. */
export type Type = "f32" | "i32" | "u32";

/** Kernels and the words around their operands. */
export class Bed {
  /** Kernels bound to this memory. */
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #variant: KernelVariant;
  readonly #views: {
    f32: Float32Array;
    i32: Int32Array;
    u32: Uint32Array;
  };
  readonly #start = KERNEL_DATA_BYTES / 4 + 1;
  #next: number;
  #blocks: { at: number; size: number }[] = [];

  /** A memory of `pages` pages of 64 KiB. */
  constructor(variant: KernelVariant, pages = 16) {
    const memory = new WebAssembly.Memory({ initial: pages });
    this.#memory = memory;
    this.#variant = variant;
    this.kernels = loadKernels(memory, variant);
    this.#views = {
      f32: new Float32Array(memory.buffer),
      i32: new Int32Array(memory.buffer),
      u32: new Uint32Array(memory.buffer),
    };
    this.#next = this.#start;
    this.#views.u32.fill(CANARY, this.#start);
  }

  /** Forgets all operands. */
  clear(): void {
    this.#views.u32.fill(CANARY, this.#start, this.#next);
    this.#next = this.#start;
    this.#blocks = [];
  }

  /** Room for `size` words: its address. */
  room(size: number): number {
    const at = this.#next + GAP;
    this.#blocks.push({ at, size });
    this.#next = at + size + GAP;
    assert(this.#next < this.#views.u32.length, "the test memory is too small");
    return 4 * at;
  }

  /** Puts values into the memory: their address. */
  put(type: Type, values: ArrayLike<number>): number {
    const pointer = this.room(values.length);
    this.#views[type].set(values, pointer / 4);
    return pointer;
  }

  /** Values in the memory. */
  get(type: Type, pointer: number, size: number): number[] {
    return Array.from(
      this.#views[type].subarray(pointer / 4, pointer / 4 + size),
    );
  }

  /** Generates a fused loop and runs it on the pointers of its windows. */
  run(group: Group, ...pointers: number[]): void {
    const module = new ModuleBuilder();
    const used: Record<string, WebAssembly.ExportValue> = {};
    const body = emitGroup(group, (name) => {
      used[name] = this.kernels[name];
      return importVector(module, name);
    }, false);
    const memory = this.#memory;
    const pages = memory.buffer.byteLength / 65536;
    const wasm = module.encode(module.add(body), { pages });
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(
        this.#variant === "relaxed" ? wasm : withoutRelaxed(wasm),
      ),
      { env: { memory, ...used } },
    );
    (instance.exports.run as (...pointers: number[]) => void)(...pointers);
  }

  /** Runs one instruction; an operand of stride 0 is one element. */
  compute(
    instruction: Instruction,
    n: number,
    strides: readonly number[],
    ...pointers: number[]
  ): void {
    if (n === 0) return;
    this.run(
      {
        shape: [n],
        reads: [...strides.map((stride) => [stride]), undefined],
        writes: [[1]],
        operands: strides.length,
        instructions: [instruction],
        results: [strides.length],
      },
      ...pointers,
    );
  }

  /** Checks that nothing was written outside of operands. */
  assertIntact(what: string): void {
    let at = this.#start;
    const check = (end: number) => {
      for (; at < end; at++) {
        if (this.#views.u32[at] !== CANARY) {
          throw new Error(`${what} wrote outside its result, at word ${at}`);
        }
      }
    };
    for (const block of this.#blocks) {
      check(block.at);
      at = block.at + block.size;
    }
    check(this.#next);
  }
}

/** Reproducible numbers in [0, 1). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Checks values that must agree exactly; NaN equals NaN, 0 differs from -0. */
export function assertSame(
  actual: readonly number[],
  expected: readonly number[],
  what: string,
): void {
  const i = expected.findIndex((e, i) => !Object.is(actual[i], e));
  if (i >= 0 || actual.length !== expected.length) {
    assertEquals(actual[i], expected[i], `${what}, element ${i}`);
    throw new Error(`${what}, element ${i}: ${actual[i]}, not ${expected[i]}`);
  }
}

/** Representable f32 between `actual` and the f32 nearest to `expected`. */
export function ulps(actual: number, expected: number): number {
  const [a, b] = new Int32Array(new Float32Array([actual, expected]).buffer);
  if (Number.isNaN(actual) || Number.isNaN(expected)) {
    return Number.isNaN(actual) && Number.isNaN(expected) ? 0 : Infinity;
  }
  const order = (bits: number) => bits < 0 ? -2147483648 - bits : bits;
  return Math.abs(order(a) - order(b));
}
