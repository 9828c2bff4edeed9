/**
 * The functions of one operand, one row each: constants held in registers and
 * statements that compute `y` from `x`. Where a row has fewer operations than
 * its formula seems to need, a comment says why that is right.
 */
import type { Constant } from "./constants.ts";

/** A vector function of one operand. */
export interface UnaryRow {
  /** Names for constants, loaded once per call. */
  readonly constants?: Readonly<Record<string, Constant>>;
  /** Further statements before the loop. */
  readonly before?: readonly string[];
  /** Statements that declare `y`, from the vector `x`. */
  readonly body: readonly string[];
}

const one = 1;
const zero = 0;
const inf = Infinity;
const oneBits = { bits: 1 };
const signBit = { bits: 0x80000000 };

/** Horner's rule: coefficients from the highest power down. */
function horner(name: string, at: string, names: readonly string[]): string[] {
  const lines = [`let ${name} = madd(${names[0]}, ${at}, ${names[1]});`];
  for (const next of names.slice(2)) {
    lines.push(`${name} = madd(${name}, ${at}, ${next});`);
  }
  return lines;
}

function named(
  prefix: string,
  values: readonly number[],
): Record<string, number> {
  return Object.fromEntries(values.map((v, i) => [`${prefix}${i}`, v]));
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

// Cephes expf: exp(r) = 1 + r + r^2 P(r) for |r| <= ln(2) / 2.
const EXP = {
  log2e: 1.44269504088896341,
  ln2Hi: 0.693359375,
  ln2Lo: -2.12194440e-4,
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  magic: 12582912,
  ...named("e", [
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
  ]),
};

/** `r` and the shifted integer `zf` with x = z ln 2 + r; `p` = P(r). */
function expReduce(x: string): string[] {
  return [
    `const zf = madd(${x}, log2e, magic);`,
    "const z = f32x4.sub(zf, magic);",
    `const r = nmadd(z, ln2Lo, nmadd(z, ln2Hi, ${x}));`,
    ...horner("p", "r", names("e", 6)),
  ];
}

/** `e` = exp(`x`); below the normal range 0, above it infinity. */
function expBody(x: string): string[] {
  return [
    `const xc = f32x4.pmin(f32x4.pmax(${x}, least), most);`,
    ...expReduce("xc"),
    "let e = f32x4.add(madd(p, f32x4.mul(r, r), r), one);",
    "e = i32x4.add(e, i32x4.shl(zf, 23));",
    `e = choose(inf, e, f32x4.gt(${x}, most));`,
    `e = v128.andnot(e, f32x4.lt(${x}, least));`,
    `e = v128.or(e, f32x4.ne(${x}, ${x}));`,
  ];
}
const EXP_LIMITS = {
  ...EXP,
  one,
  inf,
  least: -87.33654022216797,
  most: 88.72283905206835,
};

// Cephes logf: log(1 + m) = m - m^2 / 2 + m^3 P(m), sqrt(1/2) <= 1 + m.
const LOG = {
  ...named("l", [
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
  ]),
  sqrtHalf: 0.707106781186547524,
  ln2Hi: 0.693359375,
  ln2Lo: -2.12194440e-4,
  one,
  half: 0.5,
  zero,
  inf,
  two23: 8388608,
  mantissa: { bits: 0x007fffff },
  halfBits: { bits: 0x3f000000 },
  bias: { bits: 126 },
  least: { bits: 0x00800000 },
  shift: { bits: 23 },
};

/** `y` = log(`x`), of denormals too. */
function logBody(x: string): string[] {
  return [
    `const tiny = f32x4.lt(${x}, least);`,
    `const xs = choose(f32x4.mul(${x}, two23), ${x}, tiny);`,
    "const ex = i32x4.sub(i32x4.sub(i32x4.shr_u(xs, 23), bias), " +
    "v128.and(tiny, shift));",
    "const mant = v128.or(v128.and(xs, mantissa), halfBits);",
    "const low = f32x4.lt(mant, sqrtHalf);",
    "const k = f32x4.convert_i32x4_s(i32x4.add(ex, low));",
    // m + m - 1 below sqrt(1/2), m - 1 above; both exact.
    "const m = f32x4.add(f32x4.sub(mant, one), v128.and(mant, low));",
    "const mm = f32x4.mul(m, m);",
    ...horner("q", "m", names("l", 9)),
    "q = madd(k, ln2Lo, f32x4.mul(f32x4.mul(q, m), mm));",
    "q = nmadd(half, mm, q);",
    "let y = madd(k, ln2Hi, f32x4.add(m, q));",
    `y = choose(${x}, y, f32x4.eq(${x}, inf));`,
    `y = choose(f32x4.neg(inf), y, f32x4.eq(${x}, zero));`,
    `y = v128.or(y, v128.not(f32x4.ge(${x}, zero)));`,
  ];
}

const ERF_NUMERATOR = [
  0.00022905065861350646,
  0.0034082910107109506,
  0.050955695062380861,
  0.18520832239976145,
  1.128379143519084,
];
const ERF_DENOMINATOR = [
  -1.1791602954361697e-7,
  0.000023547966471313185,
  0.0010179625278914885,
  0.014070470171167667,
  0.11098505178285362,
  0.49746925110067538,
  1,
];

/** `y` = erf of the first two lanes of `x`, in f64. */
function erfHalf(y: string, x: string): string[] {
  const horner64 = (p: string, coefficients: readonly string[]) => [
    `let ${p} = ${coefficients[0]};`,
    ...coefficients.slice(1).map((c) =>
      `${p} = f64x2.add(f64x2.mul(${p}, ${y}xx), ${c});`
    ),
  ];
  return [
    `const ${y}x = f64x2.promote_low_f32x4(${x});`,
    `const ${y}xx = f64x2.mul(${y}x, ${y}x);`,
    ...horner64(`${y}p`, names("da", 5)),
    ...horner64(`${y}q`, names("db", 7)),
    `const ${y} = f32x4.demote_f64x2_zero(` +
    `f64x2.div(f64x2.mul(${y}x, ${y}p), ${y}q));`,
  ];
}

/** Rows of `u_<name>`. */
export const UNARY: Readonly<Record<string, UnaryRow>> = {
  neg: { body: ["const y = f32x4.neg(x);"] },
  abs: { body: ["const y = f32x4.abs(x);"] },
  sign: {
    constants: { one, zero, signBit },
    // Zeros keep their sign and NaN stays NaN.
    body: [
      "const s = v128.or(v128.and(x, signBit), one);",
      "const nonzero = v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero));",
      "const y = choose(s, x, nonzero);",
    ],
  },
  floor: { body: ["const y = f32x4.floor(x);"] },
  ceil: { body: ["const y = f32x4.ceil(x);"] },
  round: { body: ["const y = f32x4.nearest(x);"] },
  sqrt: { body: ["const y = f32x4.sqrt(x);"] },
  rsqrt: {
    constants: { one },
    body: ["const y = f32x4.div(one, f32x4.sqrt(x));"],
  },
  reciprocal: { constants: { one }, body: ["const y = f32x4.div(one, x);"] },
  square: { body: ["const y = f32x4.mul(x, x);"] },
  exp: { constants: EXP_LIMITS, body: [...expBody("x"), "const y = e;"] },
  expm1: {
    constants: {
      ...EXP,
      least: -25,
      most: 88.72283905206835,
      inf,
      half: 0.5,
      halfBias: { bits: 126 },
      tiny: 1e-8,
    },
    // 2^z (exp(r) - 1) + (2^z - 1), at half scale so that z = 128 fits.
    body: [
      "const xc = f32x4.pmin(f32x4.pmax(x, least), most);",
      ...expReduce("xc"),
      "const d = madd(p, f32x4.mul(r, r), r);",
      "const zi = i32x4.shr_s(i32x4.shl(zf, 16), 16);",
      "const s = i32x4.shl(i32x4.add(zi, halfBias), 23);",
      "let y = madd(d, s, f32x4.sub(s, half));",
      "y = f32x4.add(y, y);",
      "y = choose(inf, y, f32x4.gt(x, most));",
      // Also keeps the sign of zero.
      "y = choose(x, y, f32x4.lt(f32x4.abs(x), tiny));",
      "y = v128.or(y, f32x4.ne(x, x));",
    ],
  },
  log: { constants: LOG, body: logBody("x") },
  log1p: {
    constants: LOG,
    body: [
      "const u = f32x4.add(x, one);",
      // What rounding u lost, to first order.
      "const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, one)), u);",
      ...logBody("u"),
      "y = f32x4.add(y, v128.and(lost, " +
      "v128.and(f32x4.gt(u, zero), f32x4.lt(u, inf))));",
      "y = choose(x, y, f32x4.eq(u, one));",
    ],
  },
  tanh: {
    // Rational function of Eigen and XLA, beyond the limit constant.
    constants: {
      limit: 7.90531110763549805,
      tiny: 0.0004,
      ...named("a", [
        -2.76076847742355e-16,
        2.00018790482477e-13,
        -8.60467152213735e-11,
        5.12229709037114e-08,
        1.48572235717979e-05,
        6.37261928875436e-04,
        4.89352455891786e-03,
      ]),
      ...named("b", [
        1.19825839466702e-06,
        1.18534705686654e-04,
        2.26843463243900e-03,
        4.89352518554385e-03,
      ]),
    },
    body: [
      "const xc = f32x4.pmin(f32x4.pmax(x, f32x4.neg(limit)), limit);",
      "const xx = f32x4.mul(xc, xc);",
      ...horner("p", "xx", names("a", 7)),
      ...horner("q", "xx", names("b", 4)),
      "const t = f32x4.div(f32x4.mul(xc, p), q);",
      "const y = choose(x, t, f32x4.lt(f32x4.abs(x), tiny));",
    ],
  },
  sigmoid: {
    constants: EXP_LIMITS,
    body: [
      "const nx = f32x4.neg(x);",
      ...expBody("nx"),
      "const y = f32x4.div(one, f32x4.add(one, e));",
    ],
  },
  erf: {
    // Rational function of Eigen and XLA. Its own error is half a unit in the
    // last place, the rounding of its steps in f32 would be five.
    constants: {
      limit: 3.832506856900711,
      one,
      signBit,
      ...named("a", ERF_NUMERATOR),
      ...named("b", ERF_DENOMINATOR),
    },
    before: [...names("a", 5), ...names("b", 7)].map((c) =>
      `const d${c} = f64x2.promote_low_f32x4(${c});`
    ),
    body: [
      ...erfHalf("lo", "x"),
      "const swapped = v128.shuffle<f32>(x, x, 2, 3, 0, 1);",
      ...erfHalf("hi", "swapped"),
      "let y = v128.shuffle<f32>(lo, hi, 0, 1, 4, 5);",
      "const s = v128.or(v128.and(x, signBit), one);",
      "y = choose(s, y, f32x4.ge(f32x4.abs(x), limit));",
    ],
  },
  not: {
    constants: { zero },
    body: ["const y = i32x4.shr_u(i32x4.eq(x, zero), 31);"],
  },
  isnan: { body: ["const y = i32x4.shr_u(f32x4.ne(x, x), 31);"] },
  neg_i32: { body: ["const y = i32x4.neg(x);"] },
  abs_i32: { body: ["const y = i32x4.abs(x);"] },
  sign_i32: {
    constants: { oneBits, minusOneBits: { bits: 0xffffffff } },
    body: [
      "const y = i32x4.min_s(i32x4.max_s(x, minusOneBits), oneBits);",
    ],
  },
  sign_u32: {
    constants: { oneBits },
    body: ["const y = i32x4.min_u(x, oneBits);"],
  },
  square_i32: { body: ["const y = i32x4.mul(x, x);"] },
  not_i32: { body: ["const y = v128.not(x);"] },
};

/** Rows of `cast_<from>_<to>`. */
export const CASTS: Readonly<Record<string, UnaryRow>> = {
  f32_i32: { body: ["const y = i32x4.trunc_sat_f32x4_s(x);"] },
  f32_u32: { body: ["const y = i32x4.trunc_sat_f32x4_u(x);"] },
  i32_f32: { body: ["const y = f32x4.convert_i32x4_s(x);"] },
  u32_f32: { body: ["const y = f32x4.convert_i32x4_u(x);"] },
  bool_f32: { body: ["const y = f32x4.convert_i32x4_s(x);"] },
  f32_bool: {
    constants: { zero },
    body: ["const y = i32x4.shr_u(f32x4.ne(x, zero), 31);"],
  },
  i32_bool: {
    constants: { zero },
    body: ["const y = i32x4.shr_u(i32x4.ne(x, zero), 31);"],
  },
};
