/**
 * Works that are kernels of their own: each primitive's operands are brought
 * to the form its kernel takes, copied where strides do not fit.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { isNode, type Node } from "../../ir/program.ts";
import { type Block, type Dense, viewDense } from "./block.ts";
import { type Cell, type Ref, shapeOf } from "./cells.ts";
import { writeDot } from "./dot.ts";
import { contiguous, sliceWindow } from "./window.ts";
import { writeConv, writeReduceWindow } from "./windows.ts";

/** Writes the calls of a kernel (any but scan) with one result. */
export function writeKernel(
  block: Block,
  node: Node,
  operands: readonly Ref[],
  out: Cell,
): void {
  if (out.size === 0) return;
  if (isNode(node, "dot")) writeDot(block, node, operands, out);
  else if (isNode(node, "conv")) writeConv(block, node, operands, out);
  else if (isNode(node, "reduceWindow") || isNode(node, "argWindow")) {
    writeReduceWindow(block, node, operands, out);
  } else if (isNode(node, "pad")) writePad(block, node, operands, out);
  else if (isNode(node, "concat")) writeConcat(block, node, operands, out);
  else if (isNode(node, "gather")) writeGather(block, node, operands, out);
  else if (isNode(node, "scatter")) writeScatter(block, node, operands, out);
  else if (isNode(node, "dynamicSlice")) {
    writeDynamicSlice(block, node, operands, out);
  } else if (isNode(node, "dynamicUpdateSlice")) {
    writeDynamicUpdate(block, node, operands, out);
  } else if (isNode(node, "argreduce")) {
    const sizes = around(shapeOf(operands[0]), node.params.axis);
    const { outer, red, inner } = sizes;
    block.call(
      { kind: "argreduce", op: node.params.op, ...sizes },
      [viewDense(block.dense(operands[0]), [outer, red, inner])],
      [viewDense(whole(block, out), [outer, inner])],
    );
  } else if (isNode(node, "cumsum")) {
    const sizes = around(shapeOf(operands[0]), node.params.axis);
    const shape = [sizes.outer, sizes.red, sizes.inner];
    block.call(
      { kind: "cumsum", ...sizes, reverse: node.params.reverse },
      [viewDense(block.dense(operands[0]), shape)],
      [viewDense(whole(block, out), shape)],
    );
  } else if (isNode(node, "random")) {
    const batch = sizeOf(shapeOf(operands[0])) / 2;
    block.call(
      { kind: "random", batch, params: node.params },
      [viewDense(block.dense(operands[0]), [batch, 2])],
      [viewDense(whole(block, out), [batch, out.size / batch])],
    );
  } else {
    throw new Error(`Cannot lower ${node.primitive}: it has no kernel`);
  }
}

function whole(block: Block, cell: Cell): Dense {
  return { buffer: block.bufferOf(cell), offset: 0, dtype: cell.dtype };
}

