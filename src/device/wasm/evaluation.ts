/**
 * A fused kernel on one block, one kernel of the binary per instruction.
 * Temporaries are given back after their last use; results go straight to
 * their destination where nothing still has to be read from there.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Instruction } from "../plan.ts";
import {
  type Address,
  type Assembly,
  sameAddress,
  type Scratch,
  type Window,
} from "./assembly.ts";
import { argsOf, type Fused } from "./fused.ts";
import {
  binaryKernel,
  castKernel,
  compareKernel,
  type Form,
  unaryKernel,
} from "./kernel_names.ts";
import {
  gatherWindow,
  isContiguous,
  isScalar,
  storeWindow,
} from "./windows.ts";

/** Where a register is: contiguous elements, or one that stands for all. */
export interface Operand {
  /** The first element. */
  readonly address: Address;
  /** Whether there is one element only. */
  readonly scalar: boolean;
}

/** Runs the instructions of a call on one block. */
export class Evaluation {
  readonly #assembly: Assembly;
  readonly #scratch: Scratch;
  readonly #fused: Fused;
  readonly #shape: Shape;
  readonly #size: number;
  readonly #windows: readonly (Window | undefined)[];
  readonly #writes: readonly Window[];
  readonly #operands: (Operand | undefined)[] = [];
  /** Registers that are in scratch memory. */
  readonly #temporary = new Set<number>();
  /** Writes that are still to be done. */
  readonly #pending = new Set<number>();

  /** Starts on the block of `shape` that the windows show. */
  constructor(
    assembly: Assembly,
    scratch: Scratch,
    fused: Fused,
    shape: Shape,
    windows: readonly (Window | undefined)[],
    writes: readonly Window[],
  ) {
    this.#assembly = assembly;
    this.#scratch = scratch;
    this.#fused = fused;
    this.#shape = shape;
    this.#size = sizeOf(shape);
    this.#windows = windows;
    this.#writes = writes;
  }

