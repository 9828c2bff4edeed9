/**
 * Fused elementwise loops in plain JavaScript: one instruction after the
 * other, each for all elements, then the writes. It defines what is right, and
 * runs where nothing can be compiled.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../base/shape.ts";
import type { Instruction } from "./plan.ts";
import {
  BINARY,
  bitcast,
  cast,
  COMPARE,
  type UnaryTable,
} from "./scalar_ops.ts";

/** An operand of a kernel: words, and the index of its first element. */
export interface Operand {
  /** The words of its base, as its dtype. */
  readonly words: TypedArray;
  /** Index of the first element. */
  readonly at: number;
}

/** What depends on the precision of the device. */
export interface Arithmetic {
  /** Rounds a double to a dtype. */
  readonly round: (dtype: DType, value: number) => number;
  /** The functions of one operand. */
  readonly unary: UnaryTable;
}

/** A fused loop. */
export interface FusedLoop {
  /** Iteration space. */
  readonly shape: Shape;
  /** What is computed of the operands. */
  readonly instructions: readonly Instruction[];
}

/** For each element of `shape` in row-major order, its place in a view. */
export function positions(
  shape: Shape,
  strides: readonly number[],
): Int32Array {
  const own = stridesOf(shape);
  return Int32Array.from({ length: sizeOf(shape) }, (_, element) => {
    let at = 0;
    shape.forEach((n, axis) => {
      at += Math.floor(element / own[axis]) % n * strides[axis];
    });
    return at;
  });
}

type Values = Float64Array;

/** Computes a register from those before it. */
type Evaluate = (registers: readonly Values[], out: Values) => void;

function each(out: Values, value: (element: number) => number): void {
  for (let i = 0; i < out.length; i++) out[i] = value(i);
}

function evaluator(
  i: Instruction,
  shape: Shape,
  { round, unary }: Arithmetic,
): Evaluate {
  switch (i.op) {
    case "constant": {
      const value = round(i.dtype, i.value);
      return (_, out) => out.fill(value);
    }
    case "index": {
      const index = positions(shape, shape.map((_, a) => Number(a === i.axis)));
      return (_, out) => each(out, (e) => round(i.dtype, index[e]));
    }
    case "unary": {
      const f = unary[i.fn], [x] = i.args;
      return (r, out) => each(out, (e) => round(i.dtype, f(r[x][e], i.dtype)));
    }
    case "binary": {
      const f = BINARY[i.fn], [a, b] = i.args;
      return (r, out) =>
        each(out, (e) => round(i.dtype, f(r[a][e], r[b][e], i.dtype)));
    }
    case "compare": {
      const f = COMPARE[i.fn], [a, b] = i.args;
      return (r, out) => each(out, (e) => Number(f(r[a][e], r[b][e])));
    }
    case "select": {
      const [c, a, b] = i.args;
      return (r, out) => each(out, (e) => r[c][e] !== 0 ? r[a][e] : r[b][e]);
    }
    case "affine": {
      const [x] = i.args;
      return (r, out) =>
        each(out, (e) => round("f32", r[x][e] * i.scale + i.shift));
    }
    case "cast": {
      const [x] = i.args;
      return (r, out) =>
        each(out, (e) => round(i.to, cast(r[x][e], i.from, i.to)));
    }
    case "bitcast": {
      const [x] = i.args;
      return (r, out) => each(out, (e) => bitcast(r[x][e], i.from, i.to));
    }
  }
}

/** Makes ready to compute all registers, of which operands come first. */
export function prepareRegisters(
  { shape, instructions }: FusedLoop,
  strides: readonly (readonly number[])[],
  arithmetic: Arithmetic,
): (reads: readonly Operand[]) => readonly Values[] {
  const size = sizeOf(shape);
  const places = strides.map((own) => positions(shape, own));
  const steps = instructions.map((i) => evaluator(i, shape, arithmetic));
  return (reads) => {
    const registers: Values[] = [];
    places.forEach((place, r) => {
      const { words, at } = reads[r];
      const out = new Float64Array(size);
      each(out, (e) => words[at + place[e]]);
      registers.push(out);
    });
    for (const step of steps) {
      const out = new Float64Array(size);
      step(registers, out);
      registers.push(out);
    }
    return registers;
  };
}

/** Makes a fused loop ready to run; it stores registers `results`. */
export function prepareLoop(
  loop: FusedLoop & { readonly results: readonly number[] },
  reads: readonly (readonly number[])[],
  writes: readonly (readonly number[])[],
  arithmetic: Arithmetic,
): (reads: readonly Operand[], writes: readonly Operand[]) => void {
  const compute = prepareRegisters(loop, reads, arithmetic);
  const places = writes.map((strides) => positions(loop.shape, strides));
  return (from, to) => {
    const registers = compute(from);
    to.forEach(({ words, at }, w) => {
      const values = registers[loop.results[w]];
      places[w].forEach((place, e) => {
        words[at + place] = values[e];
      });
    });
  };
}
