/**
 * The fused kernels of the reference device: an elementwise loop (`map`), and
 * one that ends in a reduction (`reduce`). One element after the other, one
 * instruction after the other.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";
import type { ReduceOp } from "../../ir/primitives.ts";
import type { Call, Instruction, Kernel } from "../plan.ts";
import {
  BINARY,
  bitcast,
  cast,
  COMPARE,
  type UnaryTable,
} from "../scalar_ops.ts";
import type { Operand } from "./words.ts";

/** What depends on the precision of the device. */
export interface Arithmetic {
  /** Rounds a double to a dtype. */
  readonly round: (dtype: DType, value: number) => number;
  /** The functions of one operand. */
  readonly unary: UnaryTable;
}

/** A call made ready: runs on the operands of one iteration. */
export type Runner = (
  reads: readonly Operand[],
  writes: readonly Operand[],
) => void;

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

type Evaluate = (registers: readonly number[], element: number) => number;

function evaluator(
  i: Instruction,
  shape: Shape,
  { round, unary }: Arithmetic,
): Evaluate {
  switch (i.op) {
    case "constant": {
      const value = round(i.dtype, i.value);
      return () => value;
    }
    case "index": {
      const index = positions(shape, shape.map((_, a) => Number(a === i.axis)));
      return (_, element) => round(i.dtype, index[element]);
    }
    case "unary": {
      const f = unary[i.fn], [x] = i.args;
      return (r) => round(i.dtype, f(r[x], i.dtype));
    }
    case "binary": {
      const f = BINARY[i.fn], [a, b] = i.args;
      return (r) => round(i.dtype, f(r[a], r[b], i.dtype));
    }
    case "compare": {
      const f = COMPARE[i.fn], [a, b] = i.args;
      return (r) => Number(f(r[a], r[b]));
    }
    case "select": {
      const [c, a, b] = i.args;
      return (r) => r[c] !== 0 ? r[a] : r[b];
    }
    case "affine": {
      const [x] = i.args;
      return (r) => round("f32", r[x] * i.scale + i.shift);
    }
    case "cast": {
      const [x] = i.args;
      return (r) => round(i.to, cast(r[x], i.from, i.to));
    }
    case "bitcast": {
      const [x] = i.args;
      return (r) => bitcast(r[x], i.from, i.to);
    }
  }
}

type Fused = Extract<Kernel, { kind: "map" | "reduce" }>;

/** Computes the registers of one element. */
function registersOf(call: Call, kernel: Fused, arithmetic: Arithmetic) {
  const { shape, instructions } = kernel;
  const places = call.reads.map((v) => positions(shape, v.strides));
  const steps = instructions.map((i) => evaluator(i, shape, arithmetic));
  const registers = new Array<number>(places.length + steps.length).fill(0);
  return (reads: readonly Operand[], element: number): readonly number[] => {
    let next = 0;
    for (const place of places) {
      const { words, at } = reads[next];
      registers[next++] = words[at + place[element]];
    }
    for (const step of steps) registers[next++] = step(registers, element);
    return registers;
  };
}

/** A fused elementwise loop. */
export function prepareMap(
  call: Call,
  kernel: Extract<Kernel, { kind: "map" }>,
  arithmetic: Arithmetic,
): Runner {
  const { shape, results } = kernel;
  const compute = registersOf(call, kernel, arithmetic);
  const places = call.writes.map((v) => positions(shape, v.strides));
  const size = sizeOf(shape);
  return (reads, writes) => {
    for (let element = 0; element < size; element++) {
      const registers = compute(reads, element);
      writes.forEach(({ words, at }, i) => {
        words[at + places[i][element]] = registers[results[i]];
      });
    }
  };
}

/** What a reduction of nothing gives. */
function identity(op: ReduceOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return 1;
  const [low, high] = dtype === "f32"
    ? [-Infinity, Infinity]
    : dtype === "i32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 2 ** 32 - 1];
  return op === "max" ? low : high;
}

/** A fused elementwise loop and a reduction; floats add up in double. */
export function prepareReduce(
  call: Call,
  kernel: Extract<Kernel, { kind: "reduce" }>,
  arithmetic: Arithmetic,
): Runner {
  const { shape, axes, op, result } = kernel;
  const compute = registersOf(call, kernel, arithmetic);
  const { dtype } = call.writes[0];
  const { round } = arithmetic;
  const kept = stridesOf(shape.map((n, a) => axes.includes(a) ? 1 : n));
  const slots = positions(
    shape,
    kept.map((stride, a) => axes.includes(a) ? 0 : stride),
  );
  const outputs = sizeOf(shape.filter((_, a) => !axes.includes(a)));
  const combine = BINARY[op === "sum" ? "add" : op === "prod" ? "mul" : op];
  return (reads, [out]) => {
    const totals = new Float64Array(outputs).fill(identity(op, dtype));
    slots.forEach((slot, element) => {
      const value = compute(reads, element)[result];
      const total = combine(totals[slot], value, dtype);
      totals[slot] = dtype === "f32" ? total : round(dtype, total);
    });
    totals.forEach((total, i) => {
      out.words[out.at + i] = round(dtype, total);
    });
  };
}
