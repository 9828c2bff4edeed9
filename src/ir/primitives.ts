/**
 * The closed list of primitives a Program is made of, with the static
 * parameters of each. A new primitive starts here; the total tables of
 * `shape_rules.ts` and of each transform then show what it still lacks.
 *
 * Operands of elementwise primitives have equal shapes: broadcasting is a node
 * of its own, so that no rule has to think about it.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import type { Shape } from "../base/shape.ts";
import type { Program } from "./program.ts";

/** Elementwise functions of one operand. */
export type UnaryOp =
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "ceil"
  | "round"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "tanh"
  | "sigmoid"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "square"
  | "erf"
  | "erfinv"
  | "not"
  | "isnan";

/** Elementwise functions of two operands of one dtype. */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "pow"
  | "rem"
  | "atan2"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr";

/** Comparisons; the result is bool. */
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** Reductions over axes. */
export type ReduceOp = "sum" | "max" | "min" | "prod";

/** How scatter combines an update with what is there. */
export type ScatterMode = "set" | "add" | "min" | "max";

/**
 * One step of a key's derivation: row `index` of `split(key, total)`, or, with
 * `total` 0, `foldIn(key, index)`.
 */
export type KeyStep = readonly [index: number, total: number];

/**
 * How windows slide over the last axes of a tensor, per axis: `inner` zeros
 * between its elements and `lo` and `hi` zeros at its ends (fewer elements where
 * negative), then a window every `strides`, with `dilation - 1` elements left
 * out between its own.
 */
export interface Sliding {
  /** From one window to the next. */
  readonly strides: readonly number[];
  /** From one element of a window to the next. */
  readonly dilation: readonly number[];
  /** Zeros before the first element. */
  readonly lo: readonly number[];
  /** Zeros after the last element. */
  readonly hi: readonly number[];
  /** Zeros between elements. */
  readonly inner: readonly number[];
}