function around(shape: Shape, axis: number) {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    red: shape[axis],
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

function writePad(
  block: Block,
  { params: { lo, inner } }: Node<"pad">,
  [x, filler]: readonly Ref[],
  out: Cell,
): void {
  const buffer = block.bufferOf(out);
  const everywhere: Ref = filler.kind === "generator"
    ? { ...filler, shape: out.shape }
    : {
      ...filler,
      identity: false,
      window: {
        offset: filler.window.offset,
        shape: out.shape,
        strides: out.shape.map(() => 0),
      },
    };
  const covered = sizeOf(shapeOf(x)) === out.size;
  if (!covered) block.copyTo(everywhere, buffer, out.full);
  const stride = inner.map((n) => n + 1);
  block.copyTo(x, buffer, sliceWindow(out.full, lo, shapeOf(x), stride));
}

function writeConcat(
  block: Block,
  { params: { axis } }: Node<"concat">,
  operands: readonly Ref[],
  out: Cell,
): void {
  const start = out.shape.map(() => 0);
  const ones = out.shape.map(() => 1);
  const buffer = block.bufferOf(out);
  for (const ref of operands) {
    const shape = shapeOf(ref);
    const window = sliceWindow(out.full, start, shape, ones);
    if (!isPlaced(ref, out, window.offset)) block.copyTo(ref, buffer, window);
    start[axis] += shape[axis];
  }
}

/** Whether the operand was computed in its place inside `out`. */
function isPlaced(ref: Ref, out: Cell, position: number): boolean {
  const home = ref.kind === "cell" ? ref.cell.buffer?.home : undefined;
  return home?.kind === "part" && home.of === out.buffer &&
    home.offset === ELEMENT_BYTES * position;
}

/**
 * Lets the operands of a concat be computed in their places inside its result,
 * where those are contiguous. The result must be memory that nobody else uses
 * before.
 */
export function placeParts(
  block: Block,
  { params: { axis } }: Node<"concat">,
  operands: readonly Ref[],
  out: Cell,
): void {
  if (sizeOf(out.shape.slice(0, axis)) !== 1) return;
  const target = block.bufferOf(out);
  let position = 0;
  for (const ref of operands) {
    const size = sizeOf(shapeOf(ref));
    if (
      ref.kind === "cell" && ref.identity && ref.cell.work !== null &&
      ref.cell.loop === block.loop && ref.cell.buffer === null
    ) {
      const offset = ELEMENT_BYTES * position;
      ref.cell.buffer = block.draft.part(target, size, offset, []);
    }
    position += size;
  }
}

/** Sizes of x as `[batch, outer, n, inner]`, and the number of indices. */
function gatherSizes(
  x: Shape,
  indices: Shape,
  axis: number,
  batchDims: number,
) {
  return {
    batch: sizeOf(x.slice(0, batchDims)),
    outer: sizeOf(x.slice(batchDims, axis)),
    n: x[axis],
    inner: sizeOf(x.slice(axis + 1)),
    count: sizeOf(indices.slice(batchDims)),
  };
}

function writeGather(
  block: Block,
  { params: { axis, batchDims } }: Node<"gather">,
  [x, indices]: readonly Ref[],
  out: Cell,
): void {
  const sizes = gatherSizes(shapeOf(x), shapeOf(indices), axis, batchDims);
  const { batch, outer, n, inner, count } = sizes;
  block.call(
    { kind: "gather", ...sizes },
    [
      viewDense(block.dense(x), [batch, outer, n, inner]),
      viewDense(block.dense(indices), [batch, count]),
    ],
    [viewDense(whole(block, out), [batch, outer, count, inner])],
  );
}

function writeScatter(
  block: Block,
  { params: { axis, batchDims, mode } }: Node<"scatter">,
  [x, indices, updates]: readonly Ref[],
  out: Cell,
): void {
  const sizes = gatherSizes(shapeOf(x), shapeOf(indices), axis, batchDims);
  const { batch, outer, n, inner, count } = sizes;
  const reads = [
    viewDense(block.dense(indices), [batch, count]),
    viewDense(block.dense(updates), [batch, outer, count, inner]),
  ];
  block.copyTo(x, block.bufferOf(out), contiguous(shapeOf(x)));
  if (sizeOf(shapeOf(updates)) === 0) return;
  block.call({ kind: "scatter", mode, ...sizes }, reads, [
    viewDense(whole(block, out), [batch, outer, n, inner]),
  ]);
}

function writeDynamicSlice(
  block: Block,
  { params: { sizes, batchDims } }: Node<"dynamicSlice">,
  [x, starts]: readonly Ref[],
  out: Cell,
): void {
  const batch = sizeOf(shapeOf(x).slice(0, batchDims));
  const shape = shapeOf(x).slice(batchDims);
  block.call(
    { kind: "dynamicSlice", batch, shape, sizes },
    [
      viewDense(block.dense(x), [batch, ...shape]),
      viewDense(block.dense(starts), [batch, shape.length]),
    ],
    [viewDense(whole(block, out), [batch, ...sizes])],
  );
}

function writeDynamicUpdate(
  block: Block,
  { params: { batchDims } }: Node<"dynamicUpdateSlice">,
  [x, update, starts]: readonly Ref[],
  out: Cell,
): void {
  const batch = sizeOf(out.shape.slice(0, batchDims));
  const shape = out.shape.slice(batchDims);
  const sizes = shapeOf(update).slice(batchDims);
  const reads = [
    viewDense(block.dense(update), [batch, ...sizes]),
    viewDense(block.dense(starts), [batch, shape.length]),
  ];
  block.copyTo(x, block.bufferOf(out), contiguous(shapeOf(x)));
  if (sizeOf(sizes) === 0) return;
  block.call({ kind: "dynamicUpdateSlice", batch, shape, sizes }, reads, [
    viewDense(whole(block, out), [batch, ...shape]),
  ]);
}
