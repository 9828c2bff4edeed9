/**
 * A Plan's calls as operations: kernels of the binary with their arguments,
 * and loops. An address is a slot of a run-time table plus an offset; a slot
 * is a base of the Plan, or a base that moves along with loops.
 *
 * @module
 */
import { type DType, ELEMENT_BYTES, round } from "../../base/dtype.ts";
import { range, type Shape } from "../../base/shape.ts";
import type { Call, Instruction, LoopStep, Plan, View } from "../plan.ts";
import type { KernelName } from "./kernel_names.ts";
import type { Kernels } from "./kernel_types.ts";

/** A place in memory: `table[slot] + offset`. */
export interface Address {
  /** Index in the run-time table of addresses. */
  readonly slot: number;
  /** Bytes from there. */
  readonly offset: number;
}

/** A strided window that starts at an address. */
export interface Window {
  /** Element type. */
  readonly dtype: DType;
  /** The first element. */
  readonly address: Address;
  /** Elements per step of each axis. */
  readonly strides: readonly number[];
}

/** What the executor does, one after another. */
export type Operation =
  | {
    readonly op: "kernel";
    readonly name: KernelName;
    readonly args: readonly (number | Address)[];
  }
  | {
    readonly op: "loop";
    readonly count: number;
    /** Slots that move, and by how many bytes per iteration. */
    readonly moves: readonly (readonly [slot: number, bytes: number])[];
    readonly body: readonly Operation[];
    /** Whether iterations write to different places and may run at once. */
    readonly parallel: boolean;
  }
  /**
   * A `while`: of the two bodies the first, then, if the word is not 0, the
   * second, and so on; or a `branch`: the body whose number the word is.
   */
  | {
    readonly op: "choice";
    readonly kind: "while" | "branch";
    /** Where the word is. */
    readonly at: Address;
    /** The most turns of a `while`; null for any number. */
    readonly most: number | null;
    readonly bodies: readonly (readonly Operation[])[];
  }
  /** What one call of the Plan does. */
  | {
    readonly op: "task";
    readonly call: Call;
    readonly body: readonly Operation[];
  }
  /** A fused loop; an address and a dtype for each window. */
  | {
    readonly op: "group";
    readonly group: Group;
    readonly args: readonly Address[];
    readonly types: readonly DType[];
  }
  /** Copies a window with starts known at run time; see `windows.ts`. */
  | {
    readonly op: "window";
    readonly kernel: "strided4" | "strided_store4";
    readonly batch: number;
    readonly shape: readonly number[];
    readonly sizes: readonly number[];
    readonly whole: Address;
    readonly window: Address;
    readonly starts: Address;
  };

/** Options of {@link Assembly.loop}. */
export interface LoopOptions {
  /** Number of the loop where the Plan gives one. */
  readonly id?: number;
  /** Whether iterations write to different places and may run at once. */
  readonly parallel?: boolean;
}

/** What a slot holds: a base of the Plan, moved along with loops. */
export interface Slot {
  /** Number of the base. */
  readonly base: number;
  /** Bytes it moves per iteration of enclosing loops. */
  readonly steps: readonly LoopStep[];
}

/**
 * A fused loop, independent of where its operands are: a function of generated
 * code.
 */
export interface Group {
  /** Iteration space. */
  readonly shape: Shape;
  /** Strides of each register read from memory; undefined for the others. */
  readonly reads: readonly (readonly number[] | undefined)[];
  /** Strides of each result. */
  readonly writes: readonly (readonly number[])[];
  /** Number of operand views, whose registers come first. */
  readonly operands: number;
  /** Operations; one that counts along an axis is read from memory. */
  readonly instructions: readonly Instruction[];
  /** Register of each result. */
  readonly results: readonly number[];
}

/** Operations, and the memory they need besides the Plan's. */
export class Assembly {
  /** The Plan that is assembled. */
  readonly plan: Plan;
  /** Kernels, asked for the scratch they need. */
  readonly kernels: Kernels;
  /** Slot that is always 0. */
  readonly zero: number;
  /** Slot of the constants. */
  readonly constants: number;
  /** Slot of the scratch memory. */
  readonly scratch: number;
  /** Words of the constants. */
  readonly words: number[] = [];
  /** Bytes of scratch memory that the operations use. */
  scratchBytes = 0;
  readonly #slots: Slot[] = [];
  /** Where each buffer starts, once asked for. */
  readonly #starts: (Address | undefined)[] = [];
  readonly #slotOf = new Map<string, number>();
  readonly #constants = new Map<string, Address>();
  #operations: Operation[] = [];
  #loops: number;

  /** Starts with the bases of `plan` as slots of the same numbers. */
  constructor(plan: Plan, kernels: Kernels) {
    this.plan = plan;
    this.kernels = kernels;
    const bases = 1 + plan.inputs.length + plan.outputs.length;
    for (let base = 0; base < bases + 3; base++) {
      this.#slot({ base, steps: [] });
    }
    this.zero = bases;
    this.constants = bases + 1;
    this.scratch = bases + 2;
    // Loops of our own get numbers that the Plan does not use.
    this.#loops = -1;
  }

  /** The operations so far. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** For each slot the slot it starts from: itself unless it moves. */
  get origins(): number[] {
    return this.#slots.map((slot) => slot.base);
  }

  /** Runs a kernel. */
  call(name: KernelName, ...args: (number | Address)[]): void {
    this.#operations.push({ op: "kernel", name, args });
  }

