/**
 * General products as batched matrix products: each operand becomes a window
 * with one batch, one row and one column axis, copied where its strides do not
 * allow that. Right operands are packed once for all products with them.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import { packedSize } from "../../device/plan.ts";
import type { Node } from "../../ir/program.ts";
import { type Block, viewDense } from "./block.ts";
import { type Cell, cellRef, type Ref, shapeOf } from "./cells.ts";
import type { DraftView } from "./draft.ts";
import { fill } from "./map.ts";
import { moveRefAxes } from "./movement.ts";
import { reshapeWindow, type Window } from "./window.ts";

/** Up to this many elements a right operand is read by rows as it is. */
const SMALL = 16384;
/** Up to this many rows of the left packing costs more than it gains. */
const FEW_ROWS = 32;
/** The same where rows of the right are far apart for the caches. */
const FEW_ROWS_FAR = 4;
/** Elements from which rows of the right are far apart. */
const FAR_ROWS = 1024;
/** Up to this many rows a product is made of dot products. */
const FEW_DOTS = 3;
/** Elements from which the left's steps along k are far apart. */
const FAR_STEPS = 512;
/** Sizes from which far steps cost more than a copy. */
const MANY = 64;

/** An operand, and which of its axes are what. */
interface Side {
  readonly ref: Ref;
  readonly batch: readonly number[];
  /** The contracted axes. */
  readonly inner: readonly number[];
  /** The axes of the result. */
  readonly outer: readonly number[];
  /** Elements of the latter. */
  readonly size: number;
}

/** Writes a `dot`. */
export function writeDot(
  block: Block,
  { params: { contract, batch } }: Node<"dot">,
  refs: readonly Ref[],
  out: Cell,
): void {
  // Both operands see the contracted axes in the order that suits the left.
  const order = range(contract[0].length)
    .sort((i, j) => contract[0][i] - contract[0][j]);
  const [lhs, rhs] = refs.map((ref, side): Side => {
    const shape = shapeOf(ref);
    const inner = order.map((i) => contract[side][i]);
    const taken = new Set([...batch[side], ...inner]);
    const outer = range(shape.length).filter((axis) => !taken.has(axis));
    const size = sizeOf(outer.map((i) => shape[i]));
    return { ref, batch: batch[side], inner, outer, size };
  });
  const a = shapeOf(lhs.ref);
  const b = sizeOf(lhs.batch.map((i) => a[i]));
  const k = sizeOf(lhs.inner.map((i) => a[i]));
  if (k === 0) return fill(block, out, 0);
  // A result with one column is in the same order as one with one row.
  const sides: [Side, Side] = rhs.size === 1 ? [rhs, lhs] : [lhs, rhs];
  writeProducts(block, b, k, sides, out);
}

function writeProducts(
  block: Block,
  b: number,
  k: number,
  [lhs, rhs]: readonly [Side, Side],
  out: Cell,
): void {
  const left = moveRefAxes(lhs.ref, [
    ...lhs.batch,
    ...lhs.outer,
    ...lhs.inner,
  ]);
  const right = moveRefAxes(rhs.ref, [
    ...rhs.batch,
    ...rhs.inner,
    ...rhs.outer,
  ]);
  const [m, n] = [lhs.size, rhs.size];
  const x = leftView(block, left, [b, m, k], n);
  const one = onlyMatrix(right, [b, k, n]);
  const rows = b > 1 && one !== null ? mergedRows(x.window) : null;
  // One product of all rows: the right operand is the same throughout.
  const size = rows === null ? { b, m, n, k } : { b: 1, m: b * m, n, k };
  const first = rows === null ? x : { ...x, window: rows };
  const matrix = [one === null ? b : 1, k, n];
  const y = rightView(block, one ?? right, matrix, size.m, first.window);
  const second = one === null ? y.view : repeated(y.view, size.b);
  block.call(
    { kind: "dot", ...size, packed: y.packed },
    [first, second],
    [
      viewDense(
        { buffer: block.bufferOf(out), offset: 0, dtype: out.dtype },
        [size.b, size.m, size.n],
      ),
    ],
  );
}

/** The matrix that all of a ref are, or null. */
function onlyMatrix(ref: Ref, shape: readonly number[]): Ref | null {
  if (ref.kind !== "cell") return null;
  const window = reshapeWindow(ref.window, shape);
  if (window === null) return null;
  const { offset, shape: [b, k, n], strides: [batch, row, column] } = window;
  if (b > 1 && batch !== 0) return null;
  return cellRef(ref.cell, {
    offset,
    shape: [1, k, n],
    strides: [0, row, column],
  });
}

/** One matrix as `b` of them. */
function repeated(view: DraftView, b: number): DraftView {
  const { offset, shape: [, ...sizes], strides: [, ...steps] } = view.window;
  const window = { offset, shape: [b, ...sizes], strides: [0, ...steps] };
  return { ...view, window };
}

/** Elements of a ref as matrices, where they are or in row-major order. */
function matrices(
  block: Block,
  ref: Ref,
  shape: readonly number[],
  suits: (window: Window) => boolean,
): DraftView {
  if (ref.kind === "cell") {
    const window = reshapeWindow(ref.window, shape);
    if (window !== null && suits(window)) return { ...block.view(ref), window };
  }
  return viewDense(block.dense(ref), shape);
}

function leftView(
  block: Block,
  ref: Ref,
  shape: readonly number[],
  n: number,
): DraftView {
  const [, m, k] = shape;
  return matrices(
    block,
    ref,
    shape,
    ({ strides: [, , step] }) =>
      !block.draft.packs || Math.abs(step) < FAR_STEPS ||
      Math.min(m, n, k) < MANY,
  );
}

/** The windows' rows as those of one matrix, or null. */
function mergedRows(
  { offset, shape: [b, m, k], strides: [batch, row, step] }: Window,
): Window | null {
  if (m > 1 && batch !== m * row) return null;
  const strides = [0, m > 1 ? row : batch, step];
  return { offset, shape: [1, b * m, k], strides };
}

/** A right operand, packed unless that costs more than it gains. */
function rightView(
  block: Block,
  ref: Ref,
  shape: readonly number[],
  m: number,
  left: Window,
): { readonly view: DraftView; readonly packed: boolean } {
  const [b, k, n] = shape;
  const unit = ({ shape, strides }: Window, axis: number) =>
    shape[axis] === 1 || strides[axis] === 1;
  const view = matrices(block, ref, shape, (w) => unit(w, 1) || unit(w, 2));
  const far = Math.abs(view.window.strides[1]) >= FAR_ROWS;
  const inPlace = unit(view.window, 2)
    ? m <= (far ? FEW_ROWS_FAR : FEW_ROWS) || k * n <= SMALL
    : m <= FEW_DOTS && unit(left, 2);
  if (inPlace || !block.draft.packs) return { view, packed: false };
  const size = packedSize(k, n);
  const text = `packed ${shape}`;
  const dense = block.derived(ref, text, b * size, (owner, buffer) => {
    owner.call(
      { kind: "pack", b, k, n },
      [view],
      [viewDense({ buffer, offset: 0, dtype: view.dtype }, [b, size])],
    );
  });
  return { view: viewDense(dense, [b, size]), packed: true };
}
