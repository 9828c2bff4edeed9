/**
 * Loops and choices: steps with blocks of their own inside.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Node, Program } from "../../ir/program.ts";
import { Block, viewDense } from "./block.ts";
import {
  type Cell,
  cellRef,
  makeCell,
  type Ref,
  shapeOf,
  type Work,
} from "./cells.ts";
import type { Buffer } from "./draft.ts";
import type { Target } from "./landing.ts";
import type { lowerBlock } from "./lower_block.ts";
import { contiguous } from "./window.ts";

/** `lowerBlock`, handed in because it and this file need each other. */
type Lower = typeof lowerBlock;

/** Carries get buffers of their own, which the body reads and overwrites. */
export function writeScan(
  block: Block,
  node: Node<"scan">,
  work: Work,
  lower: Lower,
): void {
  const { body, length, constants, carries, reverse } = node.params;
  const { draft } = block;
  const { operands, outs } = work;
  // Slices are found before the carries are set: they may be copies.
  const id = draft.loop();
  const sliced = { block, id, length, reverse };
  const slices = operands.slice(constants + carries)
    .map((ref) => length === 0 ? ref : sliceOf(sliced, ref));
  const carried = outs.slice(0, carries).map((cell, k) => {
    const buffer = block.bufferOf(cell);
    block.copyTo(operands[constants + k], buffer, cell.full);
    return makeCell(cell.dtype, cell.shape, null, id, buffer);
  });
  if (length === 0) return;
  const inside = new Block(draft, id, block);
  const stacked: { target: Target; output: number }[] = [];
  outs.slice(carries).forEach((cell, k) => {
    if (cell.users.length === 0 && cell.buffer === null) return;
    const buffer = movingPart(sliced, block.bufferOf(cell), cell.size / length);
    stacked.push({ target: { buffer, given: null }, output: carries + k });
  });
  const outputs = [
    ...body.outputs.slice(0, carries),
    ...stacked.map(({ output }) => body.outputs[output]),
  ];
  lower(
    inside,
    { ...body, outputs },
    [
      ...operands.slice(0, constants),
      ...carried.map((cell) => cellRef(cell, cell.full)),
      ...slices,
    ],
    [
      ...carried.map((cell) => ({ buffer: cell.buffer!, given: cell })),
      ...stacked.map(({ target }) => target),
    ],
  );
  if (inside.steps.length > 0) {
    block.add({ step: "loop", id, count: length, body: inside.steps });
  }
}

/**
 * Carries have buffers of their own, as those of a scan have; a bool that the
 * condition writes lives as long as the loop.
 */
export function writeWhile(
  block: Block,
  node: Node<"while">,
  { operands, outs }: Work,
  lower: Lower,
): void {
  const { condition, body, constants, maxSteps } = node.params;
  const { draft } = block;
  const buffers = outs.map((cell, k) => {
    const buffer = block.bufferOf(cell);
    block.copyTo(operands[constants + k], buffer, cell.full);
    return buffer;
  });
  const flag = draft.temporary(1, block.loop);
  /** A block of the loop, which finds carries in their buffers. */
  const inside = (
    program: Program,
    targets: (carried: readonly Cell[]) => Target[],
  ) => {
    const id = draft.loop();
    const steps = new Block(draft, id, block);
    const carried = outs.map(({ dtype, shape }, k) =>
      makeCell(dtype, shape, null, id, buffers[k])
    );
    lower(
      steps,
      program,
      [
        ...operands.slice(0, constants),
        ...carried.map((cell) => cellRef(cell, cell.full)),
      ],
      targets(carried),
    );
    return { id, steps: steps.steps };
  };
  const asks = inside(condition, () => [{ buffer: flag, given: null }]);
  const runs = inside(
    body,
    (carried) => carried.map((cell) => ({ buffer: cell.buffer!, given: cell })),
  );
  block.add({
    step: "while",
    flag: { buffer: flag, dtype: "bool", window: contiguous([]) },
    most: maxSteps,
    condition: asks,
    body: runs,
  });
}

/** Each branch computes what is wanted where it is wanted. */
export function writeCond(
  block: Block,
  { params: { branches } }: Node<"cond">,
  { operands: [index, ...operands], outs }: Work,
  lower: Lower,
): void {
  const { draft } = block;
  const wanted = [...outs.keys()].filter((k) =>
    outs[k].users.length > 0 || outs[k].buffer !== null
  );
  const chosen = viewDense(block.dense(index), []);
  const targets = wanted.map((k): Target => ({
    buffer: block.bufferOf(outs[k]),
    given: null,
  }));
  const blocks = branches.map((branch) => {
    const id = draft.loop();
    const inside = new Block(draft, id, block);
    const outputs = wanted.map((k) => branch.outputs[k]);
    lower(inside, { ...branch, outputs }, operands, targets);
    return { id, steps: inside.steps };
  });
  block.add({ step: "branch", index: chosen, branches: blocks });
}

interface Sliced {
  readonly block: Block;
  readonly id: number;
  readonly length: number;
  readonly reverse: boolean;
}

/** The slice of `xs` in the current iteration. */
function sliceOf(sliced: Sliced, xs: Ref): Ref {
  const shape = shapeOf(xs).slice(1);
  if (xs.kind === "generator" && xs.axis !== 0) {
    return { ...xs, shape, axis: xs.axis === null ? null : xs.axis - 1 };
  }
  const { block, id } = sliced;
  const dense = block.dense(xs);
  const buffer = movingPart(
    sliced,
    dense.buffer,
    sizeOf(shape),
    dense.offset,
  );
  const cell = makeCell(dense.dtype, shape, null, id, buffer);
  return cellRef(cell, cell.full);
}

/** `size` elements of `buffer` that move on by their size. */
function movingPart(
  { block, id, length, reverse }: Sliced,
  buffer: Buffer,
  size: number,
  offset = 0,
): Buffer {
  const bytes = ELEMENT_BYTES * size;
  const start = ELEMENT_BYTES * offset + (reverse ? (length - 1) * bytes : 0);
  const step = { loop: id, bytes: reverse ? -bytes : bytes };
  return block.draft.part(buffer, size, start, [step]);
}
