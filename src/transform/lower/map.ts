/**
 * Fused loops: elementwise works become the instructions of one `map` or
 * `reduce` kernel over the smallest iteration shape that all views allow.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf, withoutAxes } from "../../base/shape.ts";
import type { Instruction, Kernel } from "../../device/plan.ts";
import type { ReduceOp } from "../../ir/primitives.ts";
import { isNode, type Node } from "../../ir/program.ts";
import {
  type Cell,
  type CellRef,
  dtypeOf,
  type Ref,
  type Work,
} from "./cells.ts";
import type { Buffer, DraftView } from "./draft.ts";
import { collapseAll, contiguous, squeeze, type Window } from "./window.ts";

/** What a fused loop needs of the block it is written to. */
export interface Sink {
  /** Where a cell is stored. */
  bufferOf(cell: Cell): Buffer;
  /** Appends a call. */
  call(
    kernel: Kernel,
    reads: readonly DraftView[],
    writes: readonly DraftView[],
  ): void;
}

/** Something a loop stores. */
export interface Store {
  /** What is stored. */
  readonly source: Ref;
  /** Where: a window of the loop's shape. */
  readonly view: DraftView;
}

/** The loop over one iteration shape, in the making. */
class Loop {
  /** Windows it reads, without axes of size 1. */
  readonly reads: { readonly cell: Cell; readonly window: Window }[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #registers = new Map<Cell, number>();
  readonly #generated = new Map<string, number>();
  /** Axes whose index is used: they must not merge with others. */
  readonly #indexed = new Set<number>();

  /** The loop that runs `works`, then has use for `results`. */
  constructor(works: readonly Work[], results: readonly Ref[]) {
    const inside = new Set(works.map((work) => work.outs[0]));
    // Reads come first: the numbers of all other registers depend on them.
    const read = (ref: Ref) => {
      if (ref.kind === "cell" && !inside.has(ref.cell)) this.#read(ref);
    };
    for (const work of works) work.operands.forEach(read);
    results.forEach(read);
    for (const work of works) {
      const args = work.operands.map((ref) => this.register(ref));
      const register = work.node === null
        ? args[0]
        : this.#push(instructionOf(work.node, work.operands, args));
      this.#registers.set(work.outs[0], register);
    }
  }

  /** The register that holds what a ref yields. */
  register(ref: Ref): number {
    if (ref.kind === "generator") return this.#generate(ref);
    return this.#registers.get(ref.cell) ?? this.#read(ref);
  }

  #read({ cell, window }: CellRef): number {
    const squeezed = squeeze(window);
    const known = this.reads.findIndex((read) =>
      read.cell === cell && sameWindow(read.window, squeezed)
    );
    return known >= 0 ? known : this.reads.push({ cell, window: squeezed }) - 1;
  }

