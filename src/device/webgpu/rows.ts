/**
 * Tasks that work on rows: of a batch, each sample by itself. A workgroup can
 * then run several tasks, one after another, on rows of its own, without
 * anybody else having to wait.
 *
 * @module
 */
import type { Axes, Extent, Operand, Task } from "./tasks.ts";

/** What a task touches when a workgroup runs it on some rows. */
export interface RowAccess extends Extent {
  /** Whether the task writes there. */
  readonly written: boolean;
  /** Whether a row touches only its own share of the region. */
  readonly own: boolean;
}

/**
 * What a task touches by `rows` rows; null if it cannot be run by rows.
 *
 * @param regionOf The whole that an operand is part of, null if unknown.
 */
export function accessByRows(
  task: Task,
  rows: number,
  regionOf: (operand: Operand) => Extent | null,
): RowAccess[] | null {
  const { code, operands, axes } = task;
  if (code.kind !== "items" || code.rows === undefined) return null;
  if (axes === null || code.rows % rows !== 0) return null;
  const list = operands.map((operand, i): RowAccess => {
    const region = regionOf(operand);
    const own = axes[i];
    const isOwn = region !== null && own !== null &&
      staysInRows(own, operand.origin - region.first, region, rows);
    const { base, first, end, written } = operand;
    return isOwn
      ? { ...region, written, own: true }
      : { base, first, end, written, own: false };
  });
  return list.some(({ written, own }) => written && !own) ? null : list;
}

/** Whether row `i` of `rows` touches only the `i`th share of the region. */
function staysInRows(
  axes: Axes,
  offset: number,
  { first, end }: Extent,
  rows: number,
): boolean {
  const size = end - first;
  if (size % rows !== 0) return false;
  const share = size / rows;
  const [n = 1, stride = 0, rest] = leading(axes);
  if (n % rows !== 0) return false;
  const each = n / rows;
  if (rows > 1 && stride * each !== share) return false;
  if (offset < 0 || rest < 0 || stride < 0) return false;
  return offset + (each - 1) * stride + rest < share;
}

/**
 * The first axis, joined with those that go on evenly, and how far the others
 * reach; negative if any goes backwards.
 */
function leading({ shape, strides }: Axes): [n: number, s: number, r: number] {
  let n = 1;
  let stride = 0;
  let rest = 0;
  let joining = true;
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const step = strides[axis];
    if (joining && (n === 1 || stride === size * step)) {
      n *= size;
      stride = step;
      return;
    }
    joining = false;
    rest = step < 0 || rest < 0 ? -1 : rest + (size - 1) * step;
  });
  return [n, stride, rest];
}
