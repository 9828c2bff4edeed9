/**
 * The names of `jax.numpy` in the table of `docs/numpy.md`, and why some are
 * not there.
 */

/** The names of one module of JAX. */
export interface JaxModule {
  /** How JAX users write it. */
  readonly jax: string;
  /** Our namespace. */
  readonly ours: string;
  /** Its names by theme, separated by spaces. */
  readonly names: Readonly<Record<string, string>>;
  /** What has another name here than the one in camelCase. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** What is not there, with the reason or what to use. */
  readonly absent?: Readonly<Record<string, string>>;
  /** What differs, for names that are there. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** A reason. */
export const COMPLEX = "there are no complex numbers";
const BYTES = "there are no integers of 8 bits";
const DATA = "the size of the result depends on the data";
/** A reason. */
export const SINGULAR = "needs singular values or eigenvalues";
const TREES = "Python's buffers and files; see `data` and `pxu`";

/** The names of `jax.numpy`. */
export const NUMPY: JaxModule = {
  jax: "jax.numpy",
  ours: "jnp",
  names: {
    "Creation": "array asarray copy zeros ones full empty zeros_like " +
      "ones_like full_like empty_like arange linspace logspace geomspace " +
      "eye identity tri tril triu diag diagflat diagonal fill_diagonal " +
      "vander meshgrid indices fromfunction tril_indices triu_indices " +
      "tril_indices_from triu_indices_from diag_indices " +
      "diag_indices_from mask_indices bartlett blackman hamming hanning " +
      "kaiser frombuffer fromfile fromiter fromstring from_dlpack " +
      "load save savez",
    "Arithmetic": "add subtract multiply divide true_divide floor_divide " +
      "mod remainder fmod divmod negative positive power pow float_power " +
      "square sqrt cbrt reciprocal abs absolute fabs sign signbit " +
      "copysign heaviside maximum minimum fmax fmin clip hypot ldexp " +
      "frexp nextafter spacing modf gcd lcm",
    "Exponentials": "exp exp2 expm1 log log2 log10 log1p logaddexp " +
      "logaddexp2 i0 sinc",
    "Angles": "sin cos tan arcsin arccos arctan arctan2 asin acos atan " +
      "atan2 sinh cosh tanh arcsinh arccosh arctanh asinh acosh atanh " +
      "deg2rad rad2deg radians degrees unwrap",
    "Rounding": "round around rint floor ceil trunc fix nan_to_num",
    "Comparison": "equal not_equal less less_equal greater greater_equal " +
      "isclose allclose array_equal array_equiv isnan isinf isfinite " +
      "isposinf isneginf iscomplex isreal isscalar",
    "Logic and bits": "logical_and logical_or logical_xor logical_not " +
      "bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_invert " +
      "invert bitwise_count left_shift right_shift bitwise_left_shift " +
      "bitwise_right_shift packbits unpackbits",
    "Choices": "where select choose piecewise compress extract place put " +
      "putmask",
    "Reductions": "sum prod mean var std max min amax amin argmax argmin " +
      "any all ptp average median quantile percentile count_nonzero " +
      "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanargmax " +
      "nanargmin nanmedian nanquantile nanpercentile cumsum cumprod " +
      "cumulative_sum cumulative_prod nancumsum nancumprod cov corrcoef " +
      "trapezoid",
    "Shapes": "reshape ravel transpose permute_dims matrix_transpose " +
      "swapaxes moveaxis rollaxis expand_dims squeeze broadcast_to " +
      "broadcast_arrays broadcast_shapes atleast_1d atleast_2d " +
      "atleast_3d resize astype shape ndim size",
    "Joins and cuts": "concatenate concat stack unstack hstack vstack " +
      "dstack column_stack block append insert delete split array_split " +
      "hsplit vsplit dsplit tile repeat pad flip fliplr flipud roll rot90 " +
      "trim_zeros",
    "Order": "sort argsort lexsort partition argpartition searchsorted " +
      "digitize sort_complex",
    "Search and counts": "take take_along_axis put_along_axis nonzero " +
      "flatnonzero argwhere bincount histogram histogram_bin_edges " +
      "histogram2d histogramdd unravel_index ravel_multi_index ix_ " +
      "unique unique_all unique_counts unique_inverse unique_values " +
      "union1d intersect1d setdiff1d setxor1d isin",
    "Products": "matmul dot vdot vecdot inner outer tensordot einsum " +
      "einsum_path kron cross trace matvec vecmat",
    "Differences and neighbours": "diff ediff1d gradient convolve " +
      "correlate interp",
    "Polynomials": "polyval polyadd polysub polymul polydiv polyint " +
      "polyder polyfit poly roots",
    "Functions of functions": "vectorize apply_along_axis " +
      "apply_over_axes frompyfunc",
    "Complex numbers": "real imag conj conjugate angle",
    "Constants": "pi e inf nan euler_gamma newaxis",
    "Dtypes": "float32 int32 uint32 bool_ float64 float16 bfloat16 int8 " +
      "int16 int64 uint8 uint16 uint64 complex64 dtype finfo iinfo " +
      "promote_types result_type can_cast issubdtype",
    "Updates": "ndarray.at",
  },
  renamed: { "ndarray.at": "at", pow: "power", true_divide: "divide" },
  notes: {
    "ndarray.at": "`x.at[i, :, 2:5].set(v)` is " +
      "`jnp.at(x, i, null, [2, 5]).set(v)`",
    copy: "tensors never change, so it is the same one",
    empty: "zeros",
    bincount: "takes a length",
    nanquantile: "of one share, on the line between neighbours",
    unique: "takes a size, as in JAX's jit, and so do the other sets",
    frexp: "numbers too small to be normal may count as 0",
    nonzero: "takes a size, as in JAX's jit",
    flatnonzero: "takes a size, as in JAX's jit",
    argwhere: "takes a size, as in JAX's jit",
    pad: "modes constant, edge, reflect, symmetric and wrap",
    delete: "indices are JS numbers",
    gradient: "one axis, even spacing",
  },
  absent: {
    fill_diagonal: "use `jnp.where(jnp.eye(n), v, x)`",
    tril_indices_from: "use `trilIndices(n, k, m)`",
    triu_indices_from: "use `triuIndices(n, k, m)`",
    diag_indices_from: "use `diagIndices(n)`",
    mask_indices: DATA,
    kaiser: "needs Bessel functions",
    i0: "needs Bessel functions",
    frombuffer: "use `tensor(typedArray)`",
    fromfile: TREES,
    fromiter: "use `tensor([...iterable])`",
    fromstring: TREES,
    from_dlpack: TREES,
    load: TREES,
    save: TREES,
    savez: TREES,
    spacing: "not yet",
    iscomplex: COMPLEX,
    isreal: COMPLEX,
    isscalar: "use `x.ndim === 0`",
    packbits: BYTES,
    unpackbits: BYTES,
    compress: DATA,
    extract: DATA,
    place: "use `at(x, mask).set(v)`",
    put: "use `at(x, indices).set(v)`",
    putmask: "use `at(x, mask).set(v)`",
    put_along_axis: "use `at(x, ...index).set(v)`",
    shape: "use `x.shape`",
    ndim: "use `x.ndim`",
    size: "use `x.size`",
    trim_zeros: DATA,
    sort_complex: COMPLEX,
    partition: "use `sort`",
    argpartition: "use `argsort`",
    histogram2d: "not yet",
    histogramdd: "not yet",
    ix_: "use `at` with index tensors that broadcast",
    einsum_path: "operands join from the left to the right",
    poly: "not yet",
    polydiv: "not yet",
    polyfit: "use `linalg.lstsq(vander(x), y)`",
    unique_counts: "use `uniqueAll`",
    unique_inverse: "use `uniqueAll`",
    unique_values: "use `unique`",
    roots: SINGULAR,
    vectorize: "use `jax.vmap`",
    apply_along_axis: "use `jax.vmap`",
    apply_over_axes: "use several axes",
    frompyfunc: "use `jax.vmap`",
    real: COMPLEX,
    imag: COMPLEX,
    conj: COMPLEX,
    conjugate: COMPLEX,
    angle: COMPLEX,
    newaxis: "use `expandDims`",
    float32: 'the string `"f32"`',
    int32: 'the string `"i32"`',
    uint32: 'the string `"u32"`',
    bool_: 'the string `"bool"`',
    float64: "on the reference device only, to check gradients",
    float16: "all elements have 32 bits",
    bfloat16: "all elements have 32 bits",
    int8: "all elements have 32 bits",
    int16: "all elements have 32 bits",
    int64: "all elements have 32 bits",
    uint8: "all elements have 32 bits",
    uint16: "all elements have 32 bits",
    uint64: "all elements have 32 bits",
    complex64: COMPLEX,
    dtype: "dtypes are strings",
    finfo: "f32 is the only float",
    iinfo: "i32 and u32 are the only integers",
    promote_types: "bool < u32 < i32 < f32",
    result_type: "bool < u32 < i32 < f32; JS numbers are weak",
    can_cast: "bool < u32 < i32 < f32",
    issubdtype: "compare the strings",
  },
};
