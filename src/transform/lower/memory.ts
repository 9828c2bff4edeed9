/**
 * Addresses for the buffers of a draft. Temporaries share one arena: each is
 * alive from its first to its last use (all through a loop that uses it from
 * outside), and dead memory is reused, the best fitting block first.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { sameShape } from "../../base/shape.ts";
import {
  blocksOf,
  type Buffer,
  type Draft,
  type DraftCall,
  type DraftStep,
  NO_LOOP,
  wholeOf,
} from "./draft.ts";
import { FreeList } from "./free_list.ts";
import type { Window } from "./window.ts";

/** Where the temporaries of a draft are. */
export interface Arena {
  /** Bytes from the start of the arena, by buffer id. */
  readonly offsets: Float64Array;
  /** Bytes in all. */
  readonly bytes: number;
}

/** First and last use of each temporary, as positions in running order. */
interface Lifetimes {
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Calls by position; loops take a position at either end. */
  readonly calls: (DraftCall | null)[];
}

/** Kernels may read up to 16 bytes behind a buffer. */
function paddedBytes(buffer: Buffer): number {
  const bytes = Math.ceil(buffer.size * ELEMENT_BYTES / 16) * 16 + 16;
  return Math.ceil(bytes / 64) * 64;
}

/** Places all temporaries that `steps` use. */
export function placeTemporaries(
  draft: Draft,
  steps: readonly DraftStep[],
): Arena {
  const { first, last, calls } = lifetimes(draft, steps);
  const starting: Buffer[][] = calls.map(() => []);
  const ending: Buffer[][] = calls.map(() => []);
  for (const buffer of draft.buffers) {
    if (first[buffer.id] < 0) continue;
    starting[first[buffer.id]].push(buffer);
    ending[last[buffer.id]].push(buffer);
  }
  const offsets = new Float64Array(draft.buffers.length);
  const free = new FreeList();
  calls.forEach((call, position) => {
    const dying = new Set(ending[position]);
    for (const buffer of starting[position]) {
      const heir = call === null ? null : overwritable(call, buffer, dying);
      if (heir !== null) {
        dying.delete(heir);
        offsets[buffer.id] = offsets[heir.id];
      } else {
        offsets[buffer.id] = free.take(paddedBytes(buffer));
      }
    }
    for (const buffer of dying) {
      free.give(offsets[buffer.id], paddedBytes(buffer));
    }
  });
  return { offsets, bytes: free.end };
}

/** A dying operand that `call` may overwrite with `result`, or null. */
function overwritable(
  call: DraftCall,
  result: Buffer,
  dying: ReadonlySet<Buffer>,
): Buffer | null {
  if (call.kernel.kind !== "map") return null;
  const writes = call.writes.filter(({ buffer }) => wholeOf(buffer) === result);
  if (writes.length !== 1 || writes[0].buffer !== result) return null;
  const [{ window }] = writes;
  for (const { buffer } of call.reads) {
    const fits = dying.has(buffer) && buffer !== result &&
      buffer.size === result.size &&
      call.reads.every((read) =>
        wholeOf(read.buffer) !== buffer ||
        read.buffer === buffer && sameWindow(read.window, window)
      );
    if (fits) return buffer;
  }
  return null;
}

/** Whether two windows name the same elements in the same order. */
function sameWindow(a: Window, b: Window): boolean {
  return a.offset === b.offset && sameShape(a.shape, b.shape) &&
    sameShape(a.strides, b.strides);
}

function lifetimes(draft: Draft, steps: readonly DraftStep[]): Lifetimes {
  const first = new Int32Array(draft.buffers.length).fill(-1);
  const last = new Int32Array(draft.buffers.length).fill(-1);
  const calls: (DraftCall | null)[] = [];
  const touch = (id: number, from: number, to: number) => {
    if (first[id] < 0 || first[id] > from) first[id] = from;
    if (last[id] < to) last[id] = to;
  };
  /** Walks one block; yields the temporaries it uses from outside. */
  const walk = (block: readonly DraftStep[], loop: number): Set<Buffer> => {
    const foreign = new Set<Buffer>();
    const kept = new Set<Buffer>();
    const use = (buffer: Buffer, from: number, to: number) => {
      const { id, home } = buffer;
      if (buffer.loop !== loop) foreign.add(buffer);
      else touch(id, from, to);
      if (home.kind === "arena" && home.kept) kept.add(buffer);
    };
    for (const step of block) {
      const from = calls.length;
      calls.push(step.step === "call" ? step : null);
      if (step.step === "call") {
        for (const views of [step.reads, step.writes]) {
          for (const view of views) {
            const buffer = wholeOf(view.buffer);
            if (buffer.home.kind === "arena") use(buffer, from, from);
          }
        }
      } else {
        const { blocks, decides } = blocksOf(step);
        const used = new Set<Buffer>();
        // Whoever looks at it later than others must still find it.
        if (decides !== null) {
          const buffer = wholeOf(decides.buffer);
          if (buffer.home.kind === "arena") used.add(buffer);
        }
        for (const { steps, id } of blocks) {
          for (const buffer of walk(steps, id)) used.add(buffer);
        }
        const to = calls.length;
        calls.push(null);
        for (const buffer of used) use(buffer, from, to);
      }
    }
    for (const { id, loop: own } of kept) {
      if (own === loop) touch(id, calls.length - 1, calls.length - 1);
    }
    return foreign;
  };
  walk(steps, NO_LOOP);
  return { first, last, calls };
}
