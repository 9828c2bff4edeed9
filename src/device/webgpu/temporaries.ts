/**
 * Moves temporaries of a Plan apart. A Plan reuses memory as soon as it can;
 * a GPU rather has values of their own places, since then more tasks are
 * independent of each other. Only values that flow into each other stay
 * together: what is written through one buffer and read through another.
 *
 * @module
 */
import { sizeOf } from "../../base/shape.ts";
import type { Extent, Operand, Task } from "./tasks.ts";

/** Tasks, and the memory for their temporaries. */
export interface Apart {
  /** The tasks; temporaries are in other places. */
  readonly tasks: readonly Task[];
  /** Words of memory for temporaries. */
  readonly words: number;
  /** The pieces of it that are seen as a whole, by first word. */
  readonly regions: readonly Extent[];
}

/** The base of temporaries. */
const ARENA = 0;
/** Words that places are multiples of. */
const LINE = 16;
/** Memory may grow by this factor, or up to this many words. */
const MOST_GROWTH = 4;
const FREE_GROWTH = 1 << 20;

/** Words whose elements were written through one buffer. */
interface Segment {
  readonly first: number;
  readonly end: number;
  readonly buffer: number;
}

/** Moves the temporaries of `tasks` apart, or null if that takes too much. */
export function moveApart(
  tasks: readonly Task[],
  arenaWords: number,
): Apart | null {
  const classes = joinFlows(tasks);
  const spans = new Map<number, { first: number; end: number }>();
  for (const { operands } of tasks) {
    for (const operand of operands) {
      if (!isTemporary(operand)) continue;
      const { buffer } = operand.view;
      const root = classes.find(buffer);
      const span = spans.get(root);
      const { first, end } = operand;
      spans.set(root, {
        first: Math.min(first, span?.first ?? first),
        end: Math.max(end, span?.end ?? end),
      });
    }
  }
  const moves = new Map<number, number>();
  const regions: Extent[] = [];
  let words = 0;
  for (const [root, { first, end }] of spans) {
    moves.set(root, words - first);
    const length = end - first;
    regions.push({ base: ARENA, first: words, end: words + length });
    words += Math.ceil(length / LINE) * LINE;
  }
  if (words > Math.max(MOST_GROWTH * arenaWords, FREE_GROWTH)) return null;
  const moved = (operand: Operand): Operand => {
    if (!isTemporary(operand)) return operand;
    const by = moves.get(classes.find(operand.view.buffer))!;
    const { first, end, origin } = operand;
    return {
      ...operand,
      first: first + by,
      end: end + by,
      origin: origin + by,
    };
  };
  return {
    tasks: tasks.map((task) => ({
      ...task,
      operands: task.operands.map(moved),
    })),
    words,
    regions,
  };
}

function isTemporary(
  operand: Operand,
): operand is Operand & { readonly view: NonNullable<Operand["view"]> } {
  return operand.base === ARENA && operand.view !== null;
}

/** Joins the buffers through which the same elements are written and read. */
function joinFlows(tasks: readonly Task[]): Classes {
  const classes = new Classes();
  let segments: Segment[] = [];
  const join = (operand: Extent, buffer: number) => {
    for (const s of segments) {
      if (s.first < operand.end && operand.first < s.end) {
        classes.join(buffer, s.buffer);
      }
    }
  };
  for (const { operands } of tasks) {
    const temporaries = operands.filter(isTemporary);
    for (const operand of temporaries) {
      if (!operand.written) join(operand, operand.view.buffer);
    }
    for (const operand of temporaries) {
      const { written, first, end, view: { buffer, shape } } = operand;
      if (!written) continue;
      // What lies between the elements that it writes may still be needed.
      if (end - first !== sizeOf(shape)) join(operand, buffer);
      segments = [
        ...segments.flatMap((s) => without(s, operand)),
        { first, end, buffer },
      ];
    }
  }
  return classes;
}

/** What is left of a segment where an extent is written over. */
function without(segment: Segment, { first, end }: Extent): Segment[] {
  if (segment.first >= end || first >= segment.end) return [segment];
  return [
    { ...segment, end: Math.min(segment.end, first) },
    { ...segment, first: Math.max(segment.first, end) },
  ].filter((s) => s.first < s.end);
}

/** Sets of buffers. */
class Classes {
  readonly #parent = new Map<number, number>();

  /** The buffer that stands for the set of `buffer`. */
  find(buffer: number): number {
    const parent = this.#parent.get(buffer);
    if (parent === undefined) return buffer;
    const root = this.find(parent);
    this.#parent.set(buffer, root);
    return root;
  }

  /** Makes two sets one. */
  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    if (x !== y) this.#parent.set(y, x);
  }
}
