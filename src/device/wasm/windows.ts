/**
 * Copies between strided windows and contiguous memory, for any rank, and the
 * cutting of large iteration spaces into blocks.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import {
  type Address,
  type Assembly,
  shifted,
  type Window,
} from "./assembly.ts";

/** Whether the window's elements lie one after another, in order. */
export function isContiguous(shape: Shape, { strides }: Window): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** Whether the window is one element, repeated. */
export function isScalar(shape: Shape, { strides }: Window): boolean {
  return shape.every((n, axis) => n === 1 || strides[axis] === 0);
}

/** Merges the axes of a window that are one run of equal steps. */
function collapse(shape: Shape, strides: readonly number[]) {
  const sizes: number[] = [];
  const steps: number[] = [];
  shape.forEach((n, axis) => {
    if (n === 1) return;
    const last = sizes.length - 1;
    if (last >= 0 && steps[last] === n * strides[axis]) {
      sizes[last] *= n;
      steps[last] = strides[axis];
    } else {
      sizes.push(n);
      steps.push(strides[axis]);
    }
  });
  while (sizes.length < 4) {
    sizes.unshift(1);
    steps.unshift(0);
  }
  return { sizes, steps };
}

function stridedCopy(
  assembly: Assembly,
  kernel: "strided4" | "strided_store4",
  shape: Shape,
  window: Window,
  flat: Address,
): void {
  const { sizes, steps } = collapse(shape, window.strides);
  const copy = (axis: number, far: Address, near: Address): void => {
    if (sizes.length - axis > 4) {
      const bytes = 4 * sizeOf(sizes.slice(axis + 1));
      assembly.loop(sizes[axis], (id) =>
        copy(
          axis + 1,
          assembly.moving(far, id, 4 * steps[axis]),
          assembly.moving(near, id, bytes),
        ));
      return;
    }
    const [from, to] = kernel === "strided4" ? [far, near] : [near, far];
    assembly.call(kernel, ...sizes.slice(axis), ...steps.slice(axis), from, to);
  };
  copy(0, window.address, flat);
}

/** Copies a window to contiguous memory. */
export function gatherWindow(
  assembly: Assembly,
  shape: Shape,
  from: Window,
  to: Address,
): void {
  if (isContiguous(shape, from)) {
    assembly.call("copy", sizeOf(shape), from.address, to);
  } else {
    stridedCopy(assembly, "strided4", shape, from, to);
  }
}

/** Copies contiguous memory to a window. */
export function storeWindow(
  assembly: Assembly,
  shape: Shape,
  from: Address,
  to: Window,
): void {
  if (isContiguous(shape, to)) {
    assembly.call("copy", sizeOf(shape), from, to.address);
  } else {
    stridedCopy(assembly, "strided_store4", shape, to, from);
  }
}

/** Up to this many elements are done in one pass. */
export const ONE_PASS = 16384;
/** Elements of a block: temporaries of this size stay in the caches. */
const BLOCK = 4096;

/** Windows on the same block, the block's shape, and its first axis. */
export type BlockBody = (
  shape: Shape,
  windows: readonly Window[],
  axis: number,
) => void;

/** The axis along which {@link inBlocks} cuts a shape. */
export function blockedAxis(shape: Shape): number {
  let axis = 0;
  while (axis + 1 < shape.length && sizeOf(shape.slice(axis + 1)) > BLOCK) {
    axis++;
  }
  return axis;
}

/**
 * Runs `body` on blocks of the iteration space: loops over the axes before
 * {@link blockedAxis}, and cuts that one.
 */
export function inBlocks(
  assembly: Assembly,
  shape: Shape,
  windows: readonly Window[],
  body: BlockBody,
): void {
  const cut = blockedAxis(shape);
  const inner = shape.slice(cut + 1);
  const rows = Math.max(1, Math.floor(BLOCK / sizeOf(inner)));
  const descend = (axis: number, at: readonly Window[]): void => {
    const move = (id: number, n: number) =>
      at.map(({ address, strides }) => ({
        address: assembly.moving(address, id, 4 * n * strides[axis]),
        strides,
      }));
    if (axis < cut) {
      assembly.loop(shape[axis], (id) => descend(axis + 1, move(id, 1)));
      return;
    }
    const inside = (list: readonly Window[]) =>
      list.map(({ address, strides }) => ({
        address,
        strides: strides.slice(cut),
      }));
    const whole = Math.floor(shape[cut] / rows);
    assembly.loop(
      whole,
      (id) => body([rows, ...inner], inside(move(id, rows)), cut),
    );
    const rest = shape[cut] - whole * rows;
    if (rest === 0) return;
    const end = at.map(({ address, strides }) => ({
      address: shifted(address, 4 * whole * rows * strides[cut]),
      strides,
    }));
    body([rest, ...inner], inside(end), cut);
  };
  descend(0, windows);
}
