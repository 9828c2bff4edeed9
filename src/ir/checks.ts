/**
 * What rules ask of operands.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { type Aval, formatAval, sameShape } from "../base/shape.ts";

/** Refuses operands. */
export function fail(action: string, given: string, expected: string): never {
  throw new ShapeError(`Cannot ${action}: ${given}, expected ${expected}`);
}

/** Refuses dtypes that are not allowed. */
export function needDtype(
  action: string,
  a: Aval,
  allowed: readonly DType[],
): void {
  if (!allowed.includes(a.dtype)) {
    fail(action, `${formatAval(a)} was given`, allowed.join(" or "));
  }
}

/** Refuses avals that differ. */
export function needSame(action: string, a: Aval, b: Aval): void {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) {
    fail(
      action,
      `${formatAval(a)} and ${formatAval(b)} were given`,
      "equal dtypes and shapes",
    );
  }
}

/** Refuses what does not name each axis once. */
export function needPerm(
  action: string,
  axes: readonly number[],
  rank: number,
): void {
  const seen = new Set(axes);
  if (
    axes.length !== rank || seen.size !== rank ||
    axes.some((a) => !Number.isInteger(a) || a < 0 || a >= rank)
  ) {
    fail(
      action,
      `axes [${axes}] were given for rank ${rank}`,
      `each of the ${rank} axes once`,
    );
  }
}