/** Static parameters of each primitive. */
export interface PrimitiveParams {
  /** A scalar known at trace time. */
  constant: { readonly dtype: DType; readonly value: number };
  /** `0, 1, 2, ...` along `axis`. */
  iota: {
    readonly dtype: DType;
    readonly shape: Shape;
    readonly axis: number;
  };
  /** Elementwise function of one operand. */
  unary: { readonly op: UnaryOp };
  /** Elementwise function of two operands of equal dtype and shape. */
  binary: { readonly op: BinaryOp };
  /** Comparison of two operands of equal dtype and shape. */
  compare: { readonly op: CompareOp };
  /** `condition ? a : b`, elementwise. */
  select: Record<never, never>;
  /** `x * scale + shift` in double precision, rounded to f32 once. */
  affine: { readonly scale: number; readonly shift: number };
  /** Value conversion; NaN and out-of-range floats become 0 or saturate. */
  cast: { readonly dtype: DType };
  /** Same bits, other dtype. */
  bitcast: { readonly dtype: DType };
  /** Operand axis `i` becomes output axis `axes[i]`; the others repeat. */
  broadcast: { readonly shape: Shape; readonly axes: readonly number[] };
  /** Same elements in row-major order, other shape. */
  reshape: { readonly shape: Shape };
  /** Output axis `i` is operand axis `perm[i]`. */
  transpose: { readonly perm: readonly number[] };
  /** `x[start:limit:stride]` per axis. */
  slice: {
    readonly start: readonly number[];
    readonly limit: readonly number[];
    readonly stride: readonly number[];
  };
  /** Operands `x` and the scalar fill; `inner[i]` fills between elements. */
  pad: {
    readonly lo: readonly number[];
    readonly hi: readonly number[];
    readonly inner: readonly number[];
  };
  /** Operands joined along `axis`. */
  concat: { readonly axis: number };
  /** Order of elements reversed along `axes`. */
  reverse: { readonly axes: readonly number[] };
  /**
   * Operands x and i32 indices, sharing `batchDims` leading axes:
   * `out[b, s.., i.., t..] = x[b, s.., clamp(indices[b, i..]), t..]`.
   */
  gather: { readonly axis: number; readonly batchDims: number };
  /** Operands x, indices, updates shaped as gather's output; strays dropped. */
  scatter: {
    readonly axis: number;
    readonly batchDims: number;
    readonly mode: ScatterMode;
  };
  /** Operands x and i32 starts `[batch.., rank]`; starts are clamped. */
  dynamicSlice: {
    readonly sizes: readonly number[];
    readonly batchDims: number;
  };
  /** Operands x, update, starts; starts are clamped. */
  dynamicUpdateSlice: { readonly batchDims: number };
  /** Reduction over `axes`, which disappear. */
  reduce: { readonly op: ReduceOp; readonly axes: readonly number[] };
  /** i32 index of the first extreme along `axis`. */
  argreduce: { readonly op: "max" | "min"; readonly axis: number };
  /**
   * Operands of one shape, all in the order that the first `keys` of them have
   * along `axis`: ascending, by the second where the first are equal, and so
   * on; what is equal in all keeps its order. As in JAX -0 equals 0, and NaN
   * comes last.
   */
  sort: { readonly axis: number; readonly keys: number };
  /** Running sum along `axis`. */
  cumsum: { readonly axis: number; readonly reverse: boolean };
  /**
   * Sum of products over the contracted axes; the output has the batch axes,
   * the free axes of the left operand, those of the right.
   */
  dot: {
    readonly contract: readonly [readonly number[], readonly number[]];
    readonly batch: readonly [readonly number[], readonly number[]];
  };
  /**
   * Correlation of x `[batch, features, ..spatial]` and w
   * `[outs, features / groups, ..window]`: `[batch / batchGroups, outs, ..]`,
   * with `outsFirst` `[outs, batch / batchGroups, ..]`. Each group of outs sees
   * a group of its own, of features or of samples.
   */
  conv: Sliding & {
    readonly groups: number;
    readonly batchGroups: number;
    readonly outsFirst: boolean;
  };
  /**
   * Reduction over windows of the last axes. Extremes leave out what `Sliding`
   * adds (-Infinity or Infinity where nothing is left), and have no `inner`.
   */
  reduceWindow: Sliding & {
    readonly op: "sum" | "max" | "min";
    readonly window: Shape;
  };
  /**
   * i32 position, among the elements of the last axes, of the first extreme of
   * each window; -1 where all elements are NaN or -Infinity (Infinity for min).
   */
  argWindow: Omit<Sliding, "inner"> & {
    readonly op: "max" | "min";
    readonly window: Shape;
  };
  /**
   * Threefry-2x32 on keys `u32[batch.., 2]`: first walk `path`, then yield the
   * key itself, `count` rows of `split(key, total)` from row `start`, or random
   * bits of shape `shape`. `partitionable` is JAX's mode of that name.
   */
  random: {
    readonly partitionable: boolean;
    readonly path: readonly KeyStep[];
    readonly draw:
      | { readonly kind: "key" }
      | {
        readonly kind: "split";
        readonly start: number;
        readonly count: number;
        readonly total: number;
      }
      | { readonly kind: "bits"; readonly shape: Shape };
  };
  /** Identity whose derivative is zero. */
  stopGradient: Record<never, never>;
  /** Reduction over the named axis; gone once `batch` has bound the name. */
  psum: { readonly op: "sum" | "max" | "min"; readonly axisName: string };
  /** Index along the named axis; gone once `batch` has bound the name. */
  axisIndex: { readonly axisName: string };
  /**
   * `length` runs of `body`. Operands: constants, initial carries, stacked xs.
   * Body: constants, carries, x slices -> carries, y slices.
   */
  scan: {
    readonly body: Program;
    readonly length: number;
    readonly constants: number;
    readonly carries: number;
    readonly reverse: boolean;
  };
  /**
   * Runs `body` as long as `condition` yields true, at most `maxSteps` times.
   * Operands: constants, initial carries; both Programs take constants and
   * carries. Condition: -> a bool; body: -> carries.
   */
  while: {
    readonly condition: Program;
    readonly body: Program;
    readonly constants: number;
    /** The most runs of the body; null for any number. */
    readonly maxSteps: number | null;
  };
  /**
   * Runs the one of `branches` whose i32 number the first operand is, clamped;
   * the others are the inputs of each branch.
   */
  cond: { readonly branches: readonly Program[] };
  /** `primal`, with its reverse rule given by two further Programs. */
  customVjp: {
    readonly primal: Program;
    /** Operands -> outputs, residuals. */
    readonly forward: Program;
    /** Residuals, cotangents -> cotangents of the operands. */
    readonly backward: Program;
  };
  /** Prints its operands when the Program runs; has no output. */
  debugPrint: { readonly format: string };
}

/** Name of a primitive. */
export type Primitive = keyof PrimitiveParams;
