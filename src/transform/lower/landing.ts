/**
 * Where the outputs of a block end up. An output is computed straight in its
 * target where possible, otherwise copied there; a target that is also the
 * memory of something given (a donated input, a carry) is written in place when
 * all reads of the old elements can run before, and at the end otherwise.
 *
 * @module
 */
import { isNode } from "../../ir/program.ts";
import type { Cell, Ref, Work } from "./cells.ts";
import type { Buffer } from "./draft.ts";
import type { Fusion, Unit } from "./fuse.ts";
import type { Graph } from "./graph.ts";

/** Where an output must be stored. */
export interface Target {
  /** Its memory. */
  readonly buffer: Buffer;
  /** What that memory holds when the block starts, or null if nothing. */
  readonly given: Cell | null;
}

/** An output that some work of the block brings to its target. */
export interface Landing {
  /** The stored output. */
  readonly cell: Cell;
  /** Where it must be in the end. */
  readonly target: Target;
}

/**
 * Decides which cells are the outputs, adding copies to `graph` where an
 * output is given, a view, a constant or wanted twice.
 */
export function chooseLandings(
  graph: Graph,
  targets: readonly Target[],
): Landing[] {
  const order = targets.map((_, i) => i);
  // In place first: a copy is worth more where it spares the memory.
  const rank = (i: number) => targets[i].given === null ? 1 : 0;
  order.sort((i, j) => rank(i) - rank(j) || i - j);
  const landings: Landing[] = [];
  for (const i of order) {
    const ref = graph.outputs[i];
    const target = targets[i];
    if (isUnchanged(ref, target)) continue;
    const cell = canLandDirectly(ref, graph) ? ref.cell : graph.copy(ref);
    cell.buffer = target.buffer;
    landings.push({ cell, target });
  }
  return landings;
}

function isUnchanged(ref: Ref, { given }: Target): boolean {
  return ref.kind === "cell" && ref.identity && ref.cell === given;
}

function canLandDirectly(
  ref: Ref,
  graph: Graph,
): ref is Extract<Ref, { kind: "cell" }> {
  return ref.kind === "cell" && ref.identity && ref.cell.buffer === null &&
    ref.cell.work !== null && graph.works[ref.cell.work.id] === ref.cell.work;
}

/** Marks what the outputs need and tells cells their users. */
export function markNeeded(graph: Graph, landings: readonly Landing[]): void {
  for (const { cell } of landings) cell.work!.needed = true;
  for (let i = graph.works.length - 1; i >= 0; i--) {
    const work = graph.works[i];
    if (!work.needed) continue;
    for (const ref of work.operands) {
      const source = ref.kind === "cell" ? ref.cell.work : null;
      // Works of enclosing blocks are needed already.
      if (source !== null && graph.works[source.id] === source) {
        source.needed = true;
      }
    }
  }
  for (const work of graph.works) {
    if (!work.needed) continue;
    for (const ref of work.operands) {
      if (ref.kind === "cell" && ref.cell.users.at(-1) !== work) {
        ref.cell.users.push(work);
      }
    }
  }
}

/**
 * Orders units such that outputs can be written over what their targets hold.
 *
 * @returns The landings for which that is impossible: their cells are stored
 * elsewhere and must be copied to the target after everything else.
 */
export function orderOverwrites(
  graph: Graph,
  fusion: Fusion,
  landings: readonly Landing[],
): Landing[] {
  const late: Landing[] = [];
  for (const landing of landings) {
    const { cell, target: { given } } = landing;
    if (given === null) continue;
    const writer = fusion.unitOf(cell.work!);
    // Cells given from outside also list users in other blocks.
    const users = given.users.filter((work) => graph.works[work.id] === work);
    const readers = new Set(users.map((work) => fusion.unitOf(work)));
    readers.delete(writer);
    const possible = overwrites(writer, cell, given) &&
      [...readers].every((reader) => !fusion.depends(reader, writer));
    if (possible) {
      for (const reader of readers) fusion.order(writer, reader);
    } else {
      cell.buffer = null;
      late.push(landing);
    }
  }
  return late;
}

/** Whether the unit may store `out` over `given`, as far as it reads that. */
function overwrites(unit: Unit, out: Cell, given: Cell): boolean {
  return unit.works.every((work) => {
    const reads = work.operands.flatMap((ref, i) =>
      ref.kind === "cell" && ref.cell === given ? [{ ref, i }] : []
    );
    if (reads.length === 0) return true;
    if (reads.some(({ ref }) => !ref.identity)) return false;
    if (unit.works.at(-1)!.kind === "elementwise") return true;
    return reads.length === 1 && reads[0].i === startsAs(work, out);
  });
}

/** The operand that the kernel copies to `out` before all else, or -1. */
function startsAs(work: Work, out: Cell): number {
  const { node } = work;
  if (node === null) return -1;
  if (isNode(node, "scatter") || isNode(node, "dynamicUpdateSlice")) return 0;
  const k = work.outs.indexOf(out);
  if (isNode(node, "while")) return node.params.constants + k;
  if (!isNode(node, "scan")) return -1;
  const { constants, carries } = node.params;
  return k < carries ? constants + k : -1;
}

/** The units in an order in which each runs after those it needs. */
export function orderUnits(units: readonly Unit[]): Unit[] {
  const order: Unit[] = [];
  const seen = new Set<Unit>();
  const visit = (unit: Unit) => {
    if (seen.has(unit)) return;
    seen.add(unit);
    for (const other of unit.after) visit(other);
    order.push(unit);
  };
  for (const unit of units) visit(unit);
  return order;
}
