/**
 * Operations as functions without arguments, for hosts that do not compile at
 * run time: kernels, argument constants and the table of addresses are bound
 * once; fused loops run in JavaScript.
 *
 * @module
 */
import { ELEMENT_BYTES, round } from "../../base/dtype.ts";
import { range, sizeOf, stridesOf } from "../../base/shape.ts";
import { type Operand, prepareLoop } from "../elementwise.ts";
import type { Probe } from "../probe.ts";
import { UNARY } from "../scalar_ops.ts";
import type { Address, Operation } from "./assembly.ts";
import type { Kernels, Pointer } from "./kernel_types.ts";
import type { Arena } from "./memory.ts";

/** One operation, ready to run. */
export type Thunk = () => void;

/** What operations run on. */
export interface Machine {
  /** The kernels. */
  readonly kernels: Kernels;
  /** Their memory. */
  readonly arena: Arena;
  /** The run-time table of addresses, modulo 2^32. */
  readonly table: Int32Array;
  /** The slot of the table that is always 0. */
  readonly zero: number;
  /** Is told when a call of the Plan has ended; null where nobody asks. */
  readonly probe: Probe | null;
}

/** Runs thunks one after another. */
export function runAll(thunks: readonly Thunk[]): void {
  for (let i = 0; i < thunks.length; i++) thunks[i]();
}

/** Binds operations. */
export function bind(
  machine: Machine,
  operations: readonly Operation[],
): Thunk[] {
  return operations.flatMap((operation) => {
    switch (operation.op) {
      case "kernel":
        return bindKernel(machine, operation);
      case "loop":
        return bindLoop(machine, operation);
      case "choice":
        return bindChoice(machine, operation);
      case "window": {
        const { whole, window, starts } = operation;
        const copy = windowCopy(machine, operation);
        const { table } = machine;
        const at = ({ slot, offset }: Address) => table[slot] + offset;
        return () => copy(at(whole), at(window), at(starts));
      }
      case "task":
        return bindTask(machine, operation);
      case "group":
        return bindGroup(machine, operation);
    }
  });
}

function bindTask(
  machine: Machine,
  { call, body }: Extract<Operation, { op: "task" }>,
): Thunk[] {
  const { probe } = machine;
  const thunks = bind(machine, body);
  if (probe === null) return thunks;
  const mark = probe.add(call);
  return [...thunks, () => probe.mark(mark)];
}

function bindLoop(
  machine: Machine,
  { count, moves, body }: Extract<Operation, { op: "loop" }>,
): Thunk {
  const { table } = machine;
  const thunks = bind(machine, body);
  const slots = Int32Array.from(moves, ([slot]) => slot);
  const bytes = Int32Array.from(moves, ([, step]) => step);
  return () => {
    for (let i = 0; i < count; i++) {
      runAll(thunks);
      for (let j = 0; j < slots.length; j++) table[slots[j]] += bytes[j];
    }
    for (let j = 0; j < slots.length; j++) {
      table[slots[j]] -= Math.imul(count, bytes[j]);
    }
  };
}

function bindChoice(
  machine: Machine,
  { kind, at, most, bodies }: Extract<Operation, { op: "choice" }>,
): Thunk {
  const { arena, table } = machine;
  const thunks = bodies.map((body) => bind(machine, body));
  const word = () =>
    arena.views().i32[((table[at.slot] + at.offset) >>> 0) / ELEMENT_BYTES];
  if (kind === "branch") {
    return () =>
      runAll(thunks[Math.min(Math.max(word(), 0), thunks.length - 1)]);
  }
  const [condition, body] = thunks;
  return () => {
    for (let i = 0; i < (most ?? Infinity); i++) {
      runAll(condition);
      if (word() === 0) return;
      runAll(body);
    }
  };
}

function bindGroup(
  { table, arena }: Machine,
  { group, args, types }: Extract<Operation, { op: "group" }>,
): Thunk {
  const { operands, writes } = group;
  const reads = group.reads.slice(0, operands).map((strides) => strides!);
  const run = prepareLoop(group, reads, writes, { round, unary: UNARY });
  const places = args.map((address, i) => ({ address, dtype: types[i] }));
  const from = places.slice(0, operands);
  const to = places.slice(places.length - writes.length);
  return () => {
    const { f32, i32, u32 } = arena.views();
    const operand = ({ address, dtype }: typeof places[number]): Operand => ({
      words: dtype === "f32" ? f32 : dtype === "i32" ? i32 : u32,
      at: ((table[address.slot] + address.offset) >>> 0) / ELEMENT_BYTES,
    });
    run(from.map(operand), to.map(operand));
  };
}

function bindKernel(
  { kernels, table, zero }: Machine,
  { name, args }: Extract<Operation, { op: "kernel" }>,
): Thunk {
  const f = kernels[name] as (...args: number[]) => void;
  // An argument is a constant plus an entry of the table, 0 for plain numbers.
  const constants = args.map((a) => typeof a === "number" ? a : a.offset);
  const slots = args.map((a) => typeof a === "number" ? zero : a.slot);
  return () => f(...constants.map((c, i) => c + table[slots[i]]));
}

/** A window whose starts are in memory: they are clamped, then it is copied. */
export function windowCopy(
  { kernels, arena }: Pick<Machine, "kernels" | "arena">,
  { kernel, batch, shape, sizes }: Extract<Operation, { op: "window" }>,
): (whole: Pointer, window: Pointer, starts: Pointer) => void {
  const copy = kernels[kernel];
  const gathers = kernel === "strided4";
  const strides = stridesOf(shape);
  // The kernel copies four axes; the ones before them are walked here.
  const rank = Math.max(0, shape.length - 4);
  const outer = offsets(sizes.slice(0, rank), strides);
  const pad = (list: readonly number[], fill: number) => [
    ...new Array<number>(Math.max(0, 4 - list.length)).fill(fill),
    ...list.slice(rank),
  ];
  const [d0, d1, d2, d3] = pad(sizes, 1);
  const [s0, s1, s2, s3] = pad(strides, 0);
  const size = sizeOf(shape);
  const piece = 4 * d0 * d1 * d2 * d3;
  return (whole, window, starts) => {
    const { i32 } = arena.views();
    let start = (starts >>> 0) / 4;
    let near = window;
    for (let i = 0; i < batch; i++) {
      let first = i * size;
      for (let axis = 0; axis < shape.length; axis++) {
        const most = shape[axis] - sizes[axis];
        const from = Math.min(Math.max(i32[start++], 0), most);
        first += from * strides[axis];
      }
      for (let j = 0; j < outer.length; j++) {
        const far = whole + 4 * (first + outer[j]);
        const from = gathers ? far : near;
        const to = gathers ? near : far;
        copy(d0, d1, d2, d3, s0, s1, s2, s3, from, to);
        near += piece;
      }
    }
  };
}

/** Elements from the start of each entry of the leading axes. */
function offsets(sizes: readonly number[], strides: readonly number[]) {
  return sizes.reduce(
    (list, n, axis) =>
      list.flatMap((at) => range(n).map((i) => at + i * strides[axis])),
    [0],
  );
}
