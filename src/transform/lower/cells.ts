/**
 * A Program as cells and works: a work is a node that computes, a cell is a
 * result of a work (or something given) that may be stored, contiguous, in a
 * buffer. Nodes that only move elements disappear into refs: windows on cells,
 * constants and indices.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { TraceError } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { isNode, type Node, type Program } from "../../ir/program.ts";
import type { Buffer } from "./draft.ts";
import { moveRef } from "./movement.ts";
import { contiguous, isContiguous, type Window } from "./window.ts";

/** Something that may be stored. */
export interface Cell {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes per axis. */
  readonly shape: Shape;
  /** Elements. */
  readonly size: number;
  /** All of it, in order. */
  readonly full: Window;
  /** What computes it; null if given from outside the block. */
  readonly work: Work | null;
  /** Loop in whose iterations it exists. */
  readonly loop: number;
  /** Where it is stored; null until that is decided. */
  buffer: Buffer | null;
  /** Works that read it, each once, in order; only those that are needed. */
  readonly users: Work[];
}

/** An operand: elements of a cell, or elements that need no memory. */
export type Ref =
  | {
    readonly kind: "cell";
    readonly cell: Cell;
    readonly window: Window;
    /** Whether the window is all of the cell in order (in any shape). */
    readonly identity: boolean;
  }
  | {
    readonly kind: "generator";
    readonly shape: Shape;
    /** Dtype after the casts. */
    readonly dtype: DType;
    /** Axis whose index this is, or null for a constant. */
    readonly axis: number | null;
    /** The constant. */
    readonly value: number;
    /** Dtype at first, then that of each cast. */
    readonly casts: readonly DType[];
  };

/** Elements of a cell. */
export type CellRef = Extract<Ref, { kind: "cell" }>;

/** Something to compute. */
export interface Work {
  /** Position in its block; operands come from works of lower positions. */
  readonly id: number;
  /** How it runs: in a fused loop, as the end of one, or as a kernel. */
  readonly kind: "elementwise" | "reduce" | "kernel";
  /** The node, or null for a copy of the only operand. */
  readonly node: Node | null;
  /** Operands. */
  readonly operands: readonly Ref[];
  /** Results. */
  readonly outs: readonly Cell[];
  /** Shape of the loop, without axes of size 1; null for kernels. */
  readonly iteration: Shape | null;
  /** Whether an output depends on it. */
  needed: boolean;
}

/** Makes the ref of some elements of a cell. */
export function cellRef(cell: Cell, window: Window): Ref {
  const identity = window === cell.full ||
    window.offset === 0 && isContiguous(window) &&
      sizeOf(window.shape) === cell.size;
  return { kind: "cell", cell, window, identity };
}

/** Sizes per axis of what the ref yields. */
export function shapeOf(ref: Ref): Shape {
  return ref.kind === "cell" ? ref.window.shape : ref.shape;
}

/** Element type of what the ref yields. */
export function dtypeOf(ref: Ref): DType {
  return ref.kind === "cell" ? ref.cell.dtype : ref.dtype;
}

/** Makes a cell. */
export function makeCell(
  dtype: DType,
  shape: Shape,
  work: Work | null,
  loop: number,
  buffer: Buffer | null = null,
): Cell {
  const full = contiguous(shape);
  const size = sizeOf(shape);
  return { dtype, shape, size, full, work, loop, buffer, users: [] };
}

/** The works of one Program (or body) and the refs of its outputs. */
export class Graph {
  /** Works in an order in which they can run. */
  readonly works: Work[] = [];
  /** The outputs. */
  readonly outputs: readonly Ref[];
  readonly #loop: number;

  /**
   * @param inputs What stands for the inputs of `program`.
   * @param loop Loop in whose iterations the cells live.
   */
  constructor(program: Program, inputs: readonly Ref[], loop: number) {
    this.#loop = loop;
    this.outputs = this.#walk(program, inputs);
  }

  /** Appends a copy of a ref. */
  copy(ref: Ref): Cell {
    const shape = shapeOf(ref);
    const outs = [{ dtype: dtypeOf(ref), shape }];
    return this.#work("elementwise", null, [ref], outs, shape)[0];
  }

  #work(
    kind: Work["kind"],
    node: Node | null,
    operands: readonly Ref[],
    avals: readonly { dtype: DType; shape: Shape }[],
    iteration: Shape | null,
  ): Cell[] {
    const outs: Cell[] = [];
    const work: Work = {
      id: this.works.length,
      kind,
      node,
      operands,
      outs,
      iteration: iteration?.filter((n) => n !== 1) ?? null,
      needed: false,
    };
    for (const { dtype, shape } of avals) {
      outs.push(makeCell(dtype, shape, work, this.#loop));
    }
    this.works.push(work);
    return outs;
  }

  #walk(program: Program, inputs: readonly Ref[]): Ref[] {
    const refs = new Array<Ref>(program.avals.length);
    program.inputs.forEach((id, i) => refs[id] = inputs[i]);
    for (const node of program.nodes) {
      const operands = node.inputs.map((id) => refs[id]);
      const avals = node.outputs.map((id) => program.avals[id]);
      this.#visit(node, operands, avals).forEach((ref, i) => {
        refs[node.outputs[i]] = ref;
      });
    }
    return program.outputs.map((id) => refs[id]);
  }

  #visit(
    node: Node,
    operands: readonly Ref[],
    avals: readonly { dtype: DType; shape: Shape }[],
  ): Ref[] {
    if (isNode(node, "customVjp")) {
      return this.#walk(node.params.primal, operands);
    }
    rejectUnbound(node);
    const moved = moveRef(node, operands, (ref) => this.copy(ref));
    if (moved !== null) return [moved];
    const elementwise = ELEMENTWISE.has(node.primitive);
    const kind = elementwise
      ? "elementwise"
      : node.primitive === "reduce"
      ? "reduce"
      : "kernel";
    const iteration = kind === "kernel" ? null : shapeOf(operands[0]);
    const outs = this.#work(kind, node, operands, avals, iteration);
    return outs.map((cell) => cellRef(cell, cell.full));
  }
}

const ELEMENTWISE: ReadonlySet<string> = new Set<Node["primitive"]>([
  "unary",
  "binary",
  "compare",
  "select",
  "affine",
  "cast",
  "bitcast",
]);

/** Refuses the primitives that earlier passes must have removed. */
function rejectUnbound(node: Node): void {
  if (isNode(node, "psum") || isNode(node, "axisIndex")) {
    const name = JSON.stringify(node.params.axisName);
    throw new TraceError(
      `Cannot run ${node.primitive} over axis ${name}: no axis of that name ` +
        "is in scope, expected an enclosing vmap: call it inside a function " +
        `given to vmap with { axisName: ${name} }`,
    );
  }
  if (isNode(node, "debugPrint")) {
    throw new TraceError(
      `Cannot lower debugPrint ${JSON.stringify(node.params.format)}: a plan ` +
        "has no effects, expected prints to have become outputs: hoist them " +
        "first",
    );
  }
}
