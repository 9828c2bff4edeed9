import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import * as jnp from "../../src/numpy/mod.ts";

describe("creation", () => {
  it("fills", () => {
    assertEquals(jnp.zeros([2, 1]).toArray(), [[0], [0]]);
    assertEquals(jnp.ones(2, "i32").toArray(), [1, 1]);
    assertEquals(jnp.full([2], 3).dtype, "i32");
    assertEquals(jnp.full([2], 0.5).toArray(), [0.5, 0.5]);
    assertEquals(jnp.full([2, 2], [1, 2]).toArray(), [[1, 2], [1, 2]]);
    assertEquals(jnp.full([2], true).dtype, "bool");
    const like = jnp.ones([2], "u32");
    assertEquals(jnp.zerosLike(like).dtype, "u32");
    assertEquals(jnp.onesLike(like, "f32").dtype, "f32");
    assertEquals(jnp.fullLike(like, 7).toArray(), [7, 7]);
    assertEquals(jnp.array([1, 2], "f32").dtype, "f32");
    assertThrows(
      () => jnp.zeros([2, -1]),
      ShapeError,
      "Cannot make a tensor: shape [2,-1] was given, expected integers",
    );
  });
  it("gives the same inside a trace", () => {
    const made = jnp.jax.jit((x: jnp.Tensor) => [
      jnp.zeros([2]).add(x),
      jnp.full([2], 3),
      jnp.arange(3),
      jnp.tensor(2.5),
      jnp.tensor([1, 2]),
    ])(jnp.tensor(1));
    assertEquals(made.map((t) => t.toArray()), [
      [1, 1],
      [3, 3],
      [0, 1, 2],
      2.5,
      [1, 2],
    ]);
    assertEquals(made.map((t) => t.dtype), ["f32", "i32", "i32", "f32", "i32"]);
  });
  it("counts", () => {
    assertEquals(jnp.arange(3).toArray(), [0, 1, 2]);
    assertEquals(jnp.arange(3, "f32").dtype, "f32");
    assertEquals(jnp.arange(2, 5).toArray(), [2, 3, 4]);
    assertEquals(jnp.arange(5, 0, -2).toArray(), [5, 3, 1]);
    assertEquals(jnp.arange(0, 1, 0.25).toArray(), [0, 0.25, 0.5, 0.75]);
    assertEquals(jnp.arange(0, 4, 2, "u32").dtype, "u32");
    assertEquals(jnp.arange(-3).toArray(), []);
    assertThrows(() => jnp.arange(0, 3, 0), ShapeError, "not 0");
  });
  it("spaces evenly in f32 steps", () => {
    assertEquals(jnp.linspace(0, 1, 5).toArray(), [0, 0.25, 0.5, 0.75, 1]);
    assertEquals(jnp.linspace(-1, 1, 1).toArray(), [-1]);
    assertEquals(jnp.linspace(0, 1, 0).toArray(), []);
    assertEquals(
      jnp.linspace(0, 1, 4, { endpoint: false }).toArray(),
      [0, 0.25, 0.5, 0.75],
    );
    // start (1 - k/9) + stop k/9, rounded to f32 at every step.
    const f = Math.fround;
    const part = f(4 / 9);
    const expected = f(f(f(-1.5) * f(1 - part)) + f(f(2.5) * part));
    assertEquals(jnp.linspace(-1.5, 2.5, 10).at(4).toArray(), expected);
    assertEquals(jnp.linspace(-1.5, 2.5, 10).at(9).toArray(), 2.5);
  });
  it("makes unit matrices and grids", () => {
    assertEquals(jnp.eye(2).toArray(), [[1, 0], [0, 1]]);
    assertEquals(jnp.eye(2, 3, 1).toArray(), [[0, 1, 0], [0, 0, 1]]);
    const [x, y] = jnp.meshgrid([[1, 2, 3], [4, 5]]);
    assertEquals(x.toArray(), [[1, 2, 3], [1, 2, 3]]);
    assertEquals(y.toArray(), [[4, 4, 4], [5, 5, 5]]);
    const [a, b] = jnp.meshgrid([[1, 2, 3], [4, 5]], { indexing: "ij" });
    assertEquals(a.toArray(), [[1, 1], [2, 2], [3, 3]]);
    assertEquals(b.toArray(), [[4, 5], [4, 5], [4, 5]]);
  });
});
