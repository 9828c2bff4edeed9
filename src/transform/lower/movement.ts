/**
 * Nodes that compute nothing: constants, indices and movements of elements as
 * functions from ref to ref.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import { isNode, type Node } from "../../ir/program.ts";
import { type Cell, cellRef, dtypeOf, type Ref, shapeOf } from "./cells.ts";
import {
  broadcastWindow,
  reshapeWindow,
  reverseWindow,
  sliceWindow,
  transposeWindow,
  type Window,
} from "./window.ts";

type Generator = Extract<Ref, { kind: "generator" }>;

/**
 * The ref that a node yields without computing, or null if it computes.
 *
 * @param copy Appends a copy of a ref, for movements that strides cannot
 * express.
 */
export function moveRef(
  node: Node,
  operands: readonly Ref[],
  copy: (ref: Ref) => Cell,
): Ref | null {
  if (isNode(node, "constant")) {
    const { dtype, value } = node.params;
    return generator({ dtype, value, shape: [], axis: null, casts: [dtype] });
  }
  if (isNode(node, "iota")) {
    const { dtype, shape, axis } = node.params;
    return generator({ dtype, value: 0, shape, axis, casts: [dtype] });
  }
  const [x] = operands;
  if (isNode(node, "stopGradient")) return x;
  if (isNode(node, "concat") && operands.length === 1) return x;
  if (isNode(node, "broadcast")) {
    const { shape, axes } = node.params;
    return move(
      x,
      copy,
      (w) => broadcastWindow(w, shape, axes),
      (g) => ({ ...g, shape, axis: g.axis === null ? null : axes[g.axis] }),
    );
  }
  if (isNode(node, "transpose")) return moveRefAxes(x, node.params.perm);
  if (isNode(node, "slice")) {
    const { start, limit, stride } = node.params;
    const shape = start.map((s, i) => Math.ceil((limit[i] - s) / stride[i]));
    return move(
      x,
      copy,
      (w) => sliceWindow(w, start, shape, stride),
      (g) =>
        g.axis === null || start[g.axis] === 0 && stride[g.axis] === 1
          ? { ...g, shape }
          : null,
    );
  }
  if (isNode(node, "reverse")) {
    const { axes } = node.params;
    return move(
      x,
      copy,
      (w) => reverseWindow(w, axes),
      (g) => g.axis === null || !axes.includes(g.axis) ? g : null,
    );
  }
  if (isNode(node, "reshape")) return reshapeRef(x, node.params.shape, copy);
  if (isNode(node, "reduce")) {
    const { axes } = node.params;
    const shape = shapeOf(x);
    if (axes.some((a) => shape[a] !== 1)) return null;
    return reshapeRef(x, shape.filter((_, i) => !axes.includes(i)), copy);
  }
  if (isNode(node, "cast") && dtypeOf(x) === node.params.dtype) return x;
  if (isNode(node, "cast") && x.kind === "generator") {
    const { dtype } = node.params;
    return { ...x, dtype, casts: [...x.casts, dtype] };
  }
  return null;
}

/** Axis `i` of the result is axis `perm[i]` of the ref. */
export function moveRefAxes(ref: Ref, perm: readonly number[]): Ref {
  if (ref.kind === "cell") {
    return cellRef(ref.cell, transposeWindow(ref.window, perm));
  }
  return generator({
    ...ref,
    shape: perm.map((a) => ref.shape[a]),
    axis: ref.axis === null ? null : perm.indexOf(ref.axis),
  });
}

/** An index along an axis of size 1 is the constant 0. */
function generator(g: Omit<Generator, "kind">): Ref {
  const axis = g.axis === null || g.shape[g.axis] <= 1 ? null : g.axis;
  return { kind: "generator", ...g, axis };
}

function move(
  ref: Ref,
  copy: (ref: Ref) => Cell,
  onWindow: (window: Window) => Window,
  onGenerator: (g: Generator) => Omit<Generator, "kind"> | null,
): Ref {
  if (ref.kind === "cell") return cellRef(ref.cell, onWindow(ref.window));
  const moved = onGenerator(ref);
  if (moved !== null) return generator(moved);
  const cell = copy(ref);
  return cellRef(cell, onWindow(cell.full));
}

function reshapeRef(ref: Ref, shape: Shape, copy: (ref: Ref) => Cell): Ref {
  if (ref.kind === "generator") {
    if (ref.axis === null || sizeOf(shape) === 0) {
      return { ...ref, shape, axis: null };
    }
    const axis = reshapedAxis(ref.shape, shape, ref.axis);
    if (axis !== null) return generator({ ...ref, shape, axis });
  } else {
    const window = reshapeWindow(ref.window, shape);
    if (window !== null) return cellRef(ref.cell, window);
  }
  // A fresh copy is contiguous, so that any shape fits.
  const cell = copy(ref);
  return cellRef(cell, reshapeWindow(cell.full, shape) ?? cell.full);
}

/** The axis of the new shape that runs exactly like `axis` of the old one. */
function reshapedAxis(from: Shape, to: Shape, axis: number): number | null {
  const inner = sizeOf(from.slice(axis + 1));
  let n = 1;
  for (let i = to.length - 1; i >= 0; i--) {
    if (n === inner && to[i] === from[axis]) return i;
    n *= to[i];
  }
  return null;
}
