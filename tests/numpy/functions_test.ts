import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

const f = Math.fround;

/** A function, the same in double precision, and where it is compared. */
type Case = [
  name: string,
  fn: (x: Tensor) => Tensor,
  exact: (x: number) => number,
  at: number[],
];

const wide = [-30, -3.5, -1, -0.3, -1e-4, 0, 1e-4, 0.3, 1, 3.5, 30];
const unit = [-0.99, -0.5, -1e-4, 0, 1e-4, 0.5, 0.99];
const positive = [1e-4, 0.3, 1, 3.5, 30, 1e6];

const CASES: Case[] = [
  ["exp2", jnp.exp2, (x) => 2 ** x, wide],
  ["log2", jnp.log2, Math.log2, positive],
  ["log10", jnp.log10, Math.log10, positive],
  ["cbrt", jnp.cbrt, Math.cbrt, wide],
  ["sinh", jnp.sinh, Math.sinh, [...wide, 80, -80, 88.5]],
  ["cosh", jnp.cosh, Math.cosh, [...wide, 88.5, -88.5]],
  ["arcsin", jnp.arcsin, Math.asin, [...unit, 1, -1]],
  ["arccos", jnp.arccos, Math.acos, [...unit, 1, -1]],
  ["arctan", jnp.arctan, Math.atan, wide],
  ["arcsinh", jnp.arcsinh, Math.asinh, [...wide, 1e4, -1e4, 1e12, 1e30]],
  ["arccosh", jnp.arccosh, Math.acosh, [1, 1.0001, 1.5, 30, 1e4, 1e30]],
  ["arctanh", jnp.arctanh, Math.atanh, unit],
  [
    "sinc",
    jnp.sinc,
    (x) => x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x),
    [-0.5, -0.01, 0, 1e-3, 0.0096, 0.3, 1.5],
  ],
  ["deg2rad", jnp.deg2rad, (x) => x * Math.PI / 180, wide],
  ["rad2deg", jnp.rad2deg, (x) => x * 180 / Math.PI, wide],
  ["radians", jnp.radians, (x) => x * Math.PI / 180, wide],
  ["degrees", jnp.degrees, (x) => x * 180 / Math.PI, wide],
];

describe("functions of one element", () => {
  // One Program for all, which a GPU compiles once.
  const results = jax.jit((xs: Tensor[]) => xs.map((x, i) => CASES[i][1](x)));
  const all = results(CASES.map(([, , , at]) => jnp.tensor(at, "f32")));
  CASES.forEach(([name, , exact, at], i) => {
    it(name, () => {
      const expected = at.map((x) => exact(f(x)));
      // What is made of several functions has the errors of several.
      assertNear(all[i], expected, { ulps: 32, label: name });
    });
  });
  it("are floats for integers", () => {
    assertTensor(jnp.exp2(jnp.tensor([3])), "f32", [8]);
    assertTensor(jnp.log2(jnp.tensor([8])), "f32", [3]);
    assertEquals(jnp.arctan(jnp.tensor([1])).dtype, "f32");
  });
  it("have derivatives to second order", () => {
    checkGrads(jnp.exp2, [[0.3, 1.5]]);
    checkGrads((x) => jnp.log2(x).add(jnp.log10(x)), [[0.3, 1.5]]);
    checkGrads(jnp.cbrt, [[0.3, -1.5]]);
    checkGrads((x) => jnp.sinh(x).mul(jnp.cosh(x)), [[0.3, -1.1]]);
    checkGrads((x) => jnp.arcsin(x).mul(jnp.arccos(x)), [[0.3, -0.4]]);
    checkGrads((x) => jnp.arctan(x).add(jnp.arcsinh(x)), [[0.3, -1.1]]);
    checkGrads(jnp.arccosh, [[1.7, 3]]);
    checkGrads(jnp.arctanh, [[0.3, -0.4]]);
    checkGrads(jnp.sinc, [[0.3, 0.001, -1.2]]);
  });
});

