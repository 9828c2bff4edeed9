/**
 * Names, signatures and data of the AssemblyScript kernels (`asm/`).
 *
 * Pointers are byte offsets into the memory, sizes are counts of 4-byte
 * elements (f32, i32, u32, or bool stored as u32 0/1). Pointers need 4-byte
 * alignment only. A kernel may read up to 16 bytes past an operand and writes
 * exactly its result.
 *
 * @module
 */

/** Bytes at the start of the memory that hold the kernels' constants. */
export const KERNEL_DATA_BYTES = 16384;

/** Most pages of a memory: 4 GiB. */
export const MAXIMUM_PAGES = 65536;

/** Byte offset into the memory. */
export type Pointer = number;

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

/** Columns of a matrix product's right operand that are packed together. */
export const PANEL = 24;

/** Kernels of the matrix product `C[M,N] = A[M,K] B[K,N]`, K at least 1. */
export interface ProductKernels {
  /**
   * A's elements are `rows` and `steps` apart along M and K, the rows of B and
   * C `ldb` and `ldc`. Computes the columns `PANEL * first` to
   * `PANEL * (first + count)`, as far as there are that many.
   */
  readonly gemm: (
    M: number,
    N: number,
    K: number,
    A: Pointer,
    rows: number,
    steps: number,
    B: Pointer,
    ldb: number,
    C: Pointer,
    ldc: number,
    first: number,
    count: number,
  ) => void;
  /** The same with a B that `gemm_pack` wrote. */
  readonly gemm_packed: (
    M: number,
    N: number,
    K: number,
    A: Pointer,
    rows: number,
    steps: number,
    P: Pointer,
    C: Pointer,
    ldc: number,
    first: number,
    count: number,
  ) => void;
  /** A with its rows `lda` apart, B stored `[N,K]` with its rows `ldb` apart. */
  readonly gemm_dots: (
    M: number,
    N: number,
    K: number,
    A: Pointer,
    lda: number,
    B: Pointer,
    ldb: number,
    C: Pointer,
    ldc: number,
  ) => void;
  /**
   * Packs B, stored `[K,N]` or, when `transposed` is 1, `[N,K]`, to P, which
   * has K times N, rounded up to a multiple of 4, elements. Writes the columns
   * `PANEL * first` to `PANEL * (first + count)`.
   */
  readonly gemm_pack: (
    K: number,
    N: number,
    B: Pointer,
    ldb: number,
    transposed: number,
    first: number,
    count: number,
    P: Pointer,
  ) => void;
  /** x `[rows,cols]`, rows `ldx` apart, to out `[cols,rows]`, rows `ldo` apart. */
  readonly transpose: (
    rows: number,
    cols: number,
    x: Pointer,
    ldx: number,
    out: Pointer,
    ldo: number,
  ) => void;
}

/**
 * `out[b,o,p] = sum w[o,f,t] x[b, f, columns[p] + taps[t]]` over F features and
 * T taps. All tables hold bytes, as i32: `table` those from one feature and one
 * sample of x to the next, one feature and one output of w, one sample and one
 * output of out, then the taps; `columns` is filled to a multiple of four. W is
 * scratch of `conv_scratch` bytes.
 */
export type ConvKernel = (
  b: number,
  p: number,
  o: number,
  F: number,
  T: number,
  table: Pointer,
  columns: Pointer,
  x: Pointer,
  w: Pointer,
  out: Pointer,
  W: Pointer,
) => void;

/**
 * Weights w `[o, F, 3, 3]` to u, for {@link WinogradKernel}; F is at least 4.
 * The table holds bytes, as i32: from one output, feature, row and column of w
 * to the next, and from one place of u to the next.
 */
export type WinogradWeightsKernel = (
  o: number,
  F: number,
  table: Pointer,
  w: Pointer,
  u: Pointer,
) => void;

