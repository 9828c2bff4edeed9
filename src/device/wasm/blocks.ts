/**
 * Large iteration spaces cut into blocks, so that temporaries stay in the
 * caches.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import {
  type Assembly,
  type LoopOptions,
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

/** Up to this many elements are done in one pass. */
export const ONE_PASS = 16384;
/** Elements of a block: temporaries of this size stay in the caches. */
const BLOCK = 4096;

/** The block's shape, the windows on it, and its first axis. */
export type BlockBody = (
  shape: Shape,
  windows: readonly (Window | undefined)[],
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
 *
 * @param options Of the loops.
 */
export function inBlocks(
  assembly: Assembly,
  shape: Shape,
  windows: readonly (Window | undefined)[],
  body: BlockBody,
  options: LoopOptions = {},
): void {
  const cut = blockedAxis(shape);
  const inner = shape.slice(cut + 1);
  const rows = Math.max(1, Math.floor(BLOCK / sizeOf(inner)));
  const descend = (
    axis: number,
    at: readonly (Window | undefined)[],
  ): void => {
    const move = (id: number, n: number) =>
      at.map((w) =>
        w && {
          ...w,
          address: assembly.moving(w.address, id, 4 * n * w.strides[axis]),
        }
      );
    if (axis < cut) {
      assembly.loop(
        shape[axis],
        (id) => descend(axis + 1, move(id, 1)),
        options,
      );
      return;
    }
    const inside = (list: typeof at) =>
      list.map((w) => w && { ...w, strides: w.strides.slice(cut) });
    const whole = Math.floor(shape[cut] / rows);
    assembly.loop(
      whole,
      (id) => body([rows, ...inner], inside(move(id, rows)), cut),
      options,
    );
    const rest = shape[cut] - whole * rows;
    if (rest === 0) return;
    const end = at.map((w) =>
      w && {
        ...w,
        address: shifted(w.address, 4 * whole * rows * w.strides[cut]),
      }
    );
    body([rest, ...inner], inside(end), cut);
  };
  descend(0, windows);
}
