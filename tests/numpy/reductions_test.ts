import { describe, it } from "node:test";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import * as jnp from "../../src/numpy/mod.ts";
import { tensor } from "../../src/numpy/mod.ts";

const x = tensor([[3, 1, 2], [6, 5, 4]]);
const cube = jnp.arange(24).reshape(2, 3, 4);

describe("reductions", () => {
  it("run over one, several or all axes", () => {
    assertEquals(jnp.sum(x).toArray(), 21);
    assertEquals(jnp.sum(x, 0).toArray(), [9, 6, 6]);
    assertEquals(jnp.sum(cube, [0, 2]).toArray(), [60, 92, 124]);
    assertEquals(jnp.sum(cube, [-1, 1], { keepdims: true }).shape, [2, 1, 1]);
    assertEquals(jnp.sum(x, []).toArray(), x.toArray());
    assertEquals(jnp.max(x, 1).toArray(), [3, 6]);
    assertEquals(jnp.min(x).toArray(), 1);
    assertEquals(jnp.prod(x, 0).toArray(), [18, 5, 8]);
    assertThrows(
      () => jnp.sum(x, 2),
      ShapeError,
      "axis 2 was given for rank 2",
    );
    assertThrows(() => jnp.sum(x, [0, -2]), ShapeError, "given twice");
  });
  it("choose dtypes as JAX", () => {
    const b = tensor([true, true, false]);
    assertEquals([jnp.sum(x).dtype, jnp.mean(x).dtype], ["i32", "f32"]);
    assertEquals([jnp.sum(b).dtype, jnp.sum(b).toArray()], ["i32", 2]);
    assertEquals([jnp.max(b).dtype, jnp.max(b).toArray()], ["bool", true]);
    assertEquals([jnp.min(b).dtype, jnp.min(b).toArray()], ["bool", false]);
    assertAlmostEquals(jnp.mean(b).toArray() as number, 2 / 3, 1e-7);
    assertEquals(jnp.sum(tensor([1], "u32")).dtype, "u32");
  });
  it("measure spread", () => {
    const data = tensor([[1, 2, 3, 4], [2, 4, 6, 8]]);
    assertEquals(jnp.var(data, 1).toArray(), [1.25, 5]);
    assertAlmostEquals(
      jnp.var(data, 1, { ddof: 1 }).at(0).toArray() as number,
      5 / 3,
      1e-6,
    );
    assertAlmostEquals(
      jnp.std(data, 1).at(1).toArray() as number,
      5 ** 0.5,
      1e-6,
    );
    assertEquals(jnp.var(data, 0, { keepdims: true }).shape, [1, 4]);
  });
  it("find extremes, first of ties, in row-major order by default", () => {
    assertEquals(jnp.argmax(tensor([1, 3, 3])).toArray(), 1);
    assertEquals(jnp.argmin(x).toArray(), 1);
    assertEquals(jnp.argmax(x, 0).toArray(), [1, 1, 1]);
    assertEquals(jnp.argmin(x, -1, { keepdims: true }).toArray(), [[1], [2]]);
    assertEquals(jnp.argmax(x, null, { keepdims: true }).toArray(), [[3]]);
    assertEquals(jnp.argmax([false, true]).toArray(), 1);
    assertEquals(jnp.argmax(x).dtype, "i32");
  });
  it("ask for any and all", () => {
    const b = tensor([[true, false], [true, true]]);
    assertEquals(jnp.any(b, 0).toArray(), [true, true]);
    assertEquals(jnp.all(b, 0).toArray(), [true, false]);
    assertEquals(jnp.all(b, 1, { keepdims: true }).toArray(), [[false], [
      true,
    ]]);
    assertEquals(jnp.any(tensor([0, 0.5])).toArray(), true);
    assertEquals(jnp.all(jnp.zeros([0])).toArray(), true);
    assertEquals(jnp.any(jnp.zeros([0])).toArray(), false);
    assertEquals(jnp.countNonzero(tensor([0, 3, 4])).toArray(), 2);
  });
  it("sum up along the way", () => {
    assertEquals(jnp.cumsum(x, 1).toArray(), [[3, 4, 6], [6, 11, 15]]);
    assertEquals(jnp.cumsum(x).toArray(), [3, 4, 6, 12, 17, 21]);
    assertEquals(jnp.cumsum([true, true]).toArray(), [1, 2]);
    assertEquals(jnp.cumsum(tensor([1, 2], "u32")).dtype, "u32");
  });
  it("take norms", () => {
    const v = tensor([[3, -4]], "f32");
    assertEquals(jnp.norm(v).toArray(), 5);
    assertEquals(jnp.norm(v, 1, { ord: 1 }).toArray(), [7]);
    assertEquals(jnp.norm(v, 1, { ord: Infinity }).toArray(), [4]);
    assertEquals(jnp.norm(v, 1, { keepdims: true }).toArray(), [[5]]);
  });
  it("compare whole tensors", () => {
    const close = (a: jnp.TensorLike, b: jnp.TensorLike) =>
      jnp.allclose(a, b).toArray();
    assertEquals(close([1, 2], [1, 2.00001]), true);
    assertEquals(close([1, 2], [1, 2.001]), false);
    assertEquals(close([Infinity], [Infinity]), true);
    assertEquals(close([Infinity], [-Infinity]), false);
    assertEquals(close([Infinity], [1]), false);
    assertEquals(close([NaN], [NaN]), false);
    assertEquals(jnp.arrayEqual([1, 2], [1, 2]).toArray(), true);
    assertEquals(jnp.arrayEqual([1, 2], [[1, 2]]).toArray(), false);
  });
  it("have no largest element of none", () => {
    assertThrows(() => jnp.max(jnp.zeros([0])), ShapeError, "max");
    assertEquals(jnp.sum(jnp.zeros([0])).toArray(), 0);
  });
});
