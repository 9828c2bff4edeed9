/**
 * The operations of a Plan as one generated module: a function per distinct
 * fused loop, and one that runs them and the kernels in order.
 *
 * @module
 */
import type { Address, Assembly, Group, Operation } from "../assembly.ts";
import type { KernelName } from "../kernel_names.ts";
import type { Kernels, VectorName } from "../kernel_types.ts";
import {
  F64,
  FunctionBody,
  I32,
  type Local,
  ModuleBuilder,
  V128,
  type ValueType,
} from "./encoder.ts";
import { emitGroup, groupKey } from "./group.ts";

type WindowOperation = Extract<Operation, { op: "window" }>;

/** A generated module, and what it imports. */
export interface GeneratedStep {
  /** Exports `run(table)`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Kernels it imports by their names. */
  readonly kernels: readonly (keyof Kernels)[];
  /** Copies of windows it imports as `window0`, `window1`, ... */
  readonly windows: readonly WindowOperation[];
}

/**
 * Generates the module for the operations of `assembly`.
 *
 * @param pages Size of the memory.
 */
export function generateStep(assembly: Assembly, pages: number): GeneratedStep {
  return new StepEmitter(assembly).emit(pages);
}

class StepEmitter {
  readonly #assembly: Assembly;
  readonly #module = new ModuleBuilder();
  readonly #kernels = new Set<keyof Kernels>();
  readonly #windows: WindowOperation[] = [];
  readonly #groups = new Map<string, number>();
  readonly #body = new FunctionBody([I32]);
  readonly #slots: Local[];

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
    this.#slots = assembly.origins.map(() => this.#body.local(I32));
  }

  emit(pages: number): GeneratedStep {
    const { operations, origins } = this.#assembly;
    this.#import(operations);
    this.#slots.forEach((local, slot) => {
      this.#body.get(0).load(4 * origins[slot]).set(local);
    });
    this.#emit(operations);
    const run = this.#module.add(this.#body);
    return {
      wasm: this.#module.encode(run, pages),
      kernels: [...this.#kernels],
      windows: this.#windows,
    };
  }

  /** Declares the imports and adds the functions of the groups. */
  #import(operations: readonly Operation[]): void {
    const groups = new Map<string, Group>();
    const collect = (list: readonly Operation[]) => {
      for (const operation of list) {
        if (operation.op === "loop") collect(operation.body);
        else if (operation.op === "kernel") {
          this.#kernel(operation.name, operation.args.length);
        } else if (operation.op === "window") {
          const index = this.#windows.push(operation) - 1;
          this.#module.import(`window${index}`, [I32, I32, I32]);
        } else groups.set(groupKey(operation.group), operation.group);
      }
    };
    collect(operations);
    // A group's kernels become known as it is emitted, before its function is
    // called; functions are numbered after all imports.
    const bodies = [...groups].map(([key, group]) =>
      [key, emitGroup(group, (name) => this.#vector(name))] as const
    );
    for (const [key, body] of bodies) {
      this.#groups.set(key, this.#module.add(body));
    }
  }

  #kernel(name: KernelName, count: number): number {
    this.#kernels.add(name);
    return this.#module.import(name, new Array<ValueType>(count).fill(I32));
  }

  #vector(name: VectorName): number {
    this.#kernels.add(name);
    return importVector(this.#module, name);
  }

  #emit(operations: readonly Operation[]): void {
    for (const operation of operations) {
      switch (operation.op) {
        case "kernel":
          this.#emitKernel(operation.name, operation.args);
          break;
        case "group": {
          const { args, group } = operation;
          for (const address of args) this.#push(address);
          const index = this.#groups.get(groupKey(group))!;
          this.#body.call(this.#module.imported.length + index);
          break;
        }
        case "window": {
          const { whole, window, starts } = operation;
          for (const address of [whole, window, starts]) this.#push(address);
          const index = this.#windows.indexOf(operation);
          this.#body.call(this.#module.import(`window${index}`, []));
          break;
        }
        case "loop":
          this.#emitLoop(operation);
      }
    }
  }

  #emitKernel(name: KernelName, args: readonly (number | Address)[]): void {
    for (const arg of args) {
      if (typeof arg === "number") this.#body.i32(arg);
      else this.#push(arg);
    }
    this.#body.call(this.#kernel(name, args.length));
  }

  #emitLoop({ count, moves, body }: Extract<Operation, { op: "loop" }>): void {
    this.#body.repeat(count, () => {
      this.#emit(body);
      for (const [slot, bytes] of moves) {
        this.#body.advance(this.#slots[slot], bytes);
      }
    });
    for (const [slot, bytes] of moves) {
      this.#body.advance(this.#slots[slot], -Math.imul(count, bytes));
    }
  }

  #push({ slot, offset }: Address): void {
    if (slot === this.#assembly.zero) {
      this.#body.i32(offset);
      return;
    }
    this.#body.get(this.#slots[slot]);
    if (offset !== 0) this.#body.i32(offset).op(0x6a);
  }
}

/** Imports a function of vectors: its number. */
export function importVector(module: ModuleBuilder, name: VectorName): number {
  const parameters = name === "affine"
    ? [V128, F64, F64]
    : name.startsWith("b_")
    ? [V128, V128]
    : [V128];
  return module.import(name, parameters, [V128]);
}
