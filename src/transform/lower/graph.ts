/**
 * A Program as works and cells. Nodes that only move elements disappear into
 * refs, customVjp into its primal.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { TraceError } from "../../base/errors.ts";
import { range, type Shape } from "../../base/shape.ts";
import { isNode, type Node, type Program } from "../../ir/program.ts";
import {
  type Cell,
  cellRef,
  dtypeOf,
  makeCell,
  type Ref,
  shapeOf,
  type Work,
} from "./cells.ts";
import { inversePerm } from "../ops.ts";
import { moveRef, moveRefAxes } from "./movement.ts";

/** The works of one Program (or body) and the refs of its outputs. */
export class Graph {
  /** Works in an order in which they can run. */
  readonly works: Work[] = [];
  /** The outputs. */
  readonly outputs: readonly Ref[];
  readonly #loop: number;

  /**
   * The works of `program`.
   *
   * @param inputs What stands for the inputs of `program`.
   * @param loop Loop in whose iterations the cells live.
   */
  constructor(program: Program, inputs: readonly Ref[], loop: number) {
    this.#loop = loop;
    this.outputs = this.#walk(program, inputs);
  }

  /** Appends a copy of a ref. */
  copy(ref: Ref): Cell {
    const shape = shapeOf(ref);
    const outs = [{ dtype: dtypeOf(ref), shape }];
    return this.#work("elementwise", null, [ref], outs, shape)[0];
  }

  #work(
    kind: Work["kind"],
    node: Node | null,
    operands: readonly Ref[],
    avals: readonly { dtype: DType; shape: Shape }[],
    iteration: Shape | null,
  ): Cell[] {
    const outs: Cell[] = [];
    const work: Work = {
      id: this.works.length,
      kind,
      node,
      operands,
      outs,
      iteration: iteration?.filter((n) => n !== 1) ?? null,
      needed: false,
    };
    for (const { dtype, shape } of avals) {
      outs.push(makeCell(dtype, shape, work, this.#loop));
    }
    this.works.push(work);
    return outs;
  }

  #walk(program: Program, inputs: readonly Ref[]): Ref[] {
    const refs = new Array<Ref>(program.avals.length);
    program.inputs.forEach((id, i) => refs[id] = inputs[i]);
    for (const node of program.nodes) {
      const operands = node.inputs.map((id) => refs[id]);
      const avals = node.outputs.map((id) => program.avals[id]);
      this.#visit(node, operands, avals).forEach((ref, i) => {
        refs[node.outputs[i]] = ref;
      });
    }
    return program.outputs.map((id) => refs[id]);
  }

  #visit(
    node: Node,
    operands: readonly Ref[],
    avals: readonly { dtype: DType; shape: Shape }[],
  ): Ref[] {
    if (isNode(node, "customVjp")) {
      return this.#walk(node.params.primal, operands);
    }
    rejectUnbound(node);
    const moved = moveRef(node, operands, (ref) => this.copy(ref));
    if (moved !== null) return [moved];
    if (isNode(node, "sort")) return this.#sort(node, operands, avals);
    const elementwise = ELEMENTWISE.has(node.primitive);
    const kind = elementwise
      ? "elementwise"
      : node.primitive === "reduce"
      ? "reduce"
      : "kernel";
    const iteration = kind === "kernel" ? null : shapeOf(operands[0]);
    const outs = this.#work(kind, node, operands, avals, iteration);
    return outs.map((cell) => cellRef(cell, cell.full));
  }

  /** Rows of what is sorted are contiguous: their axis is the last. */
  #sort(
    node: Node<"sort">,
    operands: readonly Ref[],
    avals: readonly { dtype: DType; shape: Shape }[],
  ): Ref[] {
    const rank = avals[0].shape.length;
    const perm = toTheEnd(rank, node.params.axis);
    const moved = operands.map((ref) => moveRefAxes(ref, perm));
    const outs = this.#work(
      "kernel",
      node,
      moved,
      avals.map(({ dtype }, i) => ({ dtype, shape: shapeOf(moved[i]) })),
      null,
    );
    const back = inversePerm(perm);
    return outs.map((cell) => moveRefAxes(cellRef(cell, cell.full), back));
  }
}

/** The order of axes that brings one to the end. */
function toTheEnd(rank: number, axis: number): number[] {
  return [...range(rank).filter((i) => i !== axis), axis];
}

const ELEMENTWISE: ReadonlySet<string> = new Set<Node["primitive"]>([
  "unary",
  "binary",
  "compare",
  "select",
  "affine",
  "cast",
  "bitcast",
]);

/** Refuses the primitives that earlier passes must have removed. */
function rejectUnbound(node: Node): void {
  if (isNode(node, "psum") || isNode(node, "axisIndex")) {
    const name = JSON.stringify(node.params.axisName);
    throw new TraceError(
      `Cannot run ${node.primitive} over axis ${name}: no axis of that name ` +
        "is in scope, expected an enclosing vmap: call it inside a function " +
        `given to vmap with { axisName: ${name} }`,
    );
  }
  if (isNode(node, "debugPrint")) {
    throw new TraceError(
      `Cannot lower debugPrint ${JSON.stringify(node.params.format)}: a plan ` +
        "has no effects, expected prints to have become outputs: hoist them " +
        "first",
    );
  }
}