describe("functions of two elements", () => {
  it("logaddexp neither overflows nor loses infinities", () => {
    const a = [1, 200, -Infinity, -Infinity, Infinity, 0];
    const b = [2, 200, 3, -Infinity, 1, -Infinity];
    const expected = a.map((x, i) => {
      const top = Math.max(x, b[i]);
      if (Math.abs(top) === Infinity) return top;
      return top + Math.log(Math.exp(x - top) + Math.exp(b[i] - top));
    });
    assertNear(jnp.logaddexp(a, b), expected);
    const slopes = jax.grad(
      (x: Tensor, y: Tensor) => jnp.logaddexp(x, y).sum(),
      { argnums: [0, 1] },
    )(jnp.tensor([0, 1, -Infinity]), jnp.tensor([0, 1, -Infinity]));
    assertEquals(slopes[0].toArray(), [0.5, 0.5, 1]);
    checkGrads(jnp.logaddexp, [[0.3, -1], [0.5, 2]]);
    assertNear(jnp.logaddexp2([3], [3]), [4]);
  });
  it("hypot neither overflows nor divides by 0", () => {
    assertNear(
      jnp.hypot([3, 0, -5, 1e30, Infinity], [4, 0, 12, 1e30, 1]),
      [5, 0, 13, f(1e30) * Math.SQRT2, Infinity],
    );
    checkGrads(jnp.hypot, [[0.3, -1], [0.5, 2]]);
  });
  it("copysign, ldexp, floatPower, heaviside", () => {
    assertTensor(
      jnp.copysign([1, -2, 3], jnp.tensor([-0, 1, -5], "f32")),
      "f32",
      [-1, 2, -3],
    );
    assertTensor(jnp.ldexp([1.5, 3], [2, -1]), "f32", [6, 1.5]);
    assertTensor(jnp.floatPower([2, 4], [3, 0.5]), "f32", [8, 2]);
    assertTensor(
      jnp.heaviside([-2, 0, 3, NaN], 0.5),
      "f32",
      [0, 0.5, 1, NaN],
    );
  });
  it("fmax and fmin prefer numbers to NaN", () => {
    assertTensor(jnp.fmax([NaN, 1, 3], [2, NaN, 1]), "f32", [2, 1, 3]);
    assertTensor(jnp.fmin([NaN, 1, NaN], [2, NaN, NaN]), "f32", [2, 1, NaN]);
  });
});

