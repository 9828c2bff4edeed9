/**
 * Names, signatures and data of the AssemblyScript kernels (`asm/`).
 *
 * Pointers are byte offsets into the memory, sizes are counts of 4-byte
 * elements (f32, i32, u32, or bool stored as u32 0/1). Pointers need 4-byte
 * alignment only. A kernel may read up to 16 bytes past an operand and writes
 * exactly its result; an elementwise kernel may overwrite an operand in place.
 *
 * @module
 */

/** Bytes at the start of the memory that hold the kernels' constants. */
export const KERNEL_DATA_BYTES = 16384;

/** Byte offset into the memory. */
export type Pointer = number;

/** `(n, x, out)`. */
export type UnaryKernel = (n: number, x: Pointer, out: Pointer) => void;

/** `(n, a, b, out)`. */
export type BinaryKernel = (
  n: number,
  a: Pointer,
  b: Pointer,
  out: Pointer,
) => void;

/** `(n, condition, a, b, out)`. */
export type SelectKernel = (
  n: number,
  condition: Pointer,
  a: Pointer,
  b: Pointer,
  out: Pointer,
) => void;

/** x `[outer, red, inner]` to out `[outer, inner]`. */
export type ReduceKernel = (
  outer: number,
  red: number,
  inner: number,
  x: Pointer,
  out: Pointer,
) => void;

/** x and out `[outer, red, inner]`; `reverse` is 0 or 1. */
export type CumsumKernel = (
  outer: number,
  red: number,
  inner: number,
  x: Pointer,
  out: Pointer,
  reverse: number,
) => void;

/** Over the last axis of x `[rows, cols]`; out must not overlap x. */
export type RowKernel = (
  rows: number,
  cols: number,
  x: Pointer,
  out: Pointer,
) => void;

/**
 * `C[M,N] (+)= A B`; lda, ldb, ldc are elements between rows as stored. C is
 * added to when `acc` is 1. W is scratch of `gemm_scratch` bytes, which C must
 * not overlap. C may have any ldc >= N; what lies between its rows is kept.
 */
export type GemmKernel = (
  M: number,
  N: number,
  K: number,
  A: Pointer,
  lda: number,
  B: Pointer,
  ldb: number,
  C: Pointer,
  ldc: number,
  W: Pointer,
  acc: number,
) => void;

/** x `[outer, nIn, inner]`, idx i32, out `[outer, nIdx, inner]`. */
export type GatherKernel = (
  outer: number,
  nIn: number,
  inner: number,
  nIdx: number,
  x: Pointer,
  idx: Pointer,
  out: Pointer,
) => void;

/** out `[outer, nIn, inner]` (updated), idx i32, updates `[outer, nIdx, inner]`. */
export type ScatterKernel = (
  outer: number,
  nIn: number,
  inner: number,
  nIdx: number,
  out: Pointer,
  idx: Pointer,
  updates: Pointer,
) => void;

/** A 4-d walk: sizes, strides in elements (0 and negative allowed), pointers. */
export type StridedKernel = (
  d0: number,
  d1: number,
  d2: number,
  d3: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  src: Pointer,
  out: Pointer,
) => void;

/**
 * Functions of one f32; `not` is of bool and `isnan` gives bool. The `_i32`
 * forms of neg, abs and square serve u32 where that has a meaning.
 */
export type UnaryName =
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
  | "isnan"
  | "neg_i32"
  | "abs_i32"
  | "sign_i32"
  | "sign_u32"
  | "square_i32"
  | "not_i32";

/**
 * Functions of two operands: f32 without suffix. and, or, xor, shl and the
 * add, sub, mul of i32 serve all integers; shr_s is of i32, shr_u of u32.
 */
export type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "pow"
  | "rem"
  | "atan2"
  | "add_i32"
  | "sub_i32"
  | "mul_i32"
  | "div_i32"
  | "rem_i32"
  | "max_i32"
  | "min_i32"
  | "pow_i32"
  | "div_u32"
  | "rem_u32"
  | "max_u32"
  | "min_u32"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr_s"
  | "shr_u";

/** Comparisons, to bool; eq and ne of i32 serve u32 and bool. */
export type CompareName =
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq_i32"
  | "ne_i32"
  | "lt_i32"
  | "le_i32"
  | "gt_i32"
  | "ge_i32"
  | "lt_u32"
  | "le_u32"
  | "gt_u32"
  | "ge_u32";

/** Casts that change bits; `i32_bool` serves u32, `bool_f32` is `u32_f32`. */
export type CastName =
  | "f32_i32"
  | "f32_u32"
  | "i32_f32"
  | "u32_f32"
  | "f32_bool"
  | "i32_bool"
  | "bool_f32";

/** Reductions: f32 without suffix; `sum_i32` and `prod_i32` serve u32. */
export type ReduceName =
  | "sum"
  | "max"
  | "min"
  | "prod"
  | "sum_i32"
  | "max_i32"
  | "min_i32"
  | "prod_i32"
  | "max_u32"
  | "min_u32";

