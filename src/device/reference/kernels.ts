/**
 * The kernels of the reference device that are not elementwise: plain loops,
 * short and obviously right.
 *
 * @module
 */
import { round } from "../../base/dtype.ts";
import { range, sizeOf, stridesOf } from "../../base/shape.ts";
import type { ScatterMode } from "../../ir/primitives.ts";
import {
  type Arithmetic,
  type Operand,
  positions,
  prepareLoop,
} from "../elementwise.ts";
import { type Call, type Kernel, packedSize } from "../plan.ts";
import { BINARY } from "../scalar_ops.ts";
import { drawWords } from "../threefry.ts";
import { prepareReduce } from "./reduce.ts";
import {
  prepareArgWindow,
  prepareConv,
  prepareReduceWindow,
} from "./windows.ts";
import { prepareWinograd, prepareWinogradWeights } from "./winograd.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** A call made ready: runs on the operands of one iteration. */
export type Runner = (
  reads: readonly Operand[],
  writes: readonly Operand[],
) => void;

/** Makes a call ready to run. */
export function prepare(call: Call, arithmetic: Arithmetic): Runner {
  const { kernel } = call;
  switch (kernel.kind) {
    case "map":
      return prepareLoop(
        kernel,
        call.reads.map((v) => v.strides),
        call.writes.map((v) => v.strides),
        arithmetic,
      );
    case "reduce":
      return prepareReduce(call, kernel, arithmetic);
    case "dot":
      return prepareDot(call, kernel);
    case "pack":
      return preparePack(call, kernel);
    case "argreduce":
      return ([x], [out]) => argreduce(kernel, x, out);
    case "sort":
      return (keys, [out]) => sort(kernel, keys, out);
    case "cumsum":
      return ([x], [out]) => cumsum(kernel, x, out);
    case "gather":
      return ([x, indices], [out]) => gather(kernel, x, indices, out);
    case "scatter":
      return ([indices, updates], [out]) =>
        scatter(kernel, call, indices, updates, out);
    case "dynamicSlice":
      return ([x, starts], [out]) =>
        eachWindow(kernel, starts, (inside, window) => {
          out.words[out.at + window] = x.words[x.at + inside];
        });
    case "dynamicUpdateSlice":
      return ([update, starts], [out]) =>
        eachWindow(kernel, starts, (inside, window) => {
          out.words[out.at + inside] = update.words[update.at + window];
        });
    case "winogradWeights":
      return prepareWinogradWeights(call);
    case "winograd":
      return prepareWinograd(call);
    case "conv":
      return prepareConv(call, kernel);
    case "reduceWindow":
      return prepareReduceWindow(call, kernel);
    case "argWindow":
      return prepareArgWindow(call, kernel);
    case "random":
      return ([keys], [out]) => random(kernel, keys, out);
  }
}

function prepareDot(call: Call, kernel: Of<"dot">): Runner {
  const { b, m, n, k, packed } = kernel;
  const [x, y] = call.reads;
  const left = positions(x.shape, x.strides);
  // This device packs a matrix row by row.
  const right = packed
    ? positions([b, k, n], [y.strides[0], n, 1])
    : positions(y.shape, y.strides);
  return ([x, y], [out]) => {
    for (let i = 0; i < b * m * n; i++) {
      const col = i % n, row = Math.floor(i / n), batch = Math.floor(row / m);
      let sum = 0;
      for (let j = 0; j < k; j++) {
        sum += x.words[x.at + left[row * k + j]] *
          y.words[y.at + right[(batch * k + j) * n + col]];
      }
      out.words[out.at + i] = sum;
    }
  };
}

function preparePack({ reads: [x] }: Call, { k, n }: Of<"pack">): Runner {
  const from = positions(x.shape, x.strides);
  const size = packedSize(k, n);
  return ([read], [out]) => {
    from.forEach((place, i) => {
      const batch = Math.floor(i / (k * n));
      const to = batch * size + i % (k * n);
      out.words[out.at + to] = read.words[read.at + place];
    });
  };
}

