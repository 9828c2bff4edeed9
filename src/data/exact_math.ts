/**
 * Sine, cosine and logarithm, correctly rounded and therefore the same in
 * every engine: `Math.sin`, `Math.cos` and `Math.log` differ between engines
 * in the last bit, and one such bit would make a seeded data set depend on the
 * machine. Computed from power series in double-double arithmetic (a value is
 * an unevaluated sum of two doubles), with nothing but the operations that IEEE
 * 754 rounds correctly: + - * / and the square root.
 *
 * How exact: sine and logarithm come from series 1 + c1 z + c2 z^2 + ... with z
 * at most 0.617 and 0.0295. The first HEADS terms are double-double (errors of
 * 2^-103), the others plain doubles: as those begin at z^5 / 11! < 2^-28.7 and
 * z^5 / 11 < 2^-28.8, rounding them (by 2^-51 at most) costs 2^-79. The first
 * term left out is below 2^-85. The cosine follows from the sine. A result
 * accurate to 2^-79 rounds the wrong way only where the true value is that
 * close to the middle of two doubles: for one argument in some 2^25.
 *
 * How fast: a data set is often the first thing a program makes, so this runs
 * in an engine's interpreter, where operations count and pairs cost. Hence
 * scalars in the one loop that matters, and a single series for the sine and
 * the cosine of an angle.
 */

/** An unevaluated sum, with `high` the rounded value up to a last bit. */
interface Pair {
  readonly high: number;
  readonly low: number;
}

/** A power series: coefficients, and what rounding took from the heads. */
interface Series {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** The number of leading terms that are computed in double-double. */
const HEADS = 5;

/** Times this and back, a double is cut to 26 bits: their products are exact. */
const SPLITTER = 2 ** 27 + 1;

/** The series of `1 / divisor(k)`, with the signs + - + - if alternating. */
function reciprocals(
  terms: number,
  divisor: (k: number) => number,
  alternating: boolean,
): Series {
  const high = new Float64Array(terms);
  const low = new Float64Array(HEADS);
  for (let k = 0; k < terms; k++) {
    const n = alternating && k % 2 === 1 ? -divisor(k) : divisor(k);
    high[k] = 1 / n;
    if (k >= HEADS) continue;
    // A head's n is below 2^26, so this remainder of the division is exact.
    const scaled = SPLITTER * high[k];
    const upper = scaled - (scaled - high[k]);
    low[k] = (1 - upper * n - (high[k] - upper) * n) / n;
  }
  return { high, low };
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** sin(r) / r in powers of r^2. */
const SINE = reciprocals(12, (k) => factorial(2 * k + 1), true);
/** atanh(s) / s in powers of s^2. */
const ATANH = reciprocals(16, (k) => 2 * k + 1, false);

/** What rounding took from `a * b`, exactly. */
function productError(a: number, b: number): number {
  const scaledA = SPLITTER * a;
  const a1 = scaledA - (scaledA - a);
  const a0 = a - a1;
  const scaledB = SPLITTER * b;
  const b1 = scaledB - (scaledB - b);
  const b0 = b - b1;
  return ((a1 * b1 - a * b) + a1 * b0 + a0 * b1) + a0 * b0;
}

/** `r` times the sum of a series at r^2, from its last term to its first. */
function oddFunction(series: Series, r: Pair): Pair {
  const { high, low } = series;
  const { high: rHigh, low: rLow } = r;
  const z = rHigh * rHigh;
  const zLow = productError(rHigh, rHigh) + 2 * rHigh * rLow;
  let plain = 0;
  for (let k = high.length - 1; k >= HEADS; k--) plain = (plain + high[k]) * z;

  // The last head takes the plain terms in; this and the sums below are exact
  // up to `rest`, as each coefficient is larger than what follows it.
  let sum = high[HEADS - 1] + plain;
  let rest = (high[HEADS - 1] - sum) + plain + low[HEADS - 1];
  const scaledZ = SPLITTER * z;
  const z1 = scaledZ - (scaledZ - z);
  const z0 = z - z1;
  for (let k = HEADS - 2; k >= 0; k--) {
    // sum * z: the rounded product, its rounding error, and the cross terms.
    const scaled = SPLITTER * sum;
    const s1 = scaled - (scaled - sum);
    const s0 = sum - s1;
    const product = sum * z;
    const error = ((s1 * z1 - product) + s1 * z0 + s0 * z1) + s0 * z0;
    const tail = error + (sum * zLow + rest * z);
    const head = high[k];
    sum = head + product;
    rest = ((head - sum) + product) + (low[k] + tail);
  }
  return {
    high: rHigh * sum,
    low: productError(rHigh, sum) + (rHigh * rest + rLow * sum),
  };
}

/** pi / 2 in parts of 33 bits, so that times a 20 bit number is exact. */
const HALF_PI = [
  1.5707963267341256,
  6.077100506303966e-11,
  2.0222662487111665e-21,
  8.4784276603689e-32,
] as const;

/** `x - turns * pi / 2`, accurate also where almost nothing is left. */
function reduceAngle(x: number, turns: number): Pair {
  // Exact: either turns is 0 or both are within a factor of two.
  const first = x - turns * HALF_PI[0];
  const second = turns * HALF_PI[1];
  const a = first - second;
  const aPart = a - first;
  const aError = (first - (a - aPart)) - (second + aPart);
  const third = turns * HALF_PI[2];
  const b = a - third;
  const bPart = b - a;
  const bError = (a - (b - bPart)) - (third + bPart);
  // aError is 0 where a is so small that it would matter to b.
  const rest = (aError + bError) - turns * HALF_PI[3];
  const high = b + rest;
  return { high, low: (b - high) + rest };
}

/** Correctly rounded cosine and sine of an angle with |x| below 1e6. */
export function exactCosSin(x: number): { cos: number; sin: number } {
  if (x === 0) return { cos: 1, sin: x };
  const turns = Math.round(x / (Math.PI / 2));
  const { high, low } = oddFunction(SINE, reduceAngle(x, turns));
  const sin = high + low;
  // This angle is within pi / 4: 1 - sin^2 is from 0.5 to 1, its root harmless.
  const square = high * high;
  const left = 1 - square;
  const leftRest = ((1 - left) - square) -
    (productError(high, high) + 2 * high * low);
  const root = Math.sqrt(left);
  const rootRest = (left - root * root) - productError(root, root) + leftRest;
  const cos = root + rootRest / (2 * root);
  switch (turns & 3) {
    case 0:
      return { cos, sin };
    case 1:
      return { cos: -sin, sin: cos };
    case 2:
      return { cos: -cos, sin: -sin };
    default:
      return { cos: sin, sin: -cos };
  }
}

/** ln 2 in two parts, of which the first times any exponent is exact. */
const LN2_HIGH = 0.6931471805598903;
const LN2_LOW = 5.497923018708371e-14;

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
  // log(m) = 2 atanh(s), s = (m - 1) / (m + 1); m - 1 is exact this close to 1.
  const above = mantissa - 1;
  const below = mantissa + 1;
  const belowRest = above - (below - 2);
  const quotient = above / below;
  const remainder = (above - quotient * below) -
    productError(quotient, below) - quotient * belowRest;
  const half = oddFunction(ATANH, {
    high: quotient,
    low: remainder / below,
  });
  // The exponent's part is 0 or the larger one: the error below is exact.
  const whole = exponent * LN2_HIGH;
  const sum = whole + 2 * half.high;
  const error = (whole - sum) + 2 * half.high;
  return sum + (error + (2 * half.low + exponent * LN2_LOW));
}