  /** Computes all registers and does all writes. */
  run(): void {
    const { instructions, reads, roots, results } = this.#fused;
    this.#writes.forEach((_, w) => this.#pending.add(w));
    this.#windows.forEach((window, r) => {
      if (window === undefined) return;
      if (isContiguous(this.#shape, window)) {
        this.#operands[r] = { address: window.address, scalar: false };
      } else if (isScalar(this.#shape, window)) {
        this.#operands[r] = { address: window.address, scalar: true };
      }
    });
    this.#saveWhatWillBeOverwritten();
    instructions.forEach((instruction, i) => {
      const r = reads + i;
      if (roots[r] !== r || this.#windows[r] !== undefined) return;
      this.#compute(instruction, i);
      for (const w of this.#pending) {
        if (results[w] === r && this.#mayWrite(w, i)) this.#write(w);
      }
    });
    for (const w of this.#pending) this.#write(w);
  }

  /** A register as contiguous elements, or as one that stands for all. */
  operand(register: number): Operand {
    const r = this.#fused.roots[register];
    const known = this.#operands[r];
    if (known !== undefined) return known;
    const address = this.#scratch.take(4 * this.#size);
    gatherWindow(this.#assembly, this.#shape, this.#windows[r]!, address);
    this.#temporary.add(r);
    return this.#operands[r] = { address, scalar: false };
  }

  /** A register as contiguous elements. */
  elements(register: number): Address {
    const { address, scalar } = this.operand(register);
    if (!scalar || this.#size === 1) return address;
    const out = this.#scratch.take(4 * this.#size);
    this.#repeat(address, out);
    return out;
  }

  /** Gives the memory of all registers back. */
  close(): void {
    for (const r of this.#temporary) this.#release(r);
  }

  #release(r: number): void {
    if (!this.#temporary.delete(r)) return;
    const { address, scalar } = this.#operands[r]!;
    this.#scratch.give(address, scalar ? 4 : 4 * this.#size);
  }

  /** A result that is a mere copy of what another write overwrites. */
  #saveWhatWillBeOverwritten(): void {
    const { conflicts, results, reads } = this.#fused;
    results.forEach((r, own) => {
      if (r >= reads || this.#temporary.has(r)) return;
      const hit = conflicts.some((list, w) => w !== own && list.includes(r));
      if (!hit) return;
      const address = this.#scratch.take(4 * this.#size);
      gatherWindow(this.#assembly, this.#shape, this.#windows[r]!, address);
      this.#operands[r] = { address, scalar: false };
      this.#temporary.add(r);
    });
  }

  /** Whether nothing that write `w` overwrites is read after instruction i. */
  #mayWrite(w: number, i: number): boolean {
    const { conflicts, lastUse } = this.#fused;
    return conflicts[w].every((r) => this.#temporary.has(r) || lastUse[r] <= i);
  }

  #compute(instruction: Instruction, i: number): void {
    const { reads, roots, lastUse } = this.#fused;
    const r = reads + i;
    if (instruction.op === "constant") {
      const { dtype, value } = instruction;
      const address = this.#assembly.constant(dtype, value);
      this.#operands[r] = { address, scalar: true };
      return;
    }
    const args = argsOf(instruction).map((a) => this.operand(a));
    const scalar = args.every((a) => a.scalar);
    const repeated = instruction.op === "select" && args[0].scalar && !scalar;
    // There is no kernel for a single condition.
    if (repeated) {
      args[0] = { address: this.elements(instruction.args[0]), scalar: false };
    }
    const done = new Set(argsOf(instruction).map((a) => roots[a]));
    for (const a of done) if (lastUse[a] > i) done.delete(a);
    // A kernel may write over its operand, but not over one that is repeated.
    for (const a of done) {
      if (this.#operands[a]!.scalar === scalar) this.#release(a);
    }
    const out = this.#destination(r, i, scalar);
    const n = scalar ? 1 : this.#size;
    emitInstruction(this.#assembly, instruction, n, args, out);
    for (const a of done) this.#release(a);
    if (repeated && n > 1) this.#scratch.give(args[0].address, 4 * n);
    this.#operands[r] = { address: out, scalar };
  }

  /** Where instruction `i` puts register `r`. */
  #destination(r: number, i: number, scalar: boolean): Address {
    const { results } = this.#fused;
    if (!scalar || this.#size === 1) {
      for (const w of this.#pending) {
        if (results[w] !== r || !this.#mayWrite(w, i)) continue;
        if (!isContiguous(this.#shape, this.#writes[w])) continue;
        this.#pending.delete(w);
        return this.#writes[w].address;
      }
    }
    this.#temporary.add(r);
    return this.#scratch.take(scalar ? 4 : 4 * this.#size);
  }

  #write(w: number): void {
    this.#pending.delete(w);
    const to = this.#writes[w];
    const r = this.#fused.results[w];
    const direct = isContiguous(this.#shape, to);
    const known = this.#operands[r];
    if (known === undefined && direct) {
      const from = this.#windows[r]!;
      gatherWindow(this.#assembly, this.#shape, from, to.address);
    } else if (known?.scalar && direct) {
      this.#repeat(known.address, to.address);
    } else {
      const from = this.elements(r);
      if (direct && sameAddress(from, to.address)) return;
      storeWindow(this.#assembly, this.#shape, from, to);
    }
  }

  #repeat(from: Address, to: Address): void {
    const n = this.#size;
    this.#assembly.call("strided4", 1, 1, 1, n, 0, 0, 0, 0, from, to);
  }
}

function emitInstruction(
  assembly: Assembly,
  i: Instruction,
  n: number,
  args: readonly Operand[],
  out: Address,
): void {
  const [a, b, c] = args;
  const form: Form = args.length < 2 || a.scalar === b.scalar
    ? "vv"
    : a.scalar
    ? "sv"
    : "vs";
  switch (i.op) {
    case "constant":
    case "index":
      return;
    case "unary":
      assembly.call(unaryKernel(i.fn, i.dtype), n, a.address, out);
      return;
    case "binary": {
      const name = binaryKernel(i.fn, i.dtype, form);
      assembly.call(name, n, a.address, b.address, out);
      return;
    }
    case "compare": {
      const name = compareKernel(i.fn, i.dtype, form);
      assembly.call(name, n, a.address, b.address, out);
      return;
    }
    case "select": {
      const s = (x: Operand) => x.scalar && n > 1 ? "s" : "v";
      const name = `select_${s(b)}${s(c)}` as const;
      assembly.call(name, n, a.address, b.address, c.address, out);
      return;
    }
    case "affine":
      assembly.call("affine", n, a.address, i.scale, i.shift, out);
      return;
    case "cast":
      assembly.call(castKernel(i.from, i.to) ?? "copy", n, a.address, out);
      return;
    case "bitcast":
      assembly.call("copy", n, a.address, out);
      return;
  }
}
