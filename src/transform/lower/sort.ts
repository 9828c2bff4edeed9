/**
 * Sorting: one kernel finds where each element belongs, gathers bring the
 * operands there. Rows are the last axis.
 *
 * @module
 */
import { sizeOf } from "../../base/shape.ts";
import type { Node } from "../../ir/program.ts";
import { type Block, type Dense, viewDense } from "./block.ts";
import { type Cell, type Ref, shapeOf, type Work } from "./cells.ts";

/** Writes the calls of a sort. */
export function writeSort(
  block: Block,
  { params: { keys } }: Node<"sort">,
  { operands, outs }: Work,
): void {
  const shape = shapeOf(operands[0]);
  const n = shape.at(-1) ?? 1;
  if (sizeOf(shape) === 0) return;
  const rows = sizeOf(shape) / n;
  const view = (dense: Dense) => viewDense(dense, [rows, n]);
  const whole = (cell: Cell) =>
    view({ buffer: block.bufferOf(cell), offset: 0, dtype: cell.dtype });
  const wanted = [...outs.keys()].filter((i) =>
    outs[i].users.length > 0 || outs[i].buffer !== null
  );
  // Sorted places are what the kernel yields.
  const ids = wanted.find((i) => isPlaces(operands[i], shape.length - 1));
  const size = sizeOf(shape);
  const places = ids === undefined
    ? view({
      buffer: block.draft.temporary(size, block.loop),
      offset: 0,
      dtype: "i32",
    })
    : whole(outs[ids]);
  block.call(
    { kind: "sort", rows, n },
    operands.slice(0, keys).map((ref) => view(block.dense(ref))),
    [places],
  );
  for (const i of wanted) {
    if (i === ids) continue;
    block.call(
      { kind: "gather", batch: rows, outer: 1, n, inner: 1, count: n },
      [viewDense(block.dense(operands[i]), [rows, 1, n, 1]), places],
      [viewDense({ ...whole(outs[i]), offset: 0 }, [rows, 1, n, 1])],
    );
  }
}

/** Whether an operand counts along the axis. */
function isPlaces(ref: Ref, axis: number): boolean {
  return ref.kind === "generator" && ref.axis === axis &&
    ref.casts.length === 1 && ref.dtype === "i32";
}