/**
 * Convolution with windows of 3 x 3, p tiles of 2 x 2 results per sample;
 * `row` is the bytes from one row of x to the next. Tables hold bytes, as i32:
 * `table` those from one feature and sample of x, place of u, sample, output
 * and row of out to the next; `tiles` for each tile those to it in x and in
 * out. W is scratch of `winograd_scratch` bytes.
 */
export type WinogradKernel = (
  b: number,
  p: number,
  o: number,
  F: number,
  row: number,
  table: Pointer,
  tiles: Pointer,
  x: Pointer,
  u: Pointer,
  out: Pointer,
  W: Pointer,
) => void;

/**
 * Windows on rows of x, `step` bytes apart, to out `[rows, p]`: taps and columns
 * as for {@link ConvKernel}; for `arg` both are followed by the places in a row
 * that go with them.
 */
export type WindowKernel = (
  rows: number,
  p: number,
  T: number,
  step: number,
  taps: Pointer,
  columns: Pointer,
  x: Pointer,
  out: Pointer,
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
 * Functions of four lanes that generated code calls: `u_` of one vector, `b_`
 * of two; f32 without suffix. `shl` serves i32 and u32, `shr_s` is of i32 and
 * `shr_u` of u32; `b_pow_i32` serves u32. `affine` takes a vector and two f64.
 */
export type VectorName =
  | "u_sin"
  | "u_cos"
  | "u_tan"
  | "u_erf"
  | "u_erfinv"
  | "b_pow"
  | "b_rem"
  | "b_atan2"
  | "b_div_i32"
  | "b_rem_i32"
  | "b_pow_i32"
  | "b_div_u32"
  | "b_rem_u32"
  | "b_shl"
  | "b_shr_s"
  | "b_shr_u"
  | "affine";

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

/** JavaScript has no vectors, so it cannot call these. */
export type VectorKernels = {
  readonly [P in VectorName]: WebAssembly.ExportValue;
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

/**
 * Sorts places `[rows, n]` by keys x `[rows, n]` of a kind: 0 u32, 1 i32,
 * 2 f32. With `first` 1 the places are 0 up to n before.
 */
export type SortKernel = (
  rows: number,
  n: number,
  kind: number,
  first: number,
  x: Pointer,
  places: Pointer,
  scratch: Pointer,
) => void;

/** `window_<op>`. */
export type WindowKernels = {
  readonly [
    P in `window_${"sum" | "max" | "min" | "argmax" | "argmin"}`
  ]: WindowKernel;
};

/** Every kernel of the binary. */
export interface Kernels
  extends
    VectorKernels,
    ReduceKernels,
    ScatterKernels,
    WindowKernels,
    ProductKernels {
  /** Convolution. */
  readonly conv: ConvKernel;
  /** Bytes of scratch a convolution with K = F T elements per window needs. */
  readonly conv_scratch: (K: number) => number;
  /** Weights of 3 x 3 for `winograd`. */
  readonly winograd_weights: WinogradWeightsKernel;
  /** Convolution with windows of 3 x 3. */
  readonly winograd: WinogradKernel;
  /** Bytes of scratch for `tiles` tiles, o outputs and F features. */
  readonly winograd_scratch: (tiles: number, o: number, F: number) => number;
  /** Sets n elements to the 32 bits of `value`. */
  readonly fill: (n: number, value: number, out: Pointer) => void;
  /** Copies n elements. */
  readonly copy: (n: number, x: Pointer, out: Pointer) => void;
  /** Strided src into contiguous out. */
  readonly strided4: StridedKernel;
  /** Contiguous src into strided out. */
  readonly strided_store4: StridedKernel;
  /** Running sum of f32. */
  readonly cumsum: CumsumKernel;
  /** Running sum of i32 or u32. */
  readonly cumsum_i32: CumsumKernel;
  /** Stable order of rows by one key. */
  readonly sort_by: SortKernel;
  /** Bytes of scratch for rows of n elements. */
  readonly sort_scratch: (n: number) => number;
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