/** How scatter combines; `set` serves all dtypes, `add_i32` serves u32. */
export type ScatterName =
  | "set"
  | "add"
  | "min"
  | "max"
  | "add_i32"
  | "min_i32"
  | "max_i32"
  | "min_u32"
  | "max_u32";

/** `u_<op>(n, x, out)`. */
export type UnaryKernels = {
  readonly [P in `u_${UnaryName}` | `cast_${CastName}` | "copy"]: UnaryKernel;
};

/**
 * `b_<op>_<form>` and `c_<op>_<form>`. Form `vv` takes two arrays; in `vs` and
 * `sv` the operand marked `s` points to one element, used for all.
 */
export type BinaryKernels = {
  readonly [
    P in `${`b_${BinaryName}` | `c_${CompareName}`}_${"vv" | "vs" | "sv"}`
  ]: BinaryKernel;
};

/** `select_<form>`: `s` marks a value operand of one element. */
export type SelectKernels = {
  readonly [P in `select_${"vv" | "vs" | "sv" | "ss"}`]: SelectKernel;
};

/** `r_<op>`, `argmax`, `argmin`; argmax and argmin write i32. */
export type ReduceKernels = {
  readonly [
    P in
      | `r_${ReduceName}`
      | `${"argmax" | "argmin"}${"" | "_i32" | "_u32"}`
  ]: ReduceKernel;
};

/** `scatter_<op>` with idx `[nIdx]`, `_b` with idx `[outer, nIdx]`. */
export type ScatterKernels = {
  readonly [P in `scatter_${ScatterName}${"" | "_b"}`]: ScatterKernel;
};

/** Every kernel of the binary. */
export interface Kernels
  extends
    UnaryKernels,
    BinaryKernels,
    SelectKernels,
    ReduceKernels,
    ScatterKernels {
  /** A `[M,K]`, B `[K,N]`. */
  readonly gemm_nn: GemmKernel;
  /** A `[M,K]`, B stored `[N,K]`. */
  readonly gemm_nt: GemmKernel;
  /** A stored `[K,M]`, B `[K,N]`. */
  readonly gemm_tn: GemmKernel;
  /** A stored `[K,M]`, B stored `[N,K]`. */
  readonly gemm_tt: GemmKernel;
  /**
   * Bytes of scratch a product needs; `form` is 0 nn, 1 nt, 2 tn, 3 tt. At
   * least 64-byte alignment of the scratch is fastest, 4 bytes suffice.
   */
  readonly gemm_scratch: (
    M: number,
    N: number,
    K: number,
    form: number,
  ) => number;
  /** Sets n elements to the 32 bits of `value`. */
  readonly fill: (n: number, value: number, out: Pointer) => void;
  /** `out[i] = start + i * step`, each rounded once from double. */
  readonly iota_f32: (
    n: number,
    start: number,
    step: number,
    out: Pointer,
  ) => void;
  /** `out[i] = start + i * step` modulo 2^32. */
  readonly iota_i32: (
    n: number,
    start: number,
    step: number,
    out: Pointer,
  ) => void;
  /** `x * scale + shift` in double precision, rounded once. */
  readonly affine: (
    n: number,
    x: Pointer,
    scale: number,
    shift: number,
    out: Pointer,
  ) => void;
  /** Strided src into contiguous out. */
  readonly strided4: StridedKernel;
  /** Contiguous src into strided out. */
  readonly strided_store4: StridedKernel;
  /** Running sum of f32. */
  readonly cumsum: CumsumKernel;
  /** Running sum of i32 or u32. */
  readonly cumsum_i32: CumsumKernel;
  /** `exp(x) / sum(exp(x))` per row. */
  readonly softmax: RowKernel;
  /** `x - log(sum(exp(x)))` per row. */
  readonly log_softmax: RowKernel;
  /** Indices `[nIdx]`, clamped. */
  readonly gather: GatherKernel;
  /** Indices `[outer, nIdx]`, clamped. */
  readonly gather_b: GatherKernel;
  /**
   * Threefry-2x32 for `batch` keys (two words each): first walks the path of
   * `pathLen` pairs (i, n) of i32, where key becomes row i of split(key, n),
   * or fold_in(key, i) when n is 0. Then per key writes, by `kind`:
   * 0 the key (2 words); 1 rows `start .. start+count` of split(key, total)
   * (2 words each); 2 elements `start .. start+count` of bits(total).
   * `mode` is 1 for JAX's partitionable threefry, 0 for legacy.
   */
  readonly random_bits: (
    batch: number,
    keys: Pointer,
    path: Pointer,
    pathLen: number,
    mode: number,
    kind: number,
    start: number,
    count: number,
    total: number,
    out: Pointer,
  ) => void;
}
