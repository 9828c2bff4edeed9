/**
 * The draft of a Plan: the same calls and loops, but over buffers that have no
 * address yet. `memory.ts` turns a draft into the Plan.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type { Kernel, LoopStep } from "../../device/plan.ts";
import type { Window } from "./window.ts";

/** Owner of the buffers that live outside all loops. */
export const NO_LOOP: number = -1;

/** Memory for `size` elements, addressed later. */
export interface Buffer {
  /** Index in {@link Draft.buffers}. */
  readonly id: number;
  /** Elements. */
  readonly size: number;
  /** Loop in whose iterations it lives, or {@link NO_LOOP}. */
  readonly loop: number;
  /** What decides its address. */
  readonly home:
    /** A temporary: the memory planner; a kept one lives to its block's end. */
    | { readonly kind: "arena"; readonly kept: boolean }
    /** An input or output: the caller. */
    | { readonly kind: "base"; readonly base: number }
    /** A part of another buffer, moving with the iterations of a loop. */
    | {
      readonly kind: "part";
      readonly of: Buffer;
      /** Bytes from the start of the other buffer. */
      readonly offset: number;
      readonly steps: readonly LoopStep[];
    };
}

/** A window on a buffer. */
export interface DraftView {
  /** What is read or written. */
  readonly buffer: Buffer;
  /** Element type. */
  readonly dtype: DType;
  /** Which of its elements. */
  readonly window: Window;
}

/** One kernel run. */
export interface DraftCall {
  /** Discriminates from {@link DraftLoop}. */
  readonly step: "call";
  /** What is computed. */
  readonly kernel: Kernel;
  /** Operands. */
  readonly reads: readonly DraftView[];
  /** Results. */
  readonly writes: readonly DraftView[];
}

/** `count` runs of `body`. */
export interface DraftLoop {
  /** Discriminates from {@link DraftCall}. */
  readonly step: "loop";
  /** Number of the loop, unique in the draft. */
  readonly id: number;
  /** Iterations, at least one. */
  readonly count: number;
  /** What each iteration runs. */
  readonly body: readonly DraftStep[];
}

/** Steps whose temporaries live no longer than one run of them. */
export interface DraftBlock {
  /** What owns them: a number as those of loops. */
  readonly id: number;
  /** What runs. */
  readonly steps: readonly DraftStep[];
}

/** Turns as long as the condition leaves something else than 0 in `flag`. */
export interface DraftWhile {
  /** Discriminates from {@link DraftCall}. */
  readonly step: "while";
  /** What the condition writes. */
  readonly flag: DraftView;
  /** The most turns; null for any number. */
  readonly most: number | null;
  /** What runs before each turn. */
  readonly condition: DraftBlock;
  /** What each turn runs. */
  readonly body: DraftBlock;
}

/** One of several blocks. */
export interface DraftBranch {
  /** Discriminates from {@link DraftCall}. */
  readonly step: "branch";
  /** Which, clamped. */
  readonly index: DraftView;
  /** The blocks. */
  readonly branches: readonly DraftBlock[];
}

/** A node of the draft's tree. */
export type DraftStep = DraftCall | DraftLoop | DraftWhile | DraftBranch;

/** The blocks inside a step, and the view that decides what runs. */
export function blocksOf(
  step: Exclude<DraftStep, DraftCall>,
): { blocks: readonly DraftBlock[]; decides: DraftView | null } {
  if (step.step === "loop") {
    return { blocks: [{ id: step.id, steps: step.body }], decides: null };
  }
  return step.step === "while"
    ? { blocks: [step.condition, step.body], decides: step.flag }
    : { blocks: step.branches, decides: step.index };
}

/** All buffers and loops of one Plan in the making. */
export class Draft {
  /** Buffers so far. */
  readonly buffers: Buffer[] = [];
  /** Whether right operands of products are packed. */
  readonly packs: boolean;
  #loops = 0;

  /** An empty draft. */
  constructor(packs: boolean) {
    this.packs = packs;
  }

  /** Declares one more buffer. */
  buffer(size: number, loop: number, home: Buffer["home"]): Buffer {
    const buffer = { id: this.buffers.length, size, loop, home };
    this.buffers.push(buffer);
    return buffer;
  }

  /** A temporary of the iterations of `loop`; a kept one until their end. */
  temporary(size: number, loop: number, kept: boolean = false): Buffer {
    return this.buffer(size, loop, { kind: "arena", kept });
  }

  /** `size` elements of another buffer. */
  part(
    of: Buffer,
    size: number,
    offset: number,
    steps: readonly LoopStep[],
  ): Buffer {
    return this.buffer(size, of.loop, { kind: "part", of, offset, steps });
  }

  /** The number of a new loop. */
  loop(): number {
    return this.#loops++;
  }
}

/** The buffer that `buffer` is a part of, or itself. */
export function wholeOf(buffer: Buffer): Buffer {
  let whole = buffer;
  while (whole.home.kind === "part") whole = whole.home.of;
  return whole;
}
