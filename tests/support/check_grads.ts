/**
 * Checks reverse-mode derivatives against central differences, in double
 * precision on the reference device: along a random direction, weighted by a
 * random cotangent, for the function, its gradient (order 2), and both under
 * vmap.
 */
import { assert } from "@std/assert";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import { jvp, vjp } from "../../src/numpy/grad.ts";
import { type Tensor, tensor } from "../../src/numpy/mod.ts";
import { vmap } from "../../src/numpy/vmap.ts";

/** A function of f32 tensors that gives one f32 tensor. */
export type Differentiable = (...args: Tensor[]) => Tensor;

/** Nested arrays of numbers. */
export type Numbers = number | readonly Numbers[];

/** Options of {@link checkGrads}. */
export interface CheckOptions {
  /** 1, or 2 (default) to check the derivative of the derivative as well. */
  order?: 1 | 2;
  /** Whether to check under vmap as well; true by default. */
  batched?: boolean;
}

/** Half the distance of central differences. */
const STEP = 1e-4;

/**
 * Of central differences with that step (its square) and of constants that
 * simplification rounds to f32 on the way (6e-8 each).
 */
const TOLERANCE = 1e-6;

/** Runs `body` on the reference device in double precision. */
export function inFloat64<T>(body: () => T): T {
  const device = defaultDevice();
  setDefaultDevice(openDevice("reference", { precision: "f64" }));
  try {
    return body();
  } finally {
    setDefaultDevice(device);
  }
}

/**
 * Checks the derivatives of `fn` at `args`, where it must be smooth, also in
 * the neighbourhood.
 */
export function checkGrads(
  fn: Differentiable,
  args: readonly Numbers[],
  { order = 2, batched = true }: CheckOptions = {},
): void {
  inFloat64(() => {
    const inputs = args.map(toTensor);
    check(fn, inputs, order, "plain");
    if (!batched) return;
    // Two samples that differ a little, the second inside the smooth region.
    const pairs = inputs.map((x) => twoSamples(x));
    check(vmap(fn), pairs, order, "vmap");
  });
}

function toTensor(x: Numbers): Tensor {
  return tensor(x as number, "f32");
}

function twoSamples(x: Tensor): Tensor {
  return tensor([x, x.mul(0.99)]);
}

/** Numbers of [-1, 1] that differ from call to call but not from run to run. */
function noise(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 2 ** 30 - 1;
  };
}

function check(
  fn: Differentiable,
  args: readonly Tensor[],
  order: number,
  label: string,
): void {
  const random = noise();
  const like = (x: Tensor): Tensor =>
    tensor(Array.from({ length: x.size }, random), "f32").reshape(x.shape);
  const [out, pullback] = vjp(fn, ...args);
  const weight = like(out);
  const direction = args.map(like);
  const gradients = pullback(weight);
  const moved = (sign: number) =>
    fn(...args.map((x, i) => x.add(direction[i].mul(sign * STEP))));
  const numeric = moved(1).sub(moved(-1)).div(2 * STEP);
  const expected = total(numeric.mul(weight));
  const actual = gradients.reduce(
    (sum, g, i) => sum + total(g.mul(direction[i])),
    0,
  );
  assertNear(actual, expected, `${label}: reverse mode`);
  const [, forward] = jvp(fn, [...args], direction);
  assertNear(total(forward.mul(weight)), expected, `${label}: forward mode`);
  if (order === 1) return;
  args.forEach((_, i) => {
    const gradient = (...xs: Tensor[]) => vjp(fn, ...xs)[1](weight)[i];
    check(gradient, args, 1, `${label}: gradient of argument ${i}`);
  });
}

function total(x: Tensor): number {
  return Number(x.sum().toArray());
}

function assertNear(actual: number, expected: number, label: string): void {
  const error = Math.abs(actual - expected);
  assert(
    error <= TOLERANCE * Math.max(1, Math.abs(expected)),
    `${label}: derivative ${actual}, central difference ${expected}`,
  );
}
