/**
 * Hand-made Plans for tests of devices: each has its inputs and outputs at
 * their own bases, and as many temporaries as asked for.
 */
import { allocate, type DType, type TypedArray } from "../../src/base/dtype.ts";
import {
  type Aval,
  type Shape,
  sizeOf,
  stridesOf,
} from "../../src/base/shape.ts";
import type {
  BufferPlace,
  Kernel,
  LoopStep,
  Plan,
  Step,
  View,
} from "../../src/device/plan.ts";

/** What may differ between a view and the whole of its buffer. */
export interface ViewOptions {
  readonly offset?: number;
  readonly shape?: Shape;
  readonly strides?: readonly number[];
}

/** Collects the parts of a Plan. Inputs first, then outputs. */
export class PlanKit {
  readonly #inputs: Aval[] = [];
  readonly #outputs: { aval: Aval; donated: number | null }[] = [];
  readonly #buffers: (Omit<BufferPlace, "base"> & {
    readonly home: "arena" | "input" | "output";
    readonly index: number;
  })[] = [];
  readonly #avals: Aval[] = [];
  #arena = 0;
  #lists: Step[][] = [[]];

  /** Declares an input; gives its buffer. */
  input(dtype: DType, shape: Shape): number {
    const index = this.#inputs.push({ dtype, shape }) - 1;
    return this.#buffer({ dtype, shape }, "input", index, 0);
  }

  /** Declares an output; gives its buffer. */
  output(dtype: DType, shape: Shape, donated: number | null = null): number {
    const index = this.#outputs.push({ aval: { dtype, shape }, donated }) - 1;
    return this.#buffer({ dtype, shape }, "output", index, 0);
  }

  /** A temporary. */
  temporary(dtype: DType, shape: Shape): number {
    const offset = this.#arena;
    this.#arena += Math.ceil((4 * sizeOf(shape) + 16) / 64) * 64;
    return this.#buffer({ dtype, shape }, "arena", 0, offset);
  }

  /** Part of a buffer, from element `start`, that moves with loops. */
  part(
    of: number,
    shape: Shape,
    start: number,
    steps: readonly LoopStep[] = [],
  ): number {
    const { home, index, offset } = this.#buffers[of];
    const aval = { dtype: this.#avals[of].dtype, shape };
    return this.#buffer(aval, home, index, offset + 4 * start, steps);
  }

  /** A view of a buffer: all of it, unless told otherwise. */
  view(buffer: number, options: ViewOptions = {}): View {
    const { dtype, shape: whole } = this.#avals[buffer];
    const { offset = 0, shape = whole, strides = stridesOf(shape) } = options;
    return { buffer, dtype, offset, shape, strides };
  }

  /** Adds a call; a number stands for the view of a whole buffer. */
  call(
    kernel: Kernel,
    reads: readonly (number | View)[],
    writes: readonly (number | View)[],
  ): void {
    const view = (v: number | View) => typeof v === "number" ? this.view(v) : v;
    this.#lists.at(-1)!.push({
      step: "call",
      kernel,
      reads: reads.map(view),
      writes: writes.map(view),
    });
  }

  /** Adds a loop over what `body` adds. */
  loop(id: number, count: number, body: () => void): void {
    const steps = this.#collect(body);
    this.#lists.at(-1)!.push({ step: "loop", id, count, body: steps });
  }

  /** Adds a loop over what `body` adds, which ends when `flag` is 0. */
  whileLoop(
    flag: number | View,
    most: number | null,
    condition: () => void,
    body: () => void,
  ): void {
    this.#lists.at(-1)!.push({
      step: "while",
      flag: typeof flag === "number" ? this.view(flag) : flag,
      most,
      condition: this.#collect(condition),
      body: this.#collect(body),
    });
  }

  /** Adds a choice among what each of `branches` adds. */
  branch(index: number | View, branches: readonly (() => void)[]): void {
    this.#lists.at(-1)!.push({
      step: "branch",
      index: typeof index === "number" ? this.view(index) : index,
      branches: branches.map((branch) => this.#collect(branch)),
    });
  }

  #collect(body: () => void): Step[] {
    this.#lists.push([]);
    body();
    return this.#lists.pop()!;
  }

  /** The Plan. */
  plan(): Plan {
    const base = { arena: 0, input: 1, output: 1 + this.#inputs.length };
    return {
      inputs: this.#inputs,
      outputs: this.#outputs,
      buffers: this.#buffers.map(({ home, index, offset, size, steps }) => ({
        base: base[home] + index,
        offset,
        size,
        steps,
      })),
      arenaBytes: this.#arena,
      steps: this.#lists[0],
    };
  }

  #buffer(
    aval: Aval,
    home: "arena" | "input" | "output",
    index: number,
    offset: number,
    steps: readonly LoopStep[] = [],
  ): number {
    this.#avals.push(aval);
    const size = sizeOf(aval.shape);
    return this.#buffers.push({ home, index, offset, size, steps }) - 1;
  }
}

/** Random numbers that are the same on every run. */
export class Source {
  #state: number;
  /** Starts from a seed. */
  constructor(seed = 1) {
    this.#state = seed;
  }
  /** A number from 0 up to 1. */
  next(): number {
    this.#state = Math.imul(this.#state, 1664525) + 1013904223 | 0;
    const mixed = Math.imul(this.#state ^ this.#state >>> 15, 0x2c1b3c6d);
    return ((mixed ^ mixed >>> 12) >>> 0) / 2 ** 32;
  }
  /** Elements of `dtype`; floats and i32 from `low` up to `high`. */
  elements(dtype: DType, size: number, low = -4, high = 4): TypedArray {
    return allocate(dtype, size).map(() => {
      if (dtype === "bool") return this.next() < 0.5 ? 0 : 1;
      const x = low + (high - low) * this.next();
      return dtype === "f32" ? x : Math.floor(dtype === "u32" ? x - low : x);
    });
  }
}