describe("parts and special values", () => {
  it("trunc, fix, rint, modf, divmod", () => {
    const x = [-2.5, -0.5, 0.5, 1.5, 2.7];
    assertTensor(jnp.trunc(x), "f32", [-2, -0, 0, 1, 2]);
    assertTensor(jnp.fix(x), "f32", [-2, -0, 0, 1, 2]);
    assertTensor(jnp.rint(x), "f32", [-2, -0, 0, 2, 3]);
    assertTensor(jnp.trunc(jnp.tensor([3])), "i32", [3]);
    const [part, whole] = jnp.modf([-2.5, 3.25, Infinity]);
    assertTensor(part, "f32", [-0.5, 0.25, 0]);
    assertTensor(whole, "f32", [-2, 3, Infinity]);
    const [q, r] = jnp.divmod(jnp.tensor([7, -7]), 3);
    assertEquals([q.toArray(), r.toArray()], [[2, -3], [1, 2]]);
  });
  it("signbit, absolute, fabs, positive", () => {
    assertTensor(jnp.signbit(jnp.tensor([-0, 0, -1, 2], "f32")), "bool", [
      true,
      false,
      true,
      false,
    ]);
    assertTensor(jnp.signbit(jnp.tensor([-1, 2])), "bool", [true, false]);
    assertTensor(jnp.absolute(jnp.tensor([-3])), "i32", [3]);
    assertTensor(jnp.fabs(jnp.tensor([-3])), "f32", [3]);
    assertTensor(jnp.positive([-3]), "i32", [-3]);
  });
  it("isinf and its kin, nanToNum", () => {
    const x = [1, NaN, Infinity, -Infinity];
    assertTensor(jnp.isinf(x), "bool", [false, false, true, true]);
    assertTensor(jnp.isposinf(x), "bool", [false, false, true, false]);
    assertTensor(jnp.isneginf(x), "bool", [false, false, false, true]);
    const most = 3.4028234663852886e38;
    assertTensor(jnp.nanToNum(x), "f32", [1, 0, most, -most]);
    assertTensor(
      jnp.nanToNum(x, { nan: 5, posinf: 6, neginf: 7 }),
      "f32",
      [1, 5, 6, 7],
    );
    assertTensor(jnp.nanToNum(jnp.tensor([3])), "i32", [3]);
  });
  it("isclose, allclose", () => {
    const a = [1, 1, Infinity, NaN, 0],
      b = [1 + 1e-6, 1.1, Infinity, NaN, 1e-9];
    assertTensor(jnp.isclose(a, b), "bool", [true, false, true, false, true]);
    assertTensor(
      jnp.isclose(a, b, { equalNan: true, rtol: 0.2 }),
      "bool",
      [true, true, true, true, true],
    );
    assertTensor(jnp.allclose(a, b), "bool", false);
    assertTensor(
      jnp.allclose(a, b, { equalNan: true, rtol: 0.2 }),
      "bool",
      true,
    );
  });
  it("constants", () => {
    assertEquals(
      [jnp.pi, jnp.e, jnp.inf, jnp.nan],
      [Math.PI, Math.E, Infinity, NaN],
    );
    // The harmonic series less the logarithm, with its first corrections.
    let sum = 0;
    for (let k = 1; k <= 1000; k++) sum += 1 / k;
    const limit = sum - Math.log(1000) - 1 / 2000 + 1 / 12e6;
    assert(Math.abs(jnp.eulerGamma - limit) < 1e-12);
  });
});

describe("bits", () => {
  const a = jnp.tensor([0b1100, -1]), b = jnp.tensor([0b1010, 5]);
  it("combine and move", () => {
    assertTensor(jnp.bitwiseAnd(a, b), "i32", [0b1000, 5]);
    assertTensor(jnp.bitwiseOr(a, b), "i32", [0b1110, -1]);
    assertTensor(jnp.bitwiseXor(a, b), "i32", [0b0110, -6]);
    assertTensor(jnp.bitwiseNot(a), "i32", [-13, 0]);
    assertTensor(jnp.invert([true, false]), "bool", [false, true]);
    assertTensor(jnp.leftShift([1, 3], [4, 31]), "i32", [16, -(2 ** 31)]);
    assertTensor(jnp.rightShift(a, 2), "i32", [3, -1]);
    assertTensor(jnp.rightShift(jnp.tensor([2 ** 31], "u32"), 31), "u32", [1]);
    assertTensor(jnp.leftShift([true], [true]), "i32", [2]);
  });
  it("are counted, those of negative numbers in the absolute value", () => {
    const words = [0, 1, 255, 0x7fffffff, -1, -6];
    const count = (n: number) =>
      Math.abs(n).toString(2).split("").filter((c) => c === "1").length;
    assertTensor(jnp.bitwiseCount(words), "i32", words.map(count));
    assertTensor(
      jnp.bitwiseCount(Uint32Array.of(0xffffffff, 0xf0f0f0f0)),
      "u32",
      [32, 16],
    );
  });
  it("are not those of floats", () => {
    assertThrows(
      () => jnp.bitwiseNot([0.5]),
      ShapeError,
      'Cannot apply the bit operation "not": f32[1] were given, expected integers',
    );
    assertThrows(
      () => jnp.bitwiseCount([0.5]),
      ShapeError,
      "Cannot count bits of f32[1]: expected integers",
    );
    assertThrows(() => jnp.leftShift([0.5], 1), ShapeError, '"shl"');
  });
});
