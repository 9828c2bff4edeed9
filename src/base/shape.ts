/**
 * Arithmetic on static shapes: sizes, strides, axes, broadcasting.
 *
 * @module
 */
import type { DType } from "./dtype.ts";
import { ShapeError } from "./errors.ts";

/** Sizes per axis; `[]` is a scalar. */
export type Shape = readonly number[];

/** What is known about a value before it exists: dtype and shape. */
export interface Aval {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes per axis. */
  readonly shape: Shape;
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = n;
    n *= shape[i];
  }
  return strides;
}

/** Whether two lists of numbers are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `f32[32,2]`. */
export function formatAval(aval: Aval): string {
  return `${aval.dtype}[${aval.shape.join(",")}]`;
}

/** The integers `0 .. n-1`. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/**
 * Axis as a non-negative index.
 *
 * @throws {ShapeError} If `axis` is outside `[-rank, rank)`.
 */
export function normalizeAxis(
  axis: number,
  rank: number,
  what: string,
): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank) {
    throw new ShapeError(
      `Cannot ${what}: axis ${axis} was given for rank ${rank}, expected ` +
        (rank === 0
          ? "no axis: a scalar has none"
          : `an integer from ${-rank} to ${rank - 1}`),
    );
  }
  return a;
}

/** Axes as sorted unique non-negative indices; `null` means all. */
export function normalizeAxes(
  axes: number | readonly number[] | null | undefined,
  rank: number,
  what: string,
): number[] {
  if (axes === null || axes === undefined) return range(rank);
  const list = typeof axes === "number" ? [axes] : axes;
  const out = list.map((a) => normalizeAxis(a, rank, what));
  out.sort((a, b) => a - b);
  for (let i = 1; i < out.length; i++) {
    if (out[i] === out[i - 1]) {
      throw new ShapeError(
        `Cannot ${what}: axis ${
          out[i]
        } was given twice, expected each axis once`,
      );
    }
  }
  return out;
}

/**
 * Shape two operands broadcast to, as numpy.
 *
 * @throws {ShapeError} If an axis has two sizes other than 1.
 */
export function broadcastShapes(a: Aval, b: Aval, what: string): number[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a.shape[i - rank + a.shape.length] ?? 1;
    const y = b.shape[i - rank + b.shape.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `Cannot ${what} ${formatAval(a)} and ${formatAval(b)}: ` +
          `axis ${i} has sizes ${x} and ${y}`,
      );
    }
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** Drops the listed axes from a shape. */
export function withoutAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, i) => !axes.includes(i));
}
