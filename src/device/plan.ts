/**
 * Plan: what a device runs. A tree of calls, loops and branches over numbered buffers,
 * with all memory decided. Every address is a run-time base plus an offset, so
 * two models of one structure share a Plan.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import type { Aval, Shape } from "../base/shape.ts";
import type {
  BinaryOp,
  CompareOp,
  PrimitiveParams,
  ReduceOp,
  ScatterMode,
  UnaryOp,
} from "../ir/primitives.ts";

/** A loop's contribution to an address: `bytes` per iteration. */
export interface LoopStep {
  /** Which loop: {@link Loop.id}. */
  readonly loop: number;
  /** Bytes the address moves per iteration; negative in a reverse scan. */
  readonly bytes: number;
}

/**
 * A contiguous buffer at `bases[base] + offset + sum(iteration * bytes)`.
 * Base 0 is the executable's arena of temporaries, base `1 + i` the memory of
 * input `i`, base `1 + inputs + j` the memory of output `j`.
 */
export interface BufferPlace {
  /** Index in the run-time table of bases. */
  readonly base: number;
  /** Bytes from the base; a multiple of 4 (of 64 where the planner chose). */
  readonly offset: number;
  /** Elements. */
  readonly size: number;
  /** Movement with enclosing loops; empty for most buffers. */
  readonly steps: readonly LoopStep[];
}

/** A strided window on a buffer. */
export interface View {
  /** Index in {@link Plan.buffers}. */
  readonly buffer: number;
  /** Element type. */
  readonly dtype: DType;
  /** Elements from the start of the buffer. */
  readonly offset: number;
  /** Sizes per axis. */
  readonly shape: Shape;
  /** Elements per step of each axis: 0 repeats, negative reverses. */
  readonly strides: readonly number[];
}

/**
 * One scalar operation of a fused loop. Registers are numbered: first one per
 * operand view of the call, then one per instruction.
 */
export type Instruction =
  | { readonly op: "constant"; readonly dtype: DType; readonly value: number }
  /** Index along an axis of the iteration shape. */
  | { readonly op: "index"; readonly dtype: DType; readonly axis: number }
  | {
    readonly op: "unary";
    readonly fn: UnaryOp;
    /** Dtype of the operand. */
    readonly dtype: DType;
    readonly args: readonly [number];
  }
  | {
    readonly op: "binary";
    readonly fn: BinaryOp;
    readonly dtype: DType;
    readonly args: readonly [number, number];
  }
  | {
    readonly op: "compare";
    readonly fn: CompareOp;
    /** Dtype of the operands; the result is bool. */
    readonly dtype: DType;
    readonly args: readonly [number, number];
  }
  | {
    readonly op: "select";
    /** Dtype of the two values; the condition is bool. */
    readonly dtype: DType;
    readonly args: readonly [number, number, number];
  }
  | {
    readonly op: "affine";
    readonly scale: number;
    readonly shift: number;
    readonly args: readonly [number];
  }
  | {
    readonly op: "cast" | "bitcast";
    readonly from: DType;
    readonly to: DType;
    readonly args: readonly [number];
  };

/** Windows that slide over the last axes of an operand. */
export interface Windows {
  /** Sizes of the window. */
  readonly window: Shape;
  /** How many windows there are per axis. */
  readonly places: Shape;
  /** Elements from one window to the next. */
  readonly strides: readonly number[];
  /** Elements from one element of a window to the next. */
  readonly dilation: readonly number[];
}

