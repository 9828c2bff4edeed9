/**
 * General products as batched matrix products: each operand becomes a window
 * with one batch, one row and one column axis, copied where its strides do not
 * allow that.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Node } from "../../ir/program.ts";
import { type Block, viewDense } from "./block.ts";
import { type Cell, type Ref, shapeOf } from "./cells.ts";
import type { DraftView } from "./draft.ts";
import { fill } from "./map.ts";
import { moveRefAxes } from "./movement.ts";
import { reshapeWindow, type Window } from "./window.ts";

/** Writes a `dot`. */
export function writeDot(
  block: Block,
  { params: { contract, batch } }: Node<"dot">,
  [lhs, rhs]: readonly Ref[],
  out: Cell,
): void {
  // Both operands see the contracted axes in the order that suits the left.
  const order = range(contract[0].length)
    .sort((i, j) => contract[0][i] - contract[0][j]);
  const red = contract.map((axes) => order.map((i) => axes[i]));
  const a = shapeOf(lhs);
  const b = shapeOf(rhs);
  const rows = otherAxes(a.length, batch[0], red[0]);
  const columns = otherAxes(b.length, batch[1], red[1]);
  const sizes = {
    b: sizeOf(batch[0].map((i) => a[i])),
    m: sizeOf(rows.map((i) => a[i])),
    n: sizeOf(columns.map((i) => b[i])),
    k: sizeOf(red[0].map((i) => a[i])),
  };
  if (sizes.k === 0) return fill(block, out, 0);
  const axesA = [...batch[0], ...rows, ...red[0]];
  const axesB = [...batch[1], ...red[1], ...columns];
  block.call(
    { kind: "dot", ...sizes },
    [
      matrices(block, moveRefAxes(lhs, axesA), [sizes.b, sizes.m, sizes.k]),
      matrices(block, moveRefAxes(rhs, axesB), [sizes.b, sizes.k, sizes.n]),
    ],
    [
      viewDense(
        { buffer: block.bufferOf(out), offset: 0, dtype: out.dtype },
        [sizes.b, sizes.m, sizes.n],
      ),
    ],
  );
}

/** The axes in none of the lists. */
function otherAxes(
  rank: number,
  ...lists: readonly (readonly number[])[]
): number[] {
  const taken = new Set(lists.flat());
  return range(rank).filter((axis) => !taken.has(axis));
}

/** The operand as matrices of the given shape. */
function matrices(block: Block, ref: Ref, shape: number[]): DraftView {
  if (ref.kind === "cell") {
    const window = reshapeWindow(ref.window, shape);
    if (window !== null && suitsKernels(window)) {
      return { ...block.view(ref), window };
    }
  }
  return viewDense(block.dense(ref), shape);
}

/**
 * Whether one matrix axis has stride 1 (or size 1) and the other a positive
 * stride: kernels take the latter as the length of a row.
 */
function suitsKernels({ shape, strides }: Window): boolean {
  const unit = (i: number) => shape[i] === 1 || strides[i] === 1;
  const ahead = (i: number) => shape[i] === 1 || strides[i] > 0;
  return unit(1) && ahead(2) || unit(2) && ahead(1);
}
