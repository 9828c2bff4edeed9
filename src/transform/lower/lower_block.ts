/**
 * Lowers a block: its Program becomes works, works become units, and each unit
 * in turn becomes calls, or a loop or a choice around blocks of its own.
 *
 * @module
 */
import { isNode, type Program } from "../../ir/program.ts";
import type { Block } from "./block.ts";
import { type Cell, cellRef, type Ref } from "./cells.ts";
import { writeCond, writeScan, writeWhile } from "./flow.ts";
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
    writeScan(block, node, last, lowerBlock);
  } else if (node !== null && isNode(node, "while")) {
    writeWhile(block, node, last, lowerBlock);
  } else if (node !== null && isNode(node, "cond")) {
    writeCond(block, node, last, lowerBlock);
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
