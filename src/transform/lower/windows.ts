/**
 * Convolutions and reductions over windows: what slides gets its padding in a
 * copy, made once for all that slide over the same elements, so that kernels
 * know windows only.
 *
 * @module
 */
import { range, type Shape, sizeOf } from "../../base/shape.ts";
import type { Windows } from "../../device/plan.ts";
import type { Sliding } from "../../ir/primitives.ts";
import type { Node } from "../../ir/program.ts";
import { placesOf, spread } from "../../ir/windows.ts";
import { type Block, viewDense } from "./block.ts";
import {
  type Cell,
  type CellRef,
  cellRef,
  makeCell,
  type Ref,
  shapeOf,
} from "./cells.ts";
import type { DraftView } from "./draft.ts";
import { fill } from "./map.ts";
import {
  contiguous,
  isContiguous,
  reshapeWindow,
  sliceWindow,
  transposeWindow,
  type Window,
} from "./window.ts";

/** Shorter runs of weights cost a kernel more than a copy. */
const SHORT_RUN = 64;

/** Fewer features, outputs or tiles than this are faster without transforms. */
const WINOGRAD = 16;

/** Writes a `conv`. */
export function writeConv(
  block: Block,
  { params }: Node<"conv">,
  [x, w]: readonly Ref[],
  out: Cell,
): void {
  const { groups, batchGroups, outsFirst } = params;
  const [outs, features, ...window] = shapeOf(w);
  if (features === 0) return fill(block, out, 0);
  const g = groups * batchGroups;
  const image = padded(block, x, 2, params, 0);
  const spatial = shapeOf(x).slice(2);
  const places = placesOf(spatial, window, params);
  const [samples, own] = outsFirst ? [1, 0] : [0, 1];
  const result = splitAxis(contiguous(out.shape), own, g);
  const at = [own, samples + (samples > own ? 1 : 0), own + 1];
  const source: DraftView = {
    ...image,
    window: groups > 1
      ? toFront(splitAxis(image.window, 1, g), 1)
      : splitAxis(image.window, 0, g),
  };
  const target: DraftView = {
    buffer: block.bufferOf(out),
    dtype: out.dtype,
    window: transposeWindow(result, [
      ...at,
      ...range(window.length).map((i) => i + 3),
    ]),
  };
  const { strides, dilation } = params;
  const tiles = out.size / outs / 4;
  const suitsWinograd = String(window) === "3,3" &&
    [...strides, ...dilation].every((n) => n === 1) &&
    places.every((n) => n % 2 === 0) && source.window.strides[4] === 1 &&
    Math.min(features, outs / g, tiles) >= WINOGRAD;
  if (suitsWinograd) {
    const u = winogradWeights(block, w, [g, outs / g, features, ...window]);
    block.call({ kind: "winograd" }, [source, u], [target]);
    return;
  }
  block.call({ kind: "conv", window, places, strides, dilation }, [
    source,
    weights(block, w, [g, outs / g, features, ...window]),
  ], [target]);
}

/** Weights of 3 x 3 for `winograd`, made once for all that use them. */
function winogradWeights(
  block: Block,
  ref: Ref,
  shape: readonly [number, number, number, ...number[]],
): DraftView {
  const [g, outs, features] = shape;
  const transformed = [g, 16, outs, features];
  const w = ref.kind === "cell" ? ref : denseRef(block, ref);
  const size = sizeOf(transformed);
  const dense = block.derived(w, "winograd", size, (owner, buffer) => {
    const from = { ...owner.view(w), window: splitAxis(w.window, 0, g) };
    const to = viewDense({ buffer, offset: 0, dtype: "f32" }, transformed);
    owner.call({ kind: "winogradWeights" }, [from], [to]);
  });
  return viewDense(dense, transformed);
}

/** An axis as `n` groups and their parts. */
function splitAxis(w: Window, axis: number, n: number): Window {
  const part = w.shape[axis] / n;
  return {
    offset: w.offset,
    shape: w.shape.toSpliced(axis, 1, n, part),
    strides: w.strides.toSpliced(
      axis,
      1,
      part * w.strides[axis],
      w.strides[axis],
    ),
  };
}

function toFront(w: Window, axis: number): Window {
  const rest = range(w.shape.length).filter((a) => a !== axis);
  return transposeWindow(w, [axis, ...rest]);
}

/** Weights in which the elements of a window follow each other. */
function weights(block: Block, ref: Ref, shape: Shape): DraftView {
  if (ref.kind === "cell") {
    const { window } = ref;
    const taps = {
      ...window,
      shape: window.shape.slice(2),
      strides: window.strides.slice(2),
    };
    const size = sizeOf(taps.shape);
    const inRow = window.shape[1] === 1 || window.strides[1] === size;
    if (isContiguous(taps) && (inRow || size >= SHORT_RUN)) {
      return { ...block.view(ref), window: splitAxis(window, 0, shape[0]) };
    }
  }
  return viewDense(block.dense(ref), shape);
}

