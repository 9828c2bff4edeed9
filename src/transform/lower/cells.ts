/**
 * Cells and works: a work is a node that computes, a cell is a result of a work
 * (or something given) that may be stored, contiguous, in a buffer. A ref is an
 * operand: a window on a cell, a constant or an index.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Node } from "../../ir/program.ts";
import type { Buffer } from "./draft.ts";
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
