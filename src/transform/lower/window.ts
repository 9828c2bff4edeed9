/**
 * Windows: strided ways of reading a contiguous block of elements. Movement
 * primitives become functions from window to window, so that they cost nothing
 * when the Program runs.
 *
 * @module
 */
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";

/** Where the element with a given index is, counted in elements. */
export interface Window {
  /** Position of the first element. */
  readonly offset: number;
  /** Sizes per axis. */
  readonly shape: Shape;
  /** Elements per step of each axis: 0 repeats, negative reverses. */
  readonly strides: readonly number[];
}

/** The whole of a contiguous block, in order. */
export function contiguous(shape: Shape): Window {
  return { offset: 0, shape, strides: stridesOf(shape) };
}

/** Whether the elements follow each other in row-major order. */
export function isContiguous({ shape, strides }: Window): boolean {
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1 && strides[i] !== n) return false;
    n *= shape[i];
  }
  return true;
}

/** Axis `i` of the window becomes axis `axes[i]` of the result. */
export function broadcastWindow(
  w: Window,
  shape: Shape,
  axes: readonly number[],
): Window {
  const strides = new Array<number>(shape.length).fill(0);
  axes.forEach((axis, i) => strides[axis] = w.strides[i]);
  return { offset: w.offset, shape, strides };
}

/** Axis `i` of the result is axis `perm[i]` of the window. */
export function transposeWindow(w: Window, perm: readonly number[]): Window {
  return {
    offset: w.offset,
    shape: perm.map((a) => w.shape[a]),
    strides: perm.map((a) => w.strides[a]),
  };
}

/** Every `stride`-th element from `start` on, per axis. */
export function sliceWindow(
  w: Window,
  start: readonly number[],
  shape: Shape,
  stride: readonly number[],
): Window {
  let offset = w.offset;
  if (sizeOf(shape) > 0) {
    start.forEach((s, i) => offset += s * w.strides[i]);
  }
  return { offset, shape, strides: w.strides.map((s, i) => s * stride[i]) };
}

/** The order of elements reversed along `axes`. */
export function reverseWindow(w: Window, axes: readonly number[]): Window {
  const strides = [...w.strides];
  let offset = w.offset;
  for (const axis of axes) {
    offset += Math.max(0, w.shape[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  return { offset, shape: w.shape, strides };
}

/** The window without its axes of size 1. */
export function squeeze(w: Window): Window {
  if (!w.shape.includes(1)) return w;
  return {
    offset: w.offset,
    shape: w.shape.filter((n) => n !== 1),
    strides: w.strides.filter((_, i) => w.shape[i] !== 1),
  };
}

/**
 * The window with another shape and the same elements in row-major order, or
 * null where strides cannot express it.
 */
export function reshapeWindow(w: Window, shape: Shape): Window | null {
  if (isContiguous(w) || sizeOf(shape) === 0) {
    return { offset: w.offset, shape, strides: stridesOf(shape) };
  }
  const from = squeeze(w);
  const strides = new Array<number>(shape.length).fill(1);
  // Both shapes split into runs of axes of equal size; within a run the old
  // axes must be mergeable, then the new axes are cut out of the merged one.
  let i = 0;
  let j = 0;
  while (i < from.shape.length) {
    let old = from.shape[i++];
    const firstOld = i - 1;
    const firstNew = j;
    let next = 1;
    while (next !== old) {
      if (next < old) next *= shape[j++];
      else old *= from.shape[i++];
    }
    for (let k = firstOld; k < i - 1; k++) {
      if (from.strides[k] !== from.strides[k + 1] * from.shape[k + 1]) {
        return null;
      }
    }
    let stride = from.strides[i - 1];
    for (let k = j - 1; k >= firstNew; k--) {
      strides[k] = stride;
      stride *= shape[k];
    }
  }
  return { offset: w.offset, shape, strides };
}

/** Which axes {@link collapseAll} may not merge with the axis before them. */
export type Boundaries = ReadonlySet<number>;

/**
 * Merges adjacent axes that are contiguous in all windows. All windows have
 * the given shape, without axes of size 1.
 *
 * @param boundaries Axes that must not merge with the axis before them.
 * @returns The merged windows, and for each old axis its new axis.
 */
export function collapseAll(
  shape: Shape,
  windows: readonly Window[],
  boundaries: Boundaries,
): { shape: number[]; windows: Window[]; axisOf: number[] } {
  const merged: number[] = [];
  const axisOf: number[] = [];
  const last: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    const joins = i > 0 && !boundaries.has(i) &&
      windows.every((w) => w.strides[i - 1] === w.strides[i] * shape[i]);
    if (joins) {
      merged[merged.length - 1] *= shape[i];
      last[last.length - 1] = i;
    } else {
      merged.push(shape[i]);
      last.push(i);
    }
    axisOf.push(merged.length - 1);
  }
  if (merged.length === 0) {
    const one = (w: Window) => ({ offset: w.offset, shape: [1], strides: [1] });
    return { shape: [1], windows: windows.map(one), axisOf };
  }
  return {
    shape: merged,
    windows: windows.map((w) => ({
      offset: w.offset,
      shape: merged,
      strides: last.map((i) => w.strides[i]),
    })),
    axisOf,
  };
}
