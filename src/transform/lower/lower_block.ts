/**
 * Lowers a block: its Program becomes works, works become units, and each unit
 * in turn becomes calls, or a loop around the block of a scan's body.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import { isNode, type Node, type Program } from "../../ir/program.ts";
import { Block } from "./block.ts";
import {
  type Cell,
  cellRef,
  makeCell,
  type Ref,
  shapeOf,
  type Work,
} from "./cells.ts";
import type { Buffer } from "./draft.ts";
import { Fusion, type Unit } from "./fuse.ts";
import { Graph } from "./graph.ts";
import { placeParts, writeKernel } from "./kernels.ts";
import { writeSort } from "./sort.ts";
import {
  chooseLandings,
  type Landing,
  markNeeded,
  orderOverwrites,
  orderUnits,
  type Target,
} from "./landing.ts";
import { type Store, writeMap, writeReduce } from "./map.ts";
import { contiguous } from "./window.ts";

/** Appends to `block` the steps of `program` that bring `targets` about. */
export function lowerBlock(
  block: Block,
  program: Program,
  inputs: readonly Ref[],
  targets: readonly Target[],
): void {
  const graph = new Graph(program, inputs, block.loop);
  const landings = chooseLandings(graph, targets);
  markNeeded(graph, landings);
  const fusion = new Fusion(graph.works);
  const late = orderOverwrites(graph, fusion, landings);
  for (const { cell } of late) block.bufferOf(cell);
  placeConcats(block, graph, landings);
  for (const unit of orderUnits(fusion.units())) {
    writeUnit(block, fusion, unit);
  }
  for (const { cell, target } of late) {
    block.copyTo(cellRef(cell, cell.full), target.buffer, cell.full);
  }
}

function placeConcats(
  block: Block,
  graph: Graph,
  landings: readonly Landing[],
): void {
  const overwriting = new Set<Cell>();
  for (const { cell, target } of landings) {
    if (target.given !== null) overwriting.add(cell);
  }
  // Backwards, so that a concat inside another finds its own place first.
  for (let i = graph.works.length - 1; i >= 0; i--) {
    const { node, needed, operands, outs } = graph.works[i];
    if (node === null || !needed || !isNode(node, "concat")) continue;
    if (!overwriting.has(outs[0])) placeParts(block, node, operands, outs[0]);
  }
}

function writeUnit(block: Block, fusion: Fusion, unit: Unit): void {
  const last = unit.works[unit.works.length - 1];
  const { node } = last;
  if (last.kind === "elementwise") {
    writeMap(block, unit.works, last.iteration!, stores(block, fusion, unit));
  } else if (node !== null && isNode(node, "reduce")) {
    const { op, axes } = node.params;
    writeReduce(block, unit.works.slice(0, -1), last, op, axes);
  } else if (node !== null && isNode(node, "scan")) {
    writeScan(block, node, last);
  } else if (node !== null && isNode(node, "sort")) {
    writeSort(block, node, last);
  } else if (node !== null) {
    writeKernel(block, node, last.operands, last.outs[0]);
  }
}

/** The cells of an elementwise unit that someone else needs. */
function stores(block: Block, fusion: Fusion, unit: Unit): Store[] {
  const list: Store[] = [];
  for (const { outs: [cell] } of unit.works) {
    const wanted = cell.buffer !== null ||
      cell.users.some((user) => fusion.unitOf(user) !== unit);
    if (!wanted) continue;
    const { dtype, full } = cell;
    const buffer = block.bufferOf(cell);
    const window = contiguous(cell.shape.filter((n) => n !== 1));
    list.push({
      source: cellRef(cell, full),
      view: { buffer, dtype, window },
    });
  }
  return list;
}

/** Carries get buffers of their own, which the body reads and overwrites. */
function writeScan(block: Block, node: Node<"scan">, work: Work): void {
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
  lowerBlock(
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