/** What a call computes. `reads` and `writes` are the views of the call. */
export type Kernel =
  /**
   * Fused elementwise loop over `shape`. All reads and writes have that shape;
   * `results[i]` is the register stored to `writes[i]`. A write may be a
   * strided window (concat and pad are made of those). A read and a write of
   * one buffer in one call are the same view, so each element may be
   * overwritten once all results of that element have read it.
   */
  | {
    readonly kind: "map";
    readonly shape: Shape;
    readonly instructions: readonly Instruction[];
    readonly results: readonly number[];
  }
  /**
   * Fused elementwise loop over `shape`, then a reduction of register `result`
   * over `axes` into the contiguous `writes[0]`.
   */
  | {
    readonly kind: "reduce";
    readonly op: ReduceOp;
    readonly shape: Shape;
    readonly axes: readonly number[];
    readonly instructions: readonly Instruction[];
    readonly result: number;
  }
  /**
   * `C[b,m,n] = sum_k A[b,m,k] B[b,k,n]`; k is at least 1, A has any strides,
   * C is contiguous. B is `packed`, a view `[b, packedSize(k, n)]` on what the
   * kernel `pack` wrote; or it has stride 1 (or size 1) along n; or it and A
   * have that along k.
   */
  | {
    readonly kind: "dot";
    readonly b: number;
    readonly m: number;
    readonly n: number;
    readonly k: number;
    readonly packed: boolean;
  }
  /**
   * Rearranges right operands of `dot`, `[b,k,n]` with stride 1 (or size 1)
   * along n or k, as suits the device; writes `[b, packedSize(k, n)]`, which is
   * contiguous, and of which only `dot` makes sense.
   */
  | {
    readonly kind: "pack";
    readonly b: number;
    readonly k: number;
    readonly n: number;
  }
  /** reads: x `[outer, red, inner]`, contiguous; writes: i32 `[outer, inner]`. */
  | {
    readonly kind: "argreduce";
    readonly op: "max" | "min";
    readonly outer: number;
    readonly red: number;
    readonly inner: number;
  }
  /**
   * reads: keys `[rows, n]`, the most important first; writes: i32 `[rows, n]`,
   * for each place of a row the place of the element that belongs there; all
   * contiguous. The order is that of the primitive `sort`.
   */
  | { readonly kind: "sort"; readonly rows: number; readonly n: number }
  /** reads and writes: `[outer, red, inner]`, contiguous. */
  | {
    readonly kind: "cumsum";
    readonly outer: number;
    readonly red: number;
    readonly inner: number;
    readonly reverse: boolean;
  }
  /**
   * reads: x `[batch, outer, n, inner]`, indices `[batch, count]`; writes:
   * `[batch, outer, count, inner]`; all contiguous; indices are clamped.
   */
  | {
    readonly kind: "gather";
    readonly batch: number;
    readonly outer: number;
    readonly n: number;
    readonly inner: number;
    readonly count: number;
  }
  /**
   * reads: indices `[batch, count]`, updates `[batch, outer, count, inner]`;
   * writes: `[batch, outer, n, inner]`, which already holds the operand; all
   * contiguous; stray indices are dropped; later updates win in mode "set".
   */
  | {
    readonly kind: "scatter";
    readonly mode: ScatterMode;
    readonly batch: number;
    readonly outer: number;
    readonly n: number;
    readonly inner: number;
    readonly count: number;
  }
  /** reads: x `[batch, ..shape]`, starts `[batch, rank]`; contiguous. */
  | {
    readonly kind: "dynamicSlice";
    readonly batch: number;
    readonly shape: Shape;
    readonly sizes: Shape;
  }
  /**
   * reads: update `[batch, ..sizes]`, starts `[batch, rank]`; writes:
   * `[batch, ..shape]`, which already holds the operand; contiguous.
   */
  | {
    readonly kind: "dynamicUpdateSlice";
    readonly batch: number;
    readonly shape: Shape;
    readonly sizes: Shape;
  }
  /**
   * `out[g,b,o,p..] = sum x[g,b,f,p*strides+t*dilation ..] w[g,o,f,t..]` over f
   * and the window t. reads: x `[g, b, f, ..spatial]` in any strides, and w
   * `[g, o, f, ..window]`; writes: out `[g, b, o, ..places]`; in both the axes
   * of the window and of the places follow each other in order.
   */
  | ({ readonly kind: "conv" } & Windows)
  /**
   * Weights for `winograd`: reads w `[g, o, f, 3, 3]` in any strides; writes
   * `[g, 16, o, f]`, contiguous: the elements of `G w G^T` for each output and
   * feature, where the rows of G are 1 0 0, 1/2 1/2 1/2, 1/2 -1/2 1/2, 0 0 1.
   */
  | { readonly kind: "winogradWeights" }
  /**
   * `conv` with windows of 3 x 3, steps of 1 and an even number of places on
   * both axes, in 16 products for each 2 x 2 places (Winograd's F(2x2, 3x3)).
   * Sums are as exact as over windows, but infinite elements make their tile NaN.
   * reads: x `[g, b, f, h, w]`, whose last axis has stride 1, and what
   * `winogradWeights` wrote; writes: out as `conv`.
   */
  | { readonly kind: "winograd" }
  /**
   * reads: x `[rows, ..spatial]` in any strides; writes: `[rows, ..places]`,
   * contiguous: the reduction of each window.
   */
  | (
    & { readonly kind: "reduceWindow"; readonly op: "sum" | "max" | "min" }
    & Windows
  )
  /**
   * The same, but writes i32: the place, in row-major order, of the first
   * extreme among the last axes of an operand of shape `[rows, ..whole]` that
   * starts `lo` elements after x on each axis; -1 where there is none.
   */
  | (
    & {
      readonly kind: "argWindow";
      readonly op: "max" | "min";
      readonly lo: readonly number[];
      readonly whole: Shape;
    }
    & Windows
  )
  /** reads: keys `[batch, 2]`; writes the drawn words; contiguous. */
  | {
    readonly kind: "random";
    readonly batch: number;
    readonly params: PrimitiveParams["random"];
  };