function argreduce(kernel: Of<"argreduce">, x: Operand, out: Operand): void {
  const { outer, red, inner, op } = kernel;
  for (let i = 0; i < outer * inner; i++) {
    const first = x.at + Math.floor(i / inner) * red * inner + i % inner;
    let best = 0;
    for (let j = 1; j < red; j++) {
      const value = x.words[first + j * inner];
      const leader = x.words[first + best * inner];
      const wins = op === "max" ? value > leader : value < leader;
      // The first NaN wins against all numbers.
      if (!Number.isNaN(leader) && (wins || Number.isNaN(value))) best = j;
    }
    out.words[out.at + i] = best;
  }
}

/** Less than 0 where x comes before y; NaN comes last, -0 is 0. */
function order(x: number, y: number): number {
  const [noX, noY] = [Number.isNaN(x), Number.isNaN(y)];
  return noX || noY ? Number(noX) - Number(noY) : Number(x > y) - Number(x < y);
}

function sort({ rows, n }: Of<"sort">, keys: readonly Operand[], out: Operand) {
  for (let row = 0; row < rows; row++) {
    const element = ({ words, at }: Operand, i: number) =>
      words[at + row * n + i];
    const places = range(n).sort((i, j) => {
      for (const key of keys) {
        const sign = order(element(key, i), element(key, j));
        if (sign !== 0) return sign;
      }
      return i - j;
    });
    out.words.set(places, out.at + row * n);
  }
}

function cumsum(kernel: Of<"cumsum">, x: Operand, out: Operand): void {
  const { outer, red, inner, reverse } = kernel;
  for (let i = 0; i < outer * inner; i++) {
    const first = Math.floor(i / inner) * red * inner + i % inner;
    let sum = 0;
    for (let j = 0; j < red; j++) {
      const at = first + (reverse ? red - 1 - j : j) * inner;
      sum += x.words[x.at + at];
      out.words[out.at + at] = sum;
    }
  }
}

function gather(k: Of<"gather">, x: Operand, indices: Operand, out: Operand) {
  let to = out.at;
  for (let row = 0; row < k.batch * k.outer; row++) {
    for (let j = 0; j < k.count; j++) {
      const batch = Math.floor(row / k.outer);
      const index = indices.words[indices.at + batch * k.count + j];
      const clamped = Math.min(Math.max(index, 0), k.n - 1);
      const from = x.at + (row * k.n + clamped) * k.inner;
      for (let i = 0; i < k.inner; i++) out.words[to++] = x.words[from + i];
    }
  }
}

const COMBINE: { readonly [M in ScatterMode]: typeof BINARY.add } = {
  set: (_, update) => update,
  add: BINARY.add,
  min: BINARY.min,
  max: BINARY.max,
};

function scatter(
  k: Of<"scatter">,
  call: Call,
  indices: Operand,
  updates: Operand,
  { words, at }: Operand,
): void {
  const { dtype } = call.writes[0];
  let from = updates.at;
  for (let row = 0; row < k.batch * k.outer; row++) {
    for (let j = 0; j < k.count; j++) {
      const batch = Math.floor(row / k.outer);
      const index = indices.words[indices.at + batch * k.count + j];
      const to = at + (row * k.n + index) * k.inner;
      for (let i = 0; i < k.inner; i++) {
        const update = updates.words[from++];
        if (index < 0 || index >= k.n) continue;
        words[to + i] = COMBINE[k.mode](words[to + i], update, dtype);
      }
    }
  }
}

/** Visits the elements of each batch entry's window, with clamped starts. */
function eachWindow(
  kernel: Of<"dynamicSlice" | "dynamicUpdateSlice">,
  starts: Operand,
  visit: (inside: number, window: number) => void,
): void {
  const { batch, shape, sizes } = kernel;
  const strides = stridesOf(shape);
  const window = positions(sizes, strides);
  for (const row of range(batch)) {
    let first = row * sizeOf(shape);
    shape.forEach((n, axis) => {
      const start = starts.words[starts.at + row * shape.length + axis];
      first += Math.min(Math.max(start, 0), n - sizes[axis]) * strides[axis];
    });
    window.forEach((place, i) => visit(first + place, row * window.length + i));
  }
}

function random(kernel: Of<"random">, keys: Operand, out: Operand): void {
  let at = out.at;
  for (let i = 0; i < kernel.batch; i++) {
    const [k0, k1] = [0, 1].map((w) =>
      round("u32", keys.words[keys.at + 2 * i + w])
    );
    const words = drawWords([k0, k1], kernel.params);
    out.words.set(words, at);
    at += words.length;
  }
}
