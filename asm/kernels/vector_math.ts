/**
 * Functions of four lanes that need double precision, for generated code to
 * call.
 */
import { choose } from "./lanes";

/** `x * scale + shift` in f64, rounded to f32 once. */
export function affine(x: v128, scale: f64, shift: f64): v128 {
  const s = f64x2.splat(scale);
  const t = f64x2.splat(shift);
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return v128.shuffle<f32>(
    f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(low, s), t)),
    f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(high, s), t)),
    0,
    1,
    4,
    5,
  );
}

// Rational function of Eigen and XLA. Its own error is half a unit in the
// last place, the rounding of its steps in f32 would be five.
const NUMERATOR: usize = memory.data<f32>([
  0.00022905065861350646,
  0.0034082910107109506,
  0.050955695062380861,
  0.18520832239976145,
  1.128379143519084,
]);
const DENOMINATOR: usize = memory.data<f32>([
  -1.1791602954361697e-7,
  0.000023547966471313185,
  0.0010179625278914885,
  0.014070470171167667,
  0.11098505178285362,
  0.49746925110067538,
  1,
]);
const LIMIT: f32 = 3.832506856900711;

function polynomial(x: v128, table: usize, count: i32): v128 {
  let p = f64x2.splat(0);
  for (; count > 0; count--) {
    p = f64x2.add(f64x2.mul(p, x), f64x2.splat(<f64> load<f32>(table)));
    table += 4;
  }
  return p;
}

/** Error function of the first two lanes. */
function erfOfTwo(lanes: v128): v128 {
  const x = f64x2.promote_low_f32x4(lanes);
  const xx = f64x2.mul(x, x);
  const p = f64x2.mul(x, polynomial(xx, NUMERATOR, 5));
  return f32x4.demote_f64x2_zero(
    f64x2.div(p, polynomial(xx, DENOMINATOR, 7)),
  );
}

/** Error function. */
export function u_erf(x: v128): v128 {
  const high = v128.shuffle<f32>(x, x, 2, 3, 0, 1);
  const y = v128.shuffle<f32>(erfOfTwo(x), erfOfTwo(high), 0, 1, 4, 5);
  const one = v128.or(
    v128.and(x, i32x4.splat(0x80000000)),
    f32x4.splat(1),
  );
  return choose(one, y, f32x4.ge(f32x4.abs(x), f32x4.splat(LIMIT)));
}
