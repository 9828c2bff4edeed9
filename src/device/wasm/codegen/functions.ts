/**
 * The functions that generated loops compute in registers. Where one has fewer
 * operations than its formula seems to need, a comment says why that is right.
 *
 * @module
 */
import type { Local } from "./encoder.ts";
import type { SimdName, Vectors } from "./vectors.ts";

// Cephes expf: exp(r) = 1 + r + r^2 P(r) for |r| <= ln(2) / 2.
const LOG2E = 1.44269504088896341;
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;
// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
const MAGIC = 12582912;
const EXP_LEAST = -87.33654022216797;
const EXP_MOST = 88.72283905206835;
const EXP = [
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
];

/** x = z ln 2 + r with integer z; `shifted` has z in its low bits. */
function expReduce(v: Vectors, x: Local) {
  const magic = v.number(MAGIC);
  const shifted = v.madd(x, v.number(LOG2E), magic);
  const z = v.op("sub", shifted, magic);
  const high = v.nmadd(z, v.number(LN2_HIGH), x);
  const r = v.nmadd(z, v.number(LN2_LOW), high);
  const p = v.polynomial(r, EXP);
  return { shifted, tail: v.madd(p, v.op("mul", r, r), r) };
}

function clamp(v: Vectors, x: Local, least: number, most: number): Local {
  return v.op("pmin", v.op("pmax", x, v.number(least)), v.number(most));
}

/** exp(x); below the normal range 0, above it infinity. */
function exp(v: Vectors, x: Local): Local {
  const clamped = clamp(v, x, EXP_LEAST, EXP_MOST);
  const { shifted, tail } = expReduce(v, clamped);
  let e = v.op("add", tail, v.number(1));
  e = v.op("addI", e, v.shift("shl", shifted, 23));
  e = v.choose(v.number(Infinity), e, v.op("gt", x, v.number(EXP_MOST)));
  e = v.op("andnot", e, v.op("lt", x, v.number(EXP_LEAST)));
  return v.op("or", e, v.op("ne", x, x));
}

/**
 * exp(x) - 1 as 2^z (exp(r) - 1) + (2^z - 1), at half scale so that z = 128
 * fits.
 */
function expm1(v: Vectors, x: Local): Local {
  const { shifted, tail } = expReduce(v, clamp(v, x, -25, EXP_MOST));
  const z = v.shift("shrS", v.shift("shl", shifted, 16), 16);
  const scale = v.shift("shl", v.op("addI", z, v.word(126)), 23);
  let y = v.madd(tail, scale, v.op("sub", scale, v.number(0.5)));
  y = v.op("add", y, y);
  y = v.choose(v.number(Infinity), y, v.op("gt", x, v.number(EXP_MOST)));
  // Also keeps the sign of zero.
  y = v.choose(x, y, v.op("lt", v.op("abs", x), v.number(1e-8)));
  return v.op("or", y, v.op("ne", x, x));
}

// Cephes logf: log(1 + m) = m - m^2 / 2 + m^3 P(m), sqrt(1/2) <= 1 + m.
const LOG = [
  7.0376836292e-2,
  -1.1514610310e-1,
  1.1676998740e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
];

/** log(x), of denormals too. */
function log(v: Vectors, x: Local): Local {
  const zero = v.number(0);
  const one = v.number(1);
  const tiny = v.op("lt", x, v.word(0x00800000));
  const scaled = v.choose(v.op("mul", x, v.number(8388608)), x, tiny);
  const biased = v.op("subI", v.shift("shrU", scaled, 23), v.word(126));
  const exponent = v.op("subI", biased, v.op("and", tiny, v.word(23)));
  const fraction = v.op("and", scaled, v.word(0x007fffff));
  const mantissa = v.op("or", fraction, v.word(0x3f000000));
  const low = v.op("lt", mantissa, v.number(0.707106781186547524));
  const k = v.op("fromI32", v.op("addI", exponent, low));
  // m + m - 1 below sqrt(1/2), m - 1 above; both exact.
  const above = v.op("sub", mantissa, one);
  const m = v.op("add", above, v.op("and", mantissa, low));
  const mm = v.op("mul", m, m);
  const cubic = v.op("mul", v.op("mul", v.polynomial(m, LOG), m), mm);
  let q = v.madd(k, v.number(LN2_LOW), cubic);
  q = v.nmadd(v.number(0.5), mm, q);
  let y = v.madd(k, v.number(LN2_HIGH), v.op("add", m, q));
  const infinity = v.number(Infinity);
  y = v.choose(x, y, v.op("eq", x, infinity));
  y = v.choose(v.op("neg", infinity), y, v.op("eq", x, zero));
  return v.op("or", y, v.op("not", v.op("ge", x, zero)));
}

/** log(1 + x). */
function log1p(v: Vectors, x: Local): Local {
  const one = v.number(1);
  const u = v.op("add", x, one);
  // What rounding u lost, to first order.
  const lost = v.op("div", v.op("sub", x, v.op("sub", u, one)), u);
  const positive = v.op("gt", u, v.number(0));
  const finite = v.op("lt", u, v.number(Infinity));
  const inside = v.op("and", positive, finite);
  const y = v.op("add", log(v, u), v.op("and", lost, inside));
  return v.choose(x, y, v.op("eq", u, one));
}

