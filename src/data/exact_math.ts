/**
 * Sine, cosine and logarithm, correctly rounded and therefore the same in
 * every engine: `Math.sin`, `Math.cos` and `Math.log` differ between engines
 * in the last bit, and one such bit would make a seeded data set depend on the
 * machine. Computed in double-double arithmetic (a value is an unevaluated sum
 * of two doubles, about 106 bits) from the plain power series.
 */

/** An unevaluated sum: `[high, low]` with `high` the rounded value. */
type Double2 = readonly [high: number, low: number];

/** `a + b` exactly, in any order of size. */
function exactSum(a: number, b: number): Double2 {
  const sum = a + b;
  const part = sum - a;
  return [sum, (a - (sum - part)) + (b - part)];
}

/** Splits a double into halves of 26 bits, whose products are exact. */
function split(a: number): Double2 {
  const scaled = 134217729 * a;
  const high = scaled - (scaled - a);
  return [high, a - high];
}

/** `a * b` exactly. */
function exactProduct(a: number, b: number): Double2 {
  const product = a * b;
  const [a1, a0] = split(a);
  const [b1, b0] = split(b);
  return [product, ((a1 * b1 - product) + a1 * b0 + a0 * b1) + a0 * b0];
}

function add(a: Double2, b: Double2): Double2 {
  const [high, low] = exactSum(a[0], b[0]);
  const [tailHigh, tailLow] = exactSum(a[1], b[1]);
  const [sum, rest] = exactSum(high, low + tailHigh);
  return exactSum(sum, rest + tailLow);
}

function multiply(a: Double2, b: Double2): Double2 {
  const [high, low] = exactProduct(a[0], b[0]);
  return exactSum(high, low + (a[0] * b[1] + a[1] * b[0]));
}

function divide(a: Double2, b: Double2): Double2 {
  const first = a[0] / b[0];
  const rest = add(a, multiply(b, [-first, 0]));
  const second = rest[0] / b[0];
  const rest2 = add(rest, multiply(b, [-second, 0]));
  return add(exactSum(first, second), [rest2[0] / b[0], 0]);
}

const ONE: Double2 = [1, 0];
const LN2: Double2 = [0.6931471805599453, 2.3190468138462996e-17];

/** pi / 2 in three parts: sin(Math.PI) is what the second part leaves over. */
const HALF_PI = [
  1.5707963267948966,
  6.123233995736766e-17,
  -1.4973849048591833e-33,
] as const;

/** `x - turns * pi / 2`, accurate also where almost nothing is left. */
function reduceAngle(x: number, turns: number): Double2 {
  const [a, b, c] = HALF_PI;
  const first = add([x, 0], exactProduct(-turns, a));
  return add(add(first, exactProduct(-turns, b)), [-turns * c, 0]);
}

/**
 * `1 - r2 / (f (f + 1)) (1 - r2 / ((f + 2) (f + 3)) (...))`: the series of
 * cosine for first = 1, and of sine divided by its argument for first = 2.
 */
function alternatingSeries(r2: Double2, first: number): Double2 {
  let sum = ONE;
  for (let k = first + 30; k >= first; k -= 2) {
    const [high, low] = divide(multiply(r2, sum), [k * (k + 1), 0]);
    sum = add(ONE, [-high, -low]);
  }
  return sum;
}

/** Sine of `x + quarters * pi / 2`, for |x| up to about 1e6. */
function sineOf(x: number, quarters: number): number {
  const turns = Math.round(x / HALF_PI[0]);
  const r = reduceAngle(x, turns);
  const r2 = multiply(r, r);
  const quadrant = (((turns + quarters) % 4) + 4) % 4;
  const value = quadrant % 2 === 0
    ? multiply(r, alternatingSeries(r2, 2))[0]
    : alternatingSeries(r2, 1)[0];
  return quadrant < 2 ? value : -value;
}

/** Correctly rounded sine of an angle of moderate size (|x| below 1e6). */
export function exactSin(x: number): number {
  return x === 0 ? x : sineOf(x, 0);
}

/** Correctly rounded cosine of an angle of moderate size (|x| below 1e6). */
export function exactCos(x: number): number {
  return sineOf(x, 1);
}

/** Correctly rounded natural logarithm of a positive normal number. */
export function exactLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  // log(m) = 2 atanh((m - 1) / (m + 1)), and m - 1 is exact this close to 1.
  const s = divide([mantissa - 1, 0], exactSum(mantissa, 1));
  const s2 = multiply(s, s);
  let sum: Double2 = [0, 0];
  for (let n = 47; n >= 1; n -= 2) {
    sum = add(multiply(sum, s2), divide(ONE, [n, 0]));
  }
  const [high, low] = multiply(s, sum);
  return add(multiply(LN2, [exponent, 0]), [2 * high, 2 * low])[0];
}