  #push(instruction: Instruction): number {
    return this.reads.length + this.#instructions.push(instruction) - 1;
  }

  #generate(ref: Extract<Ref, { kind: "generator" }>): number {
    const [first, ...casts] = ref.casts;
    const axis = ref.axis === null
      ? null
      : ref.shape.slice(0, ref.axis).filter((n) => n !== 1).length;
    const value = Object.is(ref.value, -0) ? "-0" : `${ref.value}`;
    let text = axis === null ? `${first}${value}` : `${first}[${axis}]`;
    if (axis !== null) this.#indexed.add(axis);
    let register = this.#once(
      text,
      axis === null
        ? { op: "constant", dtype: first, value: ref.value }
        : { op: "index", dtype: first, axis },
    );
    let from = first;
    for (const to of casts) {
      if (to === from) continue;
      text += `>${to}`;
      register = this.#once(text, { op: "cast", from, to, args: [register] });
      from = to;
    }
    return register;
  }

  #once(text: string, instruction: Instruction): number {
    let register = this.#generated.get(text);
    if (register === undefined) {
      register = this.#push(instruction);
      this.#generated.set(text, register);
    }
    return register;
  }

  /** The instructions for merged axes. */
  instructions(axisOf: readonly number[]): Instruction[] {
    return this.#instructions.map((instruction) =>
      instruction.op === "index"
        ? { ...instruction, axis: axisOf[instruction.axis] }
        : instruction
    );
  }

  /** The reads as views with the given windows. */
  views(sink: Sink, windows: readonly Window[]): DraftView[] {
    return this.reads.map(({ cell }, i) => ({
      buffer: sink.bufferOf(cell),
      dtype: cell.dtype,
      window: windows[i],
    }));
  }

  /** Axes that must not merge with the axis before them. */
  boundaries(): Set<number> {
    return new Set([...this.#indexed].flatMap((axis) => [axis, axis + 1]));
  }
}

function sameWindow(a: Window, b: Window): boolean {
  return a.offset === b.offset && a.strides.every((s, i) => s === b.strides[i]);
}

/**
 * Writes a `map` that runs elementwise works and stores some refs.
 *
 * @param shape The shape of the loop.
 */
export function writeMap(
  sink: Sink,
  works: readonly Work[],
  shape: Shape,
  stores: readonly Store[],
): void {
  if (sizeOf(shape) === 0) return;
  const loop = new Loop(works, stores.map(({ source }) => source));
  const results = stores.map(({ source }) => loop.register(source));
  const windows = [
    ...loop.reads.map(({ window }) => window),
    ...stores.map(({ view }) => squeeze(view.window)),
  ];
  const squeezed = shape.filter((n) => n !== 1);
  const merged = collapseAll(squeezed, windows, loop.boundaries());
  sink.call(
    {
      kind: "map",
      shape: merged.shape,
      instructions: loop.instructions(merged.axisOf),
      results,
    },
    loop.views(sink, merged.windows),
    stores.map(({ view }, i) => ({
      ...view,
      window: merged.windows[loop.reads.length + i],
    })),
  );
}

/** Writes a `reduce` that first runs elementwise works. */
export function writeReduce(
  sink: Sink,
  works: readonly Work[],
  reduction: Work,
  op: ReduceOp,
  axes: readonly number[],
): void {
  const [out] = reduction.outs;
  const [ref] = reduction.operands;
  const full = ref.kind === "cell" ? ref.window.shape : ref.shape;
  if (sizeOf(full) === 0) return writeNeutral(sink, out, op);
  const loop = new Loop(works, [ref]);
  const result = loop.register(ref);
  const reduced: boolean[] = [];
  full.forEach((n, i) => {
    if (n !== 1) reduced.push(axes.includes(i));
  });
  const boundaries = loop.boundaries();
  for (let i = 1; i < reduced.length; i++) {
    if (reduced[i] !== reduced[i - 1]) boundaries.add(i);
  }
  const squeezed = full.filter((n) => n !== 1);
  const windows = loop.reads.map(({ window }) => window);
  const merged = collapseAll(squeezed, windows, boundaries);
  const mergedAxes = [
    ...new Set(merged.axisOf.filter((_, i) => reduced[i])),
  ];
  sink.call(
    {
      kind: "reduce",
      op,
      shape: merged.shape,
      axes: mergedAxes,
      instructions: loop.instructions(merged.axisOf),
      result,
    },
    loop.views(sink, merged.windows),
    [{
      buffer: sink.bufferOf(out),
      dtype: out.dtype,
      window: contiguous(withoutAxes(merged.shape, mergedAxes)),
    }],
  );
}

/** What the reduction of no elements yields. */
function writeNeutral(sink: Sink, out: Cell, op: ReduceOp): void {
  fill(sink, out, op === "prod" ? 1 : 0);
}

/** Writes a `map` that sets all elements of a cell. */
export function fill(sink: Sink, cell: Cell, value: number): void {
  const { dtype, shape } = cell;
  const source: Ref = {
    kind: "generator",
    dtype,
    shape,
    axis: null,
    value,
    casts: [dtype],
  };
  const view = { buffer: sink.bufferOf(cell), dtype, window: cell.full };
  writeMap(sink, [], shape, [{ source, view }]);
}

function instructionOf(
  node: Node,
  operands: readonly Ref[],
  args: readonly number[],
): Instruction {
  const dtype: DType = dtypeOf(operands[0]);
  const [a, b, c] = args;
  if (isNode(node, "unary")) {
    return { op: "unary", fn: node.params.op, dtype, args: [a] };
  }
  if (isNode(node, "binary")) {
    return { op: "binary", fn: node.params.op, dtype, args: [a, b] };
  }
  if (isNode(node, "compare")) {
    return { op: "compare", fn: node.params.op, dtype, args: [a, b] };
  }
  if (isNode(node, "select")) {
    return { op: "select", dtype: dtypeOf(operands[1]), args: [a, b, c] };
  }
  if (isNode(node, "affine")) {
    const { scale, shift } = node.params;
    return { op: "affine", scale, shift, args: [a] };
  }
  if (isNode(node, "cast") || isNode(node, "bitcast")) {
    const op = node.primitive;
    return { op, from: dtype, to: node.params.dtype, args: [a] };
  }
  throw new Error(`Cannot fuse ${node.primitive}: expected an elementwise one`);
}