  /** Adds an operation. */
  add(operation: Operation): void {
    this.#operations.push(operation);
  }

  /** Runs what `body` adds, for one call of the Plan. */
  task(call: Call, body: () => void): void {
    const inside = this.collect(body);
    if (inside.length > 0) this.add({ op: "task", call, body: inside });
  }

  /**
   * Runs `count` times what `body` adds.
   *
   * @param body Gets the number of the loop.
   */
  loop(
    count: number,
    body: (id: number) => void,
    { id, parallel = false }: LoopOptions = {},
  ): void {
    const number = id ?? this.#loops--;
    if (count === 0) return;
    const outside = this.#operations;
    const inside = this.collect(() => body(number));
    if (count === 1) {
      outside.push(...inside);
      return;
    }
    const moves = this.#slots.flatMap(({ steps }, slot) =>
      steps.filter((s) => s.loop === number).map((s) =>
        [slot, s.bytes] as const
      )
    );
    outside.push({ op: "loop", count, moves, body: inside, parallel });
  }

  /** What `body` adds, apart from the rest. */
  collect(body: () => void): readonly Operation[] {
    const outside = this.#operations;
    const inside: Operation[] = [];
    this.#operations = inside;
    body();
    this.#operations = outside;
    return inside;
  }

  /** Where a view starts. */
  address({ buffer, offset }: View): Address {
    const start = this.#starts[buffer] ??= this.#start(buffer);
    return shifted(start, ELEMENT_BYTES * offset);
  }

  #start(buffer: number): Address {
    const { base, offset, steps } = this.#placeOf(buffer);
    return { slot: this.#slot({ base, steps }), offset };
  }

  /** Base, offset and movement of a view's first element. */
  place(view: View): Slot & { readonly offset: number } {
    const place = this.#placeOf(view.buffer);
    return { ...place, offset: place.offset + ELEMENT_BYTES * view.offset };
  }

  #placeOf(buffer: number): Slot & { readonly offset: number } {
    const { base, offset, steps } = this.plan.buffers[buffer];
    const donated = this.plan.outputs[base - 1 - this.plan.inputs.length]
      ?.donated ?? null;
    return {
      base: donated === null ? base : 1 + donated,
      steps: steps.filter((s) => s.bytes !== 0),
      offset,
    };
  }

  /** A view as a window. */
  window(view: View): Window {
    const { dtype, strides } = view;
    return { dtype, address: this.address(view), strides };
  }

  /** `address`, moved by `bytes` in each iteration of a loop. */
  moving({ slot, offset }: Address, loop: number, bytes: number): Address {
    if (bytes === 0) return { slot, offset };
    const { base, steps } = this.#slots[slot];
    return {
      slot: this.#slot({ base, steps: [...steps, { loop, bytes }] }),
      offset,
    };
  }

  /** `0 .. n-1` among the constants. */
  iota(dtype: DType, n: number): Address {
    return this.#constant(dtype, range(n), `iota ${dtype} ${n}`);
  }

  /** Integers among the constants. */
  integers(values: readonly number[]): Address {
    return this.#constant("i32", values, `${values}`);
  }

  #constant(dtype: DType, values: readonly number[], key: string): Address {
    let address = this.#constants.get(key);
    if (address === undefined) {
      address = { slot: this.constants, offset: 4 * this.words.length };
      for (const word of bitsOf(dtype, values)) this.words.push(word);
      this.#constants.set(key, address);
    }
    return address;
  }

  #slot(slot: Slot): number {
    // Bases that do not move are the first slots.
    if (slot.steps.length === 0 && slot.base < this.#slots.length) {
      return slot.base;
    }
    const steps = slot.steps.map((s) => `${s.loop}:${s.bytes}`);
    const key = `${slot.base};${steps.join(";")}`;
    let index = this.#slotOf.get(key);
    if (index === undefined) {
      index = this.#slots.push(slot) - 1;
      this.#slotOf.set(key, index);
    }
    return index;
  }
}

/** The words that hold `values`. */
export function bitsOf(dtype: DType, values: readonly number[]): Uint32Array {
  if (dtype === "f32") {
    return new Uint32Array(Float32Array.from(values).buffer);
  }
  return Uint32Array.from(values, (value) => round(dtype, value));
}

/** `address`, `bytes` further. */
export function shifted({ slot, offset }: Address, bytes: number): Address {
  return { slot, offset: offset + bytes };
}

/** Hands out scratch memory within one call of the Plan. */
export class Scratch {
  readonly #assembly: Assembly;
  readonly #free: { readonly offset: number; readonly bytes: number }[] = [];
  #end = 0;

  /** Scratch memory of a call; calls run one after another and share it. */
  constructor(assembly: Assembly) {
    this.#assembly = assembly;
  }

  /** Memory for `bytes` bytes. */
  take(bytes: number): Address {
    const size = Math.ceil((bytes + 16) / 64) * 64;
    const i = this.#free.findIndex((block) => block.bytes === size);
    let offset = this.#end;
    if (i >= 0) {
      offset = this.#free.splice(i, 1)[0].offset;
    } else {
      this.#end += size;
      const { scratchBytes } = this.#assembly;
      this.#assembly.scratchBytes = Math.max(scratchBytes, this.#end);
    }
    return { slot: this.#assembly.scratch, offset };
  }

  /** Gives memory of `bytes` bytes back. */
  give({ offset }: Address, bytes: number): void {
    this.#free.push({ offset, bytes: Math.ceil((bytes + 16) / 64) * 64 });
  }
}
