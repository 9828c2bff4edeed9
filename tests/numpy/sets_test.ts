import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertTensor } from "./near.ts";

describe("sets", () => {
  const x = jnp.tensor([[3, 1, 3], [2, 1, 1]]);
  it("unique elements, and where they are", () => {
    assertTensor(jnp.unique(x, { size: 3 }), "i32", [1, 2, 3]);
    assertTensor(jnp.unique(x, { size: 2 }), "i32", [1, 2]);
    assertTensor(jnp.unique(x, { size: 5 }), "i32", [1, 2, 3, 1, 1]);
    const all = jnp.uniqueAll(x, { size: 4, fillValue: -1 });
    assertTensor(all.values, "i32", [1, 2, 3, -1]);
    assertTensor(all.indices, "i32", [1, 3, 0, 0]);
    assertTensor(all.inverse, "i32", [[2, 0, 2], [1, 0, 0]]);
    assertTensor(all.counts, "i32", [3, 1, 2, 0]);
    assertTensor(jnp.unique(jnp.zeros(0), { size: 2 }), "f32", [0, 0]);
  });
  it("of two tensors", () => {
    const [a, b] = [[5, 1, 3, 3], [3, 4, 1]];
    assertTensor(jnp.union1d(a, b, { size: 4 }), "i32", [1, 3, 4, 5]);
    assertTensor(jnp.intersect1d(a, b, { size: 2 }), "i32", [1, 3]);
    assertTensor(jnp.setdiff1d(a, b, { size: 2, fillValue: 0 }), "i32", [5, 0]);
    assertTensor(jnp.setdiff1d([5, 1], [], { size: 2 }), "i32", [1, 5]);
    assertTensor(jnp.setxor1d(a, b, { size: 3, fillValue: 9 }), "i32", [
      4,
      5,
      9,
    ]);
  });
});

describe("integers", () => {
  it("have common divisors and multiples", () => {
    const a = jnp.tensor([12, -18, 0, 0, 7]), b = jnp.tensor([18, 12, 5, 0, 1]);
    assertTensor(jnp.gcd(a, b), "i32", [6, 6, 5, 0, 1]);
    assertTensor(jnp.lcm(a, b), "i32", [36, 36, 0, 0, 7]);
    assertTensor(jnp.lcm(b, a), "i32", [36, 36, 0, 0, 7]);
    // Neighbouring Fibonacci numbers take the most steps.
    assertTensor(
      jnp.gcd(jnp.tensor([1836311903], "u32"), 1134903170),
      "u32",
      [1],
    );
    assertTensor(jnp.gcd([[4], [6]], [2, 3]), "i32", [[2, 1], [2, 3]]);
    assertThrows(
      () => jnp.gcd([0.5], 1),
      ShapeError,
      "Cannot take the common divisor of f32[1] and i32[], expected integers",
    );
  });
  it("have leading zeros", () => {
    assertTensor(jax.lax.clz([0, 1, 255, -1]), "i32", [32, 31, 24, 0]);
    assertThrows(
      () => jax.lax.clz(0.5),
      ShapeError,
      "Cannot count bits of f32",
    );
  });
});

describe("floats", () => {
  it("have neighbours", () => {
    const { fround: f } = Math;
    assertTensor(
      jnp.nextafter([1, 1, -1, -1, 2], [2, 0, -2, 0, 2]),
      "f32",
      [1 + 2 ** -23, f(1 - 2 ** -24), -1 - 2 ** -23, f(-1 + 2 ** -24), 2],
    );
    assertTensor(jnp.nextafter([NaN, 1], [1, NaN]), "f32", [NaN, NaN]);
  });
  it("are a mantissa and an exponent", () => {
    const x = [1, -3, 0.1, 0, Infinity, NaN, 1e30];
    const [m, e] = jnp.frexp(x);
    const whole = x.map((v) =>
      Number.isFinite(v) && v !== 0 ? Math.floor(Math.log2(Math.abs(v))) + 1 : 0
    );
    assertTensor(e, "i32", whole);
    assertTensor(m, "f32", x.map((v, i) => Math.fround(v) / 2 ** whole[i]));
  });
});

describe("polynomials", () => {
  it("are added, multiplied, differentiated and integrated", () => {
    assertTensor(jnp.polyadd([1, 2, 3], [4, 5]), "i32", [1, 6, 8]);
    assertTensor(jnp.polysub([4, 5], [1, 2, 3]), "i32", [-1, 2, 2]);
    assertTensor(jnp.polymul([1, 2], [1, -2]), "f32", [1, 0, -4]);
    assertTensor(jnp.polyder([1, 2, 3]), "i32", [2, 2]);
    assertTensor(jnp.polyder([1, 2, 3], 3), "i32", []);
    assertTensor(jnp.polyint([2, 2]), "f32", [1, 2, 0]);
    assertTensor(jnp.polyint([6], 2), "f32", [3, 0, 0]);
    checkGrads((p) => jnp.polyint(jnp.polyder(p)), [[1, 2, 3]]);
    assertThrows(
      () => jnp.polyadd([[1]], [1]),
      ShapeError,
      "Cannot take i32[1,1] as a polynomial, expected a vector of coefficients",
    );
  });
});

describe("resize", () => {
  it("repeats elements or cuts them off", () => {
    assertTensor(jnp.resize([1, 2, 3], [2, 2]), "i32", [[1, 2], [3, 1]]);
    assertTensor(jnp.resize([[1, 2], [3, 4]], [3]), "i32", [1, 2, 3]);
    assertEquals(jnp.resize([], [0]).shape, [0]);
    assertThrows(
      () => jnp.resize([], [2]),
      ShapeError,
      "Cannot resize f32[0] to [2]: there is nothing to repeat",
    );
  });
});
