/**
 * The gamma function's logarithm and its derivative.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { floor, log1p, sin, tan, where } from "./elementwise.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

/** Lanczos' approximation with g = 7 and nine terms, good to 1e-15. */
const LANCZOS_FIRST = 0.99999999999980993227684700473478;
const LANCZOS = [
  676.520368121885098567009190444019,
  -1259.13921672240287047156078755283,
  771.3234287776530788486528258894,
  -176.61502916214059906584551354,
  12.507343278686904814458936853,
  -0.13857109526572011689554707,
  9.984369578019570859563e-6,
  1.50563273514931155834e-7,
];
const G = 7;

/** The logarithm of the absolute value of the gamma function. */
export function lgamma(x: TensorLike): Tensor {
  const t = asTensor(x).astype("f32");
  // Below 1/2 by reflection: gamma(x) gamma(1 - x) = pi / sin(pi x).
  const reflected = t.less(0.5);
  const z = where(reflected, t.neg(), t.sub(1));
  let sum = z.mul(0).add(LANCZOS_FIRST);
  LANCZOS.forEach((c, i) => sum = sum.add(asTensor(c).div(z.add(i + 1))));
  const base = z.add(G + 0.5);
  // log(z + g + 1/2) less log(g + 1/2), which keeps digits for small z.
  const log = log1p(z.div(G + 0.5)).add(Math.log(G + 0.5));
  const half = z.add(0.5);
  const value = half.sub(base.div(log)).mul(log)
    .add(Math.log(2 * Math.PI) / 2).add(sum.log());
  // The sine has the period of the distance to the next integer below.
  const part = t.sub(floor(t));
  const whole = part.equal(0);
  const near = where(part.greater(0.5), asTensor(1).sub(part), part);
  const sine = sin(where(whole, 0.5, near).mul(Math.PI)).abs();
  const mirrored = asTensor(Math.log(Math.PI)).sub(sine.log()).sub(value);
  const below = where(whole, Infinity, mirrored);
  const out = where(reflected, below, value);
  return where(t.abs().equal(Infinity), Infinity, out);
}

/** The derivative of {@link lgamma}. */
export function digamma(x: TensorLike): Tensor {
  const t = asTensor(x).astype("f32");
  const reflected = t.less(0.5);
  const z = where(reflected, asTensor(1).sub(t), t);
  // Up to where the asymptotic series is good, one by one.
  let below = z.mul(0);
  for (let i = 0; i < 6; i++) below = below.add(asTensor(1).div(z.add(i)));
  const far = z.add(6);
  const square = asTensor(1).div(far.square());
  const series = square.mul(
    square.mul(square.mul(1 / 252).sub(1 / 120)).add(1 / 12),
  );
  const value = far.log().sub(asTensor(0.5).div(far)).sub(series).sub(below);
  const part = t.sub(floor(t));
  const whole = part.equal(0);
  const tangent = tan(where(whole, 0.5, part).mul(Math.PI));
  const mirrored = value.sub(asTensor(Math.PI).div(tangent));
  return where(reflected, where(whole, NaN, mirrored), value);
}
