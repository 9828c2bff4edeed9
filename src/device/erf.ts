/**
 * The error function and its inverse, which JS lacks.
 *
 * @module
 */

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * The error function to about 1e-15, from its series with only positive terms:
 * `2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!`.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is 2e-17.
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  const value = TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
  return Math.min(Math.max(value, -1), 1);
}

// Giles, "Approximating the erfinv function", single precision.
const CENTRAL = [
  2.81022636e-08,
  3.43273939e-07,
  -3.5233877e-06,
  -4.39150654e-06,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941,
].map(Math.fround);
const TAIL = [
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682,
].map(Math.fround);

/**
 * The inverse error function as XLA computes it in single precision, rounding
 * included: initial weights are bit-equal to JAX's because of that.
 */
export function erfinv(x: number): number {
  const f = Math.fround;
  if (Math.abs(x) === 1) return x * Infinity;
  const w = f(-f(Math.log1p(f(-x * x))));
  const central = w < 5;
  const t = central ? f(w - 2.5) : f(f(Math.sqrt(w)) - 3);
  const [first, ...rest] = central ? CENTRAL : TAIL;
  let p = first;
  // A double holds the product of two singles, so this is a fused step.
  for (const c of rest) p = f(c + p * t);
  return f(p * x);
}

/** The inverse error function in double precision. */
export function erfinv64(x: number): number {
  if (!(Math.abs(x) < 1)) return Math.abs(x) === 1 ? x * Infinity : NaN;
  let y = Math.min(Math.max(erfinv(x), -5.8), 5.8);
  for (let i = 0; i < 4; i++) { // Halley's method on erf(y) = x.
    const step = (erf(y) - x) / (TWO_OVER_SQRT_PI * Math.exp(-y * y));
    y -= step / (1 + y * step);
  }
  return y;
}