/** Elements of a packed `[k,n]`: devices may pad the columns. */
export function packedSize(k: number, n: number): number {
  return k * Math.ceil(n / 4) * 4;
}

/** One kernel run. */
export interface Call {
  /** Discriminates from {@link Loop}. */
  readonly step: "call";
  /** What is computed. */
  readonly kernel: Kernel;
  /** Operands. */
  readonly reads: readonly View[];
  /** Results. */
  readonly writes: readonly View[];
}

/** `count` runs of `body`; addresses with a {@link LoopStep} move along. */
export interface Loop {
  /** Discriminates from {@link Call}. */
  readonly step: "loop";
  /** Number of this loop, unique in its Plan. */
  readonly id: number;
  /** Iterations. */
  readonly count: number;
  /** What each iteration runs. */
  readonly body: readonly Step[];
}

/**
 * Runs `condition`, then, if `flag` is not 0, `body`, and so on: `body` at most
 * `most` times.
 */
export interface While {
  /** Discriminates from {@link Call}. */
  readonly step: "while";
  /** One bool, which the condition writes. */
  readonly flag: View;
  /** The most runs of the body; null for any number. */
  readonly most: number | null;
  /** What runs before each turn. */
  readonly condition: readonly Step[];
  /** What each turn runs. */
  readonly body: readonly Step[];
}

/** Runs one of `branches`. */
export interface Branch {
  /** Discriminates from {@link Call}. */
  readonly step: "branch";
  /** Its number, one i32; clamped. No branch writes it. */
  readonly index: View;
  /** What each branch runs. */
  readonly branches: readonly (readonly Step[])[];
}

/** A node of the Plan's tree. */
export type Step = Call | Loop | While | Branch;

/** The lists of steps inside a step. */
export function stepLists(step: Step): readonly (readonly Step[])[] {
  if (step.step === "call") return [];
  if (step.step === "loop") return [step.body];
  return step.step === "while" ? [step.condition, step.body] : step.branches;
}

/** An output of a Plan. */
export interface PlanOutput {
  /** Dtype and shape. */
  readonly aval: Aval;
  /** Input whose memory this output takes over, or null for fresh memory. */
  readonly donated: number | null;
}

/** What a device compiles and runs. */
export interface Plan {
  /** Dtype and shape of each input; each is contiguous. */
  readonly inputs: readonly Aval[];
  /** Results; each is contiguous. */
  readonly outputs: readonly PlanOutput[];
  /** All buffers. */
  readonly buffers: readonly BufferPlace[];
  /** Bytes of temporaries. */
  readonly arenaBytes: number;
  /** What runs, in order. */
  readonly steps: readonly Step[];
}
