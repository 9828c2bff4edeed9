/**
 * Exponentials, logarithms and the error functions in WGSL. The polynomials
 * are those of the wasm device, but for tanh and erf, whose rational functions
 * lose too much in single precision.
 *
 * @module
 */
import { INFINITY, NAN, type WgslFunctions } from "./functions_bits.ts";

/** The value at `x` of a polynomial, highest power first, in WGSL. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [first, ...rest] = coefficients.map((c) => `F(${c})`);
  return rest.reduce((text, c) => `(${text} * ${x} + ${c})`, first);
}

// Cephes expf: exp(r) = 1 + r + r^2 P(r) for |r| <= ln(2) / 2.
const EXP = [
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
];

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

// Cephes tanhf: tanh(x) = x + x^3 P(x^2) for |x| < 0.625.
const TANH = [
  -5.70498872745e-3,
  2.06390887954e-2,
  -5.37397155531e-2,
  1.33314422036e-1,
  -3.33332819422e-1,
];

// erf(x) = x + x P(x^2) for |x| < 0.93, to 2e-8; minimax.
const ERF_CENTRAL = [
  -0.0005916263326,
  0.004978899378,
  -0.02675732039,
  0.1128158346,
  -0.3761247694,
  0.1283791512,
];

// erf(x) = 1 - exp(-x P(x)) for x from 0.93 to 4, to 3e-9; minimax.
const ERF_TAIL = [
  -0.00021398548,
  0.003214972,
  -0.022890048,
  0.10526201,
  0.63571817,
  1.1285144,
];

// Giles' single precision approximation of the inverse error function.
const ERFINV_CENTRAL = [
  2.81022636e-08,
  3.43273939e-07,
  -3.5233877e-06,
  -4.39150654e-06,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941,
];
const ERFINV_TAIL = [
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682,
];

/** The functions. */
export const EXP_FUNCTIONS: WgslFunctions = {
  // exp(r) - 1 for |r| <= ln(2) / 2.
  exp_tail_: {
    text: `\
fn exp_tail_(r: F) -> F {
  return ${polynomial("r", EXP)} * (r * r) + r;
}`,
  },

  // x = z ln 2 + r with integer z.
  exp_whole_: {
    text: `\
fn exp_whole_(x: F) -> F {
  return floor(x * F(1.44269504088896341) + F(0.5));
}`,
  },

  exp_rest_: {
    needs: ["keep_"],
    text: `\
fn exp_rest_(x: F, z: F) -> F {
  return keep_(x - z * F(0.693359375)) + z * F(2.12194440e-4);
}`,
  },

  exp_f32: {
    needs: [
      "exp_whole_",
      "exp_rest_",
      "exp_tail_",
      "scale_",
      "is_nan_",
      "choose_",
    ],
    text: `\
fn exp_f32(x: F) -> F {
  let c = clamp(x, F(-104.0), F(89.0));
  let z = exp_whole_(c);
  let y = scale_(F(1.0) + exp_tail_(exp_rest_(c, z)), I(z));
  return choose_(y, bitcast<U>(x), is_nan_(x));
}`,
  },

  // exp(x) for |x| < 80.
  exp_inside_: {
    needs: ["exp_whole_", "exp_rest_", "exp_tail_"],
    text: `\
fn exp_inside_(x: F) -> F {
  let z = exp_whole_(x);
  let y = F(1.0) + exp_tail_(exp_rest_(x, z));
  return bitcast<F>(bitcast<I>(y) + (I(z) << U(23u)));
}`,
  },

  // 2^z (exp(r) - 1) + (2^z - 1), at half scale so that z = 128 fits.
  expm1_f32: {
    needs: [
      "exp_whole_",
      "exp_rest_",
      "exp_tail_",
      "keep_",
      "magnitude_",
      "choose_",
    ],
    text: `\
fn expm1_f32(x: F) -> F {
  let c = clamp(x, F(-25.0), F(89.0));
  let z = exp_whole_(c);
  let scale = bitcast<F>((I(z) + I(126)) << U(23u));
  let halved = exp_tail_(exp_rest_(c, z)) * scale + keep_(scale - F(0.5));
  // NaN, and so near 0 that the result is x.
  let w = magnitude_(x);
  return choose_(halved + halved, bitcast<U>(x), (w < U(0x32000000u)) | (w > ${INFINITY}));
}`,
  },

  // Of denormals too.
  log_f32: {
    needs: ["unfold_", "choose_"],
    text: `\
fn log_f32(x: F) -> F {
  let w = bitcast<U>(x);
  let size = w & U(0x7fffffffu);
  // From sqrt(1/2) on a number has the exponent of 1.
  let v = unfold_(size) + I(0x004afb0d);
  let k = F((v >> U(23u)) - I(127));
  let m = bitcast<F>((v & I(0x007fffff)) + I(0x3f3504f3)) - F(1.0);
  let mm = m * m;
  let q = (mm * m * ${
      polynomial("m", LOG)
    } - k * F(2.12194440e-4)) - F(0.5) * mm;
  let y = (m + q) + k * F(0.693359375);
  let positive = choose_(y, w, w >= ${INFINITY});
  let nonzero = choose_(positive, ${NAN}, w > U(0x80000000u));
  return choose_(nonzero, U(0xff800000u), size == U(0u));
}`,
  },

  log1p_f32: {
    needs: ["log_f32", "keep_"],
    text: `\
fn log1p_f32(x: F) -> F {
  let u = keep_(x + F(1.0));
  // What rounding u lost, to first order.
  let lost = (x - keep_(u - F(1.0))) / u;
  let inside = bitcast<U>(u) - U(1u) < U(0x7f7fffffu);
  let y = log_f32(u) + select(F(0.0), lost, inside);
  return select(y, x, u == F(1.0));
}`,
  },

  tanh_f32: {
    needs: ["exp_inside_", "sign_bit_", "is_nan_", "choose_"],
    text: `\
fn tanh_f32(x: F) -> F {
  let xx = x * x;
  let small = x + x * (xx * ${polynomial("xx", TANH)});
  let a = min(abs(x), F(10.0));
  let large = F(1.0) - F(2.0) / (exp_inside_(a + a) + F(1.0));
  let with_sign = bitcast<U>(large) | sign_bit_(x);
  let y = choose_(small, with_sign, a >= F(0.625));
  return choose_(y, bitcast<U>(x), is_nan_(x));
}`,
  },

  sigmoid_f32: {
    needs: ["exp_f32"],
    text: `\
fn sigmoid_f32(x: F) -> F {
  let e = exp_f32(-abs(x));
  return select(F(1.0), e, x < F(0.0)) / (F(1.0) + e);
}`,
  },

  erf_f32: {
    needs: ["exp_inside_", "sign_bit_", "is_nan_", "choose_"],
    text: `\
fn erf_f32(x: F) -> F {
  let xx = x * x;
  let small = x + x * ${polynomial("xx", ERF_CENTRAL)};
  let a = min(abs(x), F(4.0));
  let large = F(1.0) - exp_inside_(-a * ${polynomial("a", ERF_TAIL)});
  let with_sign = bitcast<U>(large) | sign_bit_(x);
  let y = choose_(small, with_sign, a >= F(0.93));
  return choose_(y, bitcast<U>(x), is_nan_(x));
}`,
  },

  // As XLA, which rounds the square: towards 1 that decides the result.
  erfinv_f32: {
    needs: ["log1p_f32", "keep_", "magnitude_", "sign_bit_", "choose_"],
    text: `\
fn erfinv_f32(x: F) -> F {
  let w = -log1p_f32(-keep_(x * x));
  let c = w - F(2.5);
  let t = sqrt(w) - F(3.0);
  let p = select(
    ${polynomial("t", ERFINV_TAIL)},
    ${polynomial("c", ERFINV_CENTRAL)},
    w < F(5.0),
  );
  let limit = ${INFINITY} | sign_bit_(x);
  return choose_(p * x, limit, magnitude_(x) == U(0x3f800000u));
}`,
  },
};
