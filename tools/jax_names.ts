/**
 * The names that users of JAX know, and what stands for them here: the data of
 * the table in `docs/numpy.md`, which `numpy_table.ts` writes.
 */
import { COMPLEX, type JaxModule, NUMPY, SINGULAR } from "./jax_numpy_names.ts";

/** All modules of the table. */
export const MODULES: readonly JaxModule[] = [
  NUMPY,
  {
    jax: "jax.numpy.linalg",
    ours: "jnp.linalg",
    names: {
      "Products": "matmul vecdot outer cross tensordot multi_dot " +
        "matrix_power matrix_transpose trace diagonal",
      "Norms": "norm vector_norm matrix_norm det slogdet cond matrix_rank",
      "Equations": "solve inv lstsq tensorsolve tensorinv pinv",
      "Factors": "cholesky qr svd svdvals eig eigh eigvals eigvalsh",
    },
    notes: {
      lstsq: "the solution alone, for matrices of full rank",
      norm: "options `{ ord, axis, keepdims }`",
    },
    absent: {
      cond: SINGULAR,
      matrix_rank: SINGULAR,
      pinv: SINGULAR,
      svd: SINGULAR,
      svdvals: SINGULAR,
      eig: SINGULAR,
      eigh: SINGULAR,
      eigvals: SINGULAR,
      eigvalsh: SINGULAR,
      tensorsolve: "reshape and use `solve`",
      tensorinv: "reshape and use `inv`",
    },
  },
  {
    jax: "jax",
    ours: "jax",
    names: {
      "Transformations": "jit vmap grad value_and_grad jvp vjp linearize " +
        "linear_transpose jacobian jacfwd jacrev hessian custom_vjp " +
        "custom_jvp checkpoint remat closure_convert pmap shard_map " +
        "named_call custom_batching.custom_vmap",
      "Looking inside": "make_jaxpr eval_shape debug.print debug.callback " +
        "debug.breakpoint pure_callback io_callback named_scope",
      "Trees": "tree.map tree.leaves tree.structure tree.flatten " +
        "tree.unflatten tree.reduce tree.all tree.transpose " +
        "tree.map_with_path tree.leaves_with_path tree.flatten_with_path",
      "Devices": "devices device_put device_get block_until_ready " +
        "default_backend local_devices config clear_caches",
    },
    renamed: { make_jaxpr: "makeProgram" },
    notes: {
      make_jaxpr: "print it with `jnp.formatProgram`",
      jit: "JS numbers in arguments are static",
      custom_vjp: "`customVjp(fn, forward, backward)`",
      jacfwd: "of one tensor by one or several tensors",
      jacrev: "of one tensor by one or several tensors",
      jacobian: "of one tensor by one or several tensors",
      hessian: "by one tensor",
      eval_shape: "gives `{ dtype, shape }`",
      "tree.reduce": "takes an initial value",
      "tree.map_with_path": "paths are strings, such as `['w'][0]`",
    },
    absent: {
      linear_transpose: "use `vjp`",
      custom_jvp: "use `customVjp`: forward mode is made of reverse mode",
      checkpoint: "not yet",
      remat: "not yet",
      closure_convert: "captured tensors are inputs by themselves",
      pmap: "one device at a time",
      shard_map: "one device at a time",
      named_call: "programs are flat",
      "custom_batching.custom_vmap": "not yet",
      "debug.callback": "use `debug.print`",
      "debug.breakpoint": "use `debug.print`",
      pure_callback: "programs run without JavaScript",
      io_callback: "programs run without JavaScript",
      named_scope: "programs are flat",
      devices: "use `vodes.devices`",
      device_put: "use `px.devicePut`",
      device_get: "use `await x.data()`",
      block_until_ready: "use `await x.data()`",
      default_backend: "use `vodes.init`",
      local_devices: "use `vodes.devices`",
      config: "use `random.configure` and the options of `vodes.init`",
      clear_caches: "caches have a bound",
      "tree.transpose": "not yet",
    },
  },
  {
    jax: "jax.lax",
    ours: "lax",
    names: {
      "Control flow": "scan fori_loop while_loop cond switch map " +
        "associative_scan select select_n stop_gradient",
      "Named axes": "psum pmean pmax pmin all_gather all_to_all ppermute " +
        "pshuffle pswapaxes psum_scatter axis_index axis_size",
      "Slices": "slice slice_in_dim index_in_dim dynamic_slice " +
        "dynamic_slice_in_dim dynamic_index_in_dim dynamic_update_slice " +
        "dynamic_update_slice_in_dim dynamic_update_index_in_dim gather " +
        "scatter scatter_add scatter_mul scatter_min scatter_max scatter_apply",
      "Shapes": "broadcast broadcast_in_dim broadcast_to_rank " +
        "broadcast_shapes broadcasted_iota iota full full_like reshape " +
        "collapse transpose squeeze expand_dims concatenate pad rev split " +
        "bitcast_convert_type convert_element_type",
      "Products and windows": "dot dot_general batch_matmul conv " +
        "conv_general_dilated conv_transpose conv_with_general_padding " +
        "conv_general_dilated_patches conv_general_dilated_local " +
        "reduce_window",
      "Reductions": "reduce reduce_sum reduce_prod reduce_max reduce_min " +
        "reduce_and reduce_or reduce_xor argmax argmin cumsum cumprod cummax " +
        "cummin cumlogsumexp",
      "Order": "sort sort_key_val top_k approx_max_k approx_min_k",
      "Elementwise": "abs neg sign floor ceil round exp exp2 expm1 log log1p " +
        "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh " +
        "logistic sqrt rsqrt cbrt square integer_pow reciprocal erf erfc " +
        "erf_inv lgamma digamma polygamma betainc igamma igammac " +
        "bessel_i0e bessel_i1e is_finite add sub mul div rem max min pow " +
        "atan2 nextafter clamp eq ne lt le gt ge bitwise_and bitwise_or " +
        "bitwise_xor bitwise_not shift_left shift_right_logical " +
        "shift_right_arithmetic population_count clz complex real imag conj",
      "Linear algebra": "linalg.cholesky linalg.eig linalg.eigh linalg.lu " +
        "linalg.qr linalg.svd linalg.triangular_solve fft " +
        "optimization_barrier",
    },
    renamed: {
      rev: "reverse",
      bitcast_convert_type: "bitcast",
    },
    notes: {
      select: "`select(condition, a, b)`",
      dot_general: "options `{ contract, batch }`",
      reduce_window: 'the operation is `"sum"`, `"max"` or `"min"`',
      axis_size: "as a tensor",
      "linalg.triangular_solve": "by elimination",
      all_gather: "time and memory go with the square of the axis",
      ppermute: "see all_gather",
      all_to_all: "see all_gather",
      div: "operands broadcast, here and in all elementwise functions",
      scatter: "along one axis, with a mode: set, add, min or max",
    },
    absent: {
      gather: "use `jnp.take` and `jnp.at(x, ...index).get()`",
      scatter_add: 'use `scatter` with `{ mode: "add" }`',
      scatter_mul: "use `jnp.at(x, ...index).multiply(v)`",
      scatter_min: 'use `scatter` with `{ mode: "min" }`',
      scatter_max: 'use `scatter` with `{ mode: "max" }`',
      scatter_apply: "use `jnp.at(x, ...index).apply(fn)`",
      conv_transpose: "use `lhsDilation` of `convGeneralDilated`",
      conv_with_general_padding: "use `convGeneralDilated`",
      conv_general_dilated_patches: "not yet",
      conv_general_dilated_local: "not yet",
      reduce: "use `reduceSum` and its kin, or `associativeScan`",
      reduce_xor: "not yet",
      approx_max_k: "use `topK`, which is exact",
      approx_min_k: "use `topK` of `-x`, which is exact",
      polygamma: "not yet",
      betainc: "not yet",
      igamma: "not yet",
      igammac: "not yet",
      bessel_i0e: "not yet",
      bessel_i1e: "not yet",
      complex: COMPLEX,
      real: COMPLEX,
      imag: COMPLEX,
      conj: COMPLEX,
      "linalg.eig": SINGULAR,
      "linalg.eigh": SINGULAR,
      "linalg.lu": "use `jnp.linalg.solve`",
      "linalg.svd": SINGULAR,
      fft: COMPLEX,
      optimization_barrier: "not yet",
    },
  },
  {
    jax: "jax.nn",
    ours: "jax.nn",
    names: {
      "Activations": "relu relu6 leaky_relu elu celu selu gelu silu swish " +
        "mish softplus squareplus sparse_plus sparse_sigmoid soft_sign " +
        "sigmoid log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh " +
        "tanh glu identity",
      "Rows": "softmax log_softmax logsumexp logmeanexp log1mexp " +
        "standardize one_hot",
      "Attention": "dot_product_attention scaled_matmul scaled_dot_general",
    },
    absent: {
      scaled_matmul: "all elements have 32 bits",
      scaled_dot_general: "all elements have 32 bits",
    },
  },
  {
    jax: "jax.nn.initializers",
    ours: "jax.nn.initializers",
    names: {
      "All": "zeros ones constant uniform normal truncated_normal " +
        "variance_scaling glorot_uniform glorot_normal xavier_uniform " +
        "xavier_normal lecun_uniform lecun_normal he_uniform he_normal " +
        "kaiming_uniform kaiming_normal orthogonal delta_orthogonal",
    },
  },
  {
    jax: "jax.random",
    ours: "jax.random",
    names: {
      "Keys": "key PRNGKey split fold_in clone key_data wrap_key_data " +
        "key_impl bits",
      "Draws": "uniform normal truncated_normal bernoulli randint gumbel " +
        "categorical choice permutation exponential laplace logistic cauchy " +
        "rademacher rayleigh maxwell double_sided_maxwell pareto " +
        "weibull_min lognormal wald triangular geometric " +
        "multivariate_normal orthogonal gamma loggamma beta chisquare " +
        "dirichlet f t binomial poisson multinomial generalized_normal ball",
    },
    notes: {
      bernoulli: "bit-equal to JAX, as are keys, `bits`, `uniform`, " +
        "`randint`, `permutation`, `categorical`",
      normal: "within 3 ulp of JAX",
      bits: "option `width` for 8 and 16 bits",
      gamma: "no derivative by `a`, here and in what is made of it",
    },
    absent: {
      clone: "keys are tensors: there is nothing to clone",
      key_data: "a key is its data, `u32[2]`",
      wrap_key_data: "a key is its data, `u32[2]`",
      key_impl: "threefry2x32",
      binomial: "not yet",
      poisson: "not yet",
      multinomial: "not yet",
    },
  },
  {
    jax: "jax.scipy.special",
    ours: "jax.scipy.special",
    names: {
      "All": "logsumexp softmax log_softmax erf erfc erfinv expit logit " +
        "xlogy xlog1py entr rel_entr kl_div ndtr ndtri log_ndtr gammaln " +
        "digamma gamma polygamma zeta betaln betainc gammainc gammaincc " +
        "factorial i0 i0e i1 i1e multigammaln",
    },
    absent: {
      gamma: "use `gammaln(x).exp()`",
      polygamma: "not yet",
      zeta: "not yet",
      betaln: "use `gammaln`",
      betainc: "not yet",
      gammainc: "not yet",
      gammaincc: "not yet",
      factorial: "use `gammaln(x + 1).exp()`",
      i0: "not yet",
      i0e: "not yet",
      i1: "not yet",
      i1e: "not yet",
      multigammaln: "not yet",
    },
  },
  {
    jax: "jax.scipy.stats",
    ours: "jax.scipy.stats",
    names: {
      "All": "norm.logpdf norm.pdf norm.cdf norm.sf norm.ppf norm.logcdf",
    },
  },
];