/** Writes a `reduceWindow` or an `argWindow`. */
export function writeReduceWindow(
  block: Block,
  node: Node<"reduceWindow"> | Node<"argWindow">,
  [x]: readonly Ref[],
  out: Cell,
): void {
  const { op, window, strides, dilation } = node.params;
  const inner = "inner" in node.params
    ? node.params.inner
    : range(window.length).map(() => 0);
  const sliding = { ...node.params, inner };
  const lead = shapeOf(x).length - window.length;
  const whole = shapeOf(x).slice(lead);
  const places = placesOf(whole, window, sliding);
  const windows: Windows = { window, places, strides, dilation };
  const rows = sizeOf(shapeOf(x).slice(0, lead));
  const value = op === "sum" ? 0 : op === "max" ? -Infinity : Infinity;
  const target = { buffer: block.bufferOf(out), offset: 0, dtype: out.dtype };
  block.call(
    node.primitive === "argWindow"
      ? {
        kind: "argWindow",
        op: node.params.op,
        ...windows,
        lo: sliding.lo,
        whole,
      }
      : { kind: "reduceWindow", op: node.params.op, ...windows },
    [rowsOf(block, x, lead, rows, sliding, value)],
    [viewDense(target, [rows, ...places])],
  );
}

/** The padded operand with its leading axes as one. */
function rowsOf(
  block: Block,
  x: Ref,
  lead: number,
  rows: number,
  sliding: Sliding,
  value: number,
): DraftView {
  const merged = (window: Window) =>
    reshapeWindow(window, [rows, ...window.shape.slice(lead)]);
  const view = padded(block, x, lead, sliding, value);
  const window = merged(view.window);
  if (window !== null) return { ...view, window };
  // Padding makes a copy, so nothing was added here.
  const dense = padded(block, denseRef(block, x), lead, sliding, value);
  return { ...dense, window: merged(dense.window)! };
}

/** A ref on elements in row-major order. */
function denseRef(block: Block, ref: Ref): CellRef {
  const { buffer, offset, dtype } = block.dense(ref);
  const cell = makeCell(dtype, shapeOf(ref), null, block.loop, buffer);
  return {
    kind: "cell",
    cell,
    window: { ...cell.full, offset },
    identity: false,
  };
}

/** An operand with what `sliding` adds to its axes from `lead` on. */
function padded(
  block: Block,
  ref: Ref,
  lead: number,
  sliding: Sliding,
  value: number,
): DraftView {
  const x = ref.kind === "cell" ? ref : denseRef(block, ref);
  const { shape } = x.window;
  const axes = shape.map((n, axis) =>
    axis < lead ? margins(n, 0, 0, 0) : margins(
      n,
      sliding.lo[axis - lead],
      sliding.hi[axis - lead],
      sliding.inner[axis - lead],
    )
  );
  const kept = axes.map((a) => a.count);
  const window = sliceWindow(
    x.window,
    axes.map((a) => a.first),
    kept,
    axes.map(() => 1),
  );
  if (axes.every((a) => a.count === a.total)) {
    return { ...block.view(x), window };
  }
  // In the order of memory, so that transposed operands share their copy.
  const order = range(shape.length).sort((i, j) =>
    Math.abs(window.strides[j]) - Math.abs(window.strides[i])
  );
  const ordered = order.map((i) => axes[i]);
  const full = contiguous(ordered.map((a) => a.total));
  const inside = cellRef(x.cell, transposeWindow(window, order));
  const text = ordered.map((a) => `${a.total}+${a.at}*${a.step}`);
  const dense = block.derived(
    inside,
    `${value} ${text}`,
    sizeOf(full.shape),
    (owner, buffer) => {
      owner.copyTo(constant(value, full.shape), buffer, full);
      const start = ordered.map((a) => a.at);
      const step = ordered.map((a) => a.step);
      const part = sliceWindow(full, start, shapeOf(inside), step);
      owner.copyTo(inside, buffer, part);
    },
  );
  const back = order.map((_, axis) => order.indexOf(axis));
  return {
    ...dense,
    window: { ...transposeWindow(full, back), offset: dense.offset },
  };
}

function constant(value: number, shape: Shape): Ref {
  return {
    kind: "generator",
    dtype: "f32",
    shape,
    axis: null,
    value,
    casts: ["f32"],
  };
}

/** An axis of size `n` with something around and between its elements. */
function margins(n: number, lo: number, hi: number, inner: number) {
  const step = inner + 1;
  const total = Math.max(0, spread(n, inner) + lo + hi);
  const first = Math.min(n, Math.max(0, Math.ceil(-lo / step)));
  const last = Math.min(n - 1, Math.floor((total - 1 - lo) / step));
  const count = Math.max(0, last - first + 1);
  return { total, first, count, at: first * step + lo, step };
}
