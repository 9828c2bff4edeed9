import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

describe("ranges", () => {
  it("go in powers", () => {
    assertNear(jnp.logspace(0, 3, 4), [1, 10, 100, 1000]);
    assertNear(jnp.logspace(0, 2, 2, { base: 2, endpoint: false }), [1, 2]);
    assertNear(jnp.logspace(1, 3, 1), [10]);
    assertNear(jnp.geomspace(1, 256, 9), [1, 2, 4, 8, 16, 32, 64, 128, 256]);
    assertNear(jnp.geomspace(-1, -8, 3, { endpoint: false }), [-1, -2, -4]);
    assertThrows(
      () => jnp.geomspace(-1, 8),
      ShapeError,
      "Cannot make a geometric range from -1 to 8: expected two numbers of one",
    );
  });
  it("give grids", () => {
    assertTensor(jnp.indices([2, 2]), "i32", [[[0, 0], [1, 1]], [[0, 1], [
      0,
      1,
    ]]]);
    assertTensor(
      jnp.fromfunction((i, j) => i.mul(10).add(j), [2, 2]),
      "i32",
      [[0, 1], [10, 11]],
    );
    assertEquals(jnp.indices([]).shape, [0]);
  });
  it("give powers of a vector", () => {
    assertTensor(jnp.vander([2, 3]), "i32", [[2, 1], [3, 1]]);
    assertTensor(jnp.vander([2, 3], { n: 3, increasing: true }), "i32", [
      [1, 2, 4],
      [1, 3, 9],
    ]);
    assertEquals(jnp.vander([2, 3], { n: 0 }).shape, [2, 0]);
    assertThrows(() => jnp.vander([[1]]), ShapeError, "expected a vector");
  });
  it("give windows", () => {
    assertNear(jnp.bartlett(5), [0, 0.5, 1, 0.5, 0]);
    // What is 0 is a difference of numbers near 1.
    const zero = { ulps: 2 ** 20 };
    assertNear(jnp.hanning(5), [0, 0.5, 1, 0.5, 0], zero);
    assertNear(jnp.hamming(3), [0.08, 1, 0.08]);
    assertNear(jnp.blackman(3), [0, 1, 0], zero);
    assertNear(jnp.hanning(1), [1]);
    assertNear(jnp.bartlett(1), [1]);
  });
  it("empty, emptyLike, asarray, copy", () => {
    assertTensor(jnp.empty([2]), "f32", [0, 0]);
    assertTensor(jnp.emptyLike([1, 2]), "i32", [0, 0]);
    assertTensor(jnp.asarray([1, 2], "f32"), "f32", [1, 2]);
    assertTensor(jnp.copy([1, 2]), "i32", [1, 2]);
  });
});
