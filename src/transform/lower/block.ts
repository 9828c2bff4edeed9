/**
 * The draft of one block (the whole Program or the body of a loop) while it is
 * being written: its calls so far, and where the elements of refs are.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Kernel } from "../../device/plan.ts";
import { type Cell, dtypeOf, type Ref, shapeOf } from "./cells.ts";
import type { Buffer, Draft, DraftStep, DraftView } from "./draft.ts";
import { writeMap } from "./map.ts";
import { contiguous, isContiguous, type Window } from "./window.ts";

/** Elements in row-major order, without a shape. */
export interface Dense {
  /** What holds them. */
  readonly buffer: Buffer;
  /** Position of the first in the buffer. */
  readonly offset: number;
  /** Element type. */
  readonly dtype: DType;
}

/** Sees contiguous elements in a shape. */
export function viewDense(dense: Dense, shape: Shape): DraftView {
  const window = { ...contiguous(shape), offset: dense.offset };
  return { buffer: dense.buffer, dtype: dense.dtype, window };
}

/** A block being written. */
export class Block {
  /** All buffers and loops of the Plan. */
  readonly draft: Draft;
  /** Loop whose body this is. */
  readonly loop: number;
  readonly #parent: Block | null;
  /** What was made of what is given, which comes before all else. */
  readonly #first: DraftStep[] = [];
  readonly #steps: DraftStep[] = [];
  /** What was made of windows, by its text; the key null: constants. */
  readonly #copies = new Map<Cell | null, Map<string, Dense>>();

  /** An empty block inside `parent`. */
  constructor(draft: Draft, loop: number, parent: Block | null) {
    this.draft = draft;
    this.loop = loop;
    this.#parent = parent;
  }

  /** What the block runs. */
  get steps(): readonly DraftStep[] {
    return [...this.#first, ...this.#steps];
  }

  /** Appends a step. */
  add(step: DraftStep): void {
    this.#steps.push(step);
  }

  /** Appends a kernel run, unless it would write nothing. */
  call(
    kernel: Kernel,
    reads: readonly DraftView[],
    writes: readonly DraftView[],
  ): void {
    if (writes.every(({ window }) => sizeOf(window.shape) === 0)) return;
    this.add({ step: "call", kernel, reads, writes });
  }

  /** Where a cell is stored: a temporary unless that was decided before. */
  bufferOf(cell: Cell): Buffer {
    return cell.buffer ??= this.draft.temporary(cell.size, cell.loop);
  }

  /** The elements a ref with memory names. */
  view(ref: Extract<Ref, { kind: "cell" }>): DraftView {
    const { cell, window } = ref;
    return { buffer: this.bufferOf(cell), dtype: cell.dtype, window };
  }

  /** Copies a ref (of any kind) to a window of its shape on a buffer. */
  copyTo(ref: Ref, buffer: Buffer, window: Window): void {
    writeMap(this, [], shapeOf(ref), [{
      source: ref,
      view: { buffer, dtype: dtypeOf(ref), window },
    }]);
  }

  /** The elements of a ref in row-major order: where they are, or copied. */
  dense(ref: Ref): Dense {
    if (ref.kind === "cell" && isContiguous(ref.window)) {
      const { buffer, dtype } = this.view(ref);
      return { buffer, offset: ref.window.offset, dtype };
    }
    const shape = shapeOf(ref);
    return this.derived(ref, "", sizeOf(shape), (owner, buffer) => {
      owner.copyTo(ref, buffer, contiguous(shape));
    });
  }

  /**
   * What `write` makes of a ref: once for each text, in the outermost block in
   * which the elements of the ref are known.
   */
  derived(
    ref: Ref,
    text: string,
    size: number,
    write: (owner: Block, buffer: Buffer) => void,
  ): Dense {
    const owner = this.#owner(ref);
    const cell = ref.kind === "cell" ? ref.cell : null;
    let copies = owner.#copies.get(cell);
    if (copies === undefined) owner.#copies.set(cell, copies = new Map());
    const key = `${textOf(ref)} ${text}`;
    let dense = copies.get(key);
    if (dense === undefined) {
      // What is made of what is given comes first and stays, so that threads
      // wait once for all of it, and never for its memory.
      const given = ref.kind === "cell" && ref.cell.work === null;
      const buffer = owner.draft.temporary(size, owner.loop, given);
      const end = owner.#steps.length;
      write(owner, buffer);
      if (given) owner.#first.push(...owner.#steps.splice(end));
      dense = { buffer, offset: 0, dtype: dtypeOf(ref) };
      copies.set(key, dense);
    }
    return dense;
  }

  /** The outermost block in which the elements of a ref are known. */
  #owner(ref: Ref): Block {
    const here = ref.kind === "cell" && ref.cell.loop === this.loop;
    return here || this.#parent === null ? this : this.#parent.#owner(ref);
  }
}

/** Text equal exactly when two refs of one cell (or none) are. */
function textOf(ref: Ref): string {
  if (ref.kind === "cell") {
    const { offset, shape, strides } = ref.window;
    return `${offset}|${shape}|${strides}`;
  }
  const value = Object.is(ref.value, -0) ? "-0" : `${ref.value}`;
  return `${ref.shape}|${ref.axis}|${value}|${ref.casts}`;
}
