/**
 * Which tasks must wait for which: those that touch the same words, unless both
 * only read them.
 *
 * @module
 */
import type { Extent, Task } from "./tasks.ts";

/** Whether two extents share words. */
export function overlaps(a: Extent, b: Extent): boolean {
  return a.base === b.base && a.first < b.end && b.first < a.end;
}

/** What was done to some words. */
interface Access extends Extent {
  readonly task: number;
  readonly written: boolean;
}

/** Per task, the tasks before it that it must wait for. */
export function predecessors(tasks: readonly Task[]): number[][] {
  const accesses = new Map<number, Access[]>();
  return tasks.map(({ operands }, task) => {
    const before = new Set<number>();
    for (const operand of operands) {
      for (const other of accesses.get(operand.base) ?? []) {
        if (!(operand.written || other.written)) continue;
        if (overlaps(operand, other)) before.add(other.task);
      }
    }
    for (const { base, first, end, written } of operands) {
      const list = accesses.get(base) ?? [];
      // Who touches these words later waits for this task, so what it waited
      // for need not be known any more.
      const kept = written
        ? list.filter((a) => a.first < first || a.end > end)
        : list;
      kept.push({ base, first, end, written, task });
      accesses.set(base, kept);
    }
    before.delete(task);
    return [...before];
  });
}
