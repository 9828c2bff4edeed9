import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertTensor } from "./near.ts";

const x = jnp.tensor([[1, 2, 3], [4, 5, 6]]);

describe("triangles", () => {
  it("are cut at a diagonal", () => {
    assertTensor(jnp.tri(2, 3), "f32", [[1, 0, 0], [1, 1, 0]]);
    assertTensor(jnp.tri(2, 3, 1), "f32", [[1, 1, 0], [1, 1, 1]]);
    assertTensor(jnp.tril(x), "i32", [[1, 0, 0], [4, 5, 0]]);
    assertTensor(jnp.tril(x, -1), "i32", [[0, 0, 0], [4, 0, 0]]);
    assertTensor(jnp.triu(x), "i32", [[1, 2, 3], [0, 5, 6]]);
    assertTensor(jnp.triu(x, 1), "i32", [[0, 2, 3], [0, 0, 6]]);
    assertEquals(jnp.tril(jnp.ones([4, 2, 3])).shape, [4, 2, 3]);
    assertThrows(
      () => jnp.tril([1, 2]),
      ShapeError,
      "Cannot take the lower triangle of i32[2]: expected at least two axes",
    );
  });
  it("have indices", () => {
    const places = (list: jnp.Tensor[]) => list.map((t) => t.toArray());
    assertEquals(places(jnp.trilIndices(2)), [[0, 1, 1], [0, 0, 1]]);
    assertEquals(places(jnp.trilIndices(2, -1)), [[1], [0]]);
    assertEquals(places(jnp.triuIndices(2, 0, 3)), [
      [0, 0, 0, 1, 1],
      [0, 1, 2, 1, 2],
    ]);
    assertEquals(places(jnp.diagIndices(2)), [[0, 1], [0, 1]]);
  });
});

describe("diagonals", () => {
  it("are taken", () => {
    assertTensor(jnp.diagonal(x), "i32", [1, 5]);
    assertTensor(jnp.diagonal(x, { offset: 1 }), "i32", [2, 6]);
    assertTensor(jnp.diagonal(x, { offset: 2 }), "i32", [3]);
    assertTensor(jnp.diagonal(x, { offset: -1 }), "i32", [4]);
    assertTensor(jnp.diagonal(x, { offset: 3 }), "i32", []);
    assertTensor(jnp.trace(x), "i32", 6);
    const cube = jnp.arange(12).reshape(2, 3, 2);
    assertTensor(
      jnp.diagonal(cube, { axis1: 0, axis2: 2 }),
      "i32",
      [[0, 7], [2, 9], [4, 11]],
    );
    assertThrows(
      () => jnp.diagonal(x, { axis1: 1 }),
      ShapeError,
      "Cannot take the diagonal of i32[2,3]: axis 1 was given twice",
    );
  });
  it("are made", () => {
    assertTensor(jnp.identity(2), "f32", [[1, 0], [0, 1]]);
    assertTensor(jnp.diag([1, 2]), "i32", [[1, 0], [0, 2]]);
    assertTensor(jnp.diag([1, 2], 1), "i32", [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
    assertTensor(jnp.diag([1, 2], -1), "i32", [
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    assertTensor(jnp.diag(x, 1), "i32", [2, 6]);
    assertTensor(jnp.diagflat([[1], [2]]), "i32", [[1, 0], [0, 2]]);
    assertThrows(() => jnp.diag(1), ShapeError, "Cannot take diag of i32[]");
  });
  it("have derivatives", () => {
    checkGrads((x) => jnp.diagonal(x, { offset: 1 }).square(), [
      [[1, 2, 3], [4, 5, 6]],
    ]);
    checkGrads((x) => jnp.diag(x, -1).square(), [[1, 2, 3]]);
    const slope = jax.grad((x: jnp.Tensor) => jnp.triu(x, 1).sum());
    assertEquals(slope(jnp.ones([2, 3])).toArray(), [[0, 1, 1], [0, 0, 1]]);
  });
});