const TANH_NUMERATOR = [
  -2.76076847742355e-16,
  2.00018790482477e-13,
  -8.60467152213735e-11,
  5.12229709037114e-08,
  1.48572235717979e-05,
  6.37261928875436e-04,
  4.89352455891786e-03,
];
const TANH_DENOMINATOR = [
  1.19825839466702e-06,
  1.18534705686654e-04,
  2.26843463243900e-03,
  4.89352518554385e-03,
];

/** The rational function is a bound beyond it. */
const TANH_LIMIT = 7.90531110763549805;

/** Beyond it tanh rounds to 1, so that gradients of what is flat are 0. */
const TANH_ONE = 9.02;

/** tanh(x): the rational function of Eigen and XLA. */
function tanh(v: Vectors, x: Local): Local {
  const clamped = clamp(v, x, -TANH_LIMIT, TANH_LIMIT);
  const xx = v.op("mul", clamped, clamped);
  const p = v.polynomial(xx, TANH_NUMERATOR);
  const q = v.polynomial(xx, TANH_DENOMINATOR);
  const t = v.op("div", v.op("mul", clamped, p), q);
  const size = v.op("abs", x);
  const one = v.op("or", v.op("and", x, v.word(0x80000000)), v.number(1));
  const y = v.choose(one, t, v.op("gt", size, v.number(TANH_ONE)));
  return v.choose(x, y, v.op("lt", size, v.number(0.0004)));
}

/** Zeros keep their sign and NaN stays NaN. */
function sign(v: Vectors, x: Local): Local {
  const zero = v.number(0);
  const one = v.op("or", v.op("and", x, v.word(0x80000000)), v.number(1));
  const nonzero = v.op("or", v.op("lt", x, zero), v.op("gt", x, zero));
  return v.choose(one, x, nonzero);
}

/** A function of one vector. */
export type VectorFunction = (v: Vectors, x: Local) => Local;

const plain = (name: SimdName): VectorFunction => (v, x) => v.op(name, x);

/** Functions of one vector by name. */
export const FUNCTIONS: { readonly [name: string]: VectorFunction } = {
  u_neg: plain("neg"),
  u_abs: plain("abs"),
  u_floor: plain("floor"),
  u_ceil: plain("ceil"),
  u_round: plain("nearest"),
  u_sqrt: plain("sqrt"),
  u_sign: sign,
  u_rsqrt: (v, x) => v.op("div", v.number(1), v.op("sqrt", x)),
  u_reciprocal: (v, x) => v.op("div", v.number(1), x),
  u_square: (v, x) => v.op("mul", x, x),
  u_exp: exp,
  u_expm1: expm1,
  u_log: log,
  u_log1p: log1p,
  u_tanh: tanh,
  u_sigmoid: (v, x) => {
    const one = v.number(1);
    return v.op("div", one, v.op("add", one, exp(v, v.op("neg", x))));
  },
  u_neg_i32: plain("negI"),
  u_abs_i32: plain("absI"),
  u_abs_u32: (_, x) => x,
  u_sign_i32: (v, x) => v.op("minS", v.op("maxS", x, v.word(-1)), v.word(1)),
  u_sign_u32: (v, x) => v.op("minU", x, v.word(1)),
  u_square_i32: (v, x) => v.op("mulI", x, x),
  u_not_i32: plain("not"),
  cast_f32_i32: plain("toI32"),
  cast_f32_u32: plain("toU32"),
  cast_i32_f32: plain("fromI32"),
  cast_u32_f32: plain("fromU32"),
  cast_bool_f32: plain("fromI32"),
};

/** Functions of two vectors that are one instruction, by name. */
export const BINARY: { readonly [name: string]: SimdName } = {
  b_add: "add",
  b_sub: "sub",
  b_mul: "mul",
  b_div: "div",
  b_max: "max",
  b_min: "min",
  b_add_i32: "addI",
  b_sub_i32: "subI",
  b_mul_i32: "mulI",
  b_max_i32: "maxS",
  b_min_i32: "minS",
  b_max_u32: "maxU",
  b_min_u32: "minU",
  b_and: "and",
  b_or: "or",
  b_xor: "xor",
};

/** Comparisons by name; each gives a mask. */
export const COMPARE: { readonly [name: string]: SimdName } = {
  c_eq: "eq",
  c_ne: "ne",
  c_lt: "lt",
  c_le: "le",
  c_gt: "gt",
  c_ge: "ge",
  c_eq_i32: "eqI",
  c_ne_i32: "neI",
  c_lt_i32: "ltS",
  c_le_i32: "leS",
  c_gt_i32: "gtS",
  c_ge_i32: "geS",
  c_lt_u32: "ltU",
  c_le_u32: "leU",
  c_gt_u32: "gtU",
  c_ge_u32: "geU",
};
