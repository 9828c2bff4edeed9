import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import * as jnp from "../../src/numpy/mod.ts";
import { tensor } from "../../src/numpy/mod.ts";

const x = tensor([[1, 2, 3], [4, 5, 6]]);

describe("shapes", () => {
  it("change", () => {
    assertEquals(jnp.reshape(x, [3, 2]).toArray(), [[1, 2], [3, 4], [5, 6]]);
    assertEquals(jnp.reshape(x, [-1, 1, 2]).shape, [3, 1, 2]);
    assertEquals(jnp.reshape(jnp.zeros([0, 3]), [0, 5]).shape, [0, 5]);
    assertEquals(jnp.ravel(x).shape, [6]);
    assertEquals(jnp.expandDims(x, 0).shape, [1, 2, 3]);
    assertEquals(jnp.expandDims(x, [0, -1]).shape, [1, 2, 3, 1]);
    assertEquals(jnp.squeeze(jnp.ones([1, 2, 1])).shape, [2]);
    assertEquals(jnp.squeeze(jnp.ones([1, 2, 1]), -1).shape, [1, 2]);
    assertEquals(jnp.broadcastTo([1, 2], [2, 2]).toArray(), [[1, 2], [1, 2]]);
  });
  it("must fit", () => {
    assertThrows(
      () => jnp.reshape(x, [4, -1]),
      ShapeError,
      "Cannot reshape i32[2,3] to [4,-1]: it has 6 elements",
    );
    assertThrows(() => jnp.reshape(x, [-1, -1]), ShapeError, "at most one");
    assertThrows(() => jnp.squeeze(x, 0), ShapeError, "axis 0 has size 2");
    assertThrows(
      () => jnp.broadcastTo(x, [2, 1]),
      ShapeError,
      "Cannot broadcast i32[2,3] to [2,1]",
    );
  });
});

describe("axes", () => {
  it("change places", () => {
    const cube = jnp.zeros([2, 3, 4]);
    assertEquals(jnp.transpose(cube).shape, [4, 3, 2]);
    assertEquals(jnp.transpose(cube, [1, -1, 0]).shape, [3, 4, 2]);
    assertEquals(jnp.moveaxis(cube, 0, -1).shape, [3, 4, 2]);
    assertEquals(jnp.moveaxis(cube, [0, 1], [1, 2]).shape, [4, 2, 3]);
    assertEquals(jnp.swapaxes(cube, 0, 2).shape, [4, 3, 2]);
    assertThrows(() => jnp.transpose(cube, [0, 0, 1]), ShapeError, "once");
  });
  it("turn around and rotate", () => {
    assertEquals(jnp.flip(x).toArray(), [[6, 5, 4], [3, 2, 1]]);
    assertEquals(jnp.flip(x, 1).toArray(), [[3, 2, 1], [6, 5, 4]]);
    assertEquals(jnp.roll(x, 1, 1).toArray(), [[3, 1, 2], [6, 4, 5]]);
    assertEquals(jnp.roll(x, -2, 1).toArray(), [[3, 1, 2], [6, 4, 5]]);
    assertEquals(jnp.roll(x, 1).toArray(), [[6, 1, 2], [3, 4, 5]]);
    assertEquals(jnp.roll(jnp.zeros([0]), 1, 0).shape, [0]);
  });
});

describe("joins and cuts", () => {
  it("join", () => {
    assertEquals(jnp.concatenate([x, x]).shape, [4, 3]);
    assertEquals(jnp.concatenate([[1], [2.5]]).toArray(), [1, 2.5]);
    assertEquals(jnp.concatenate([x, [[7], [8]]], -1).toArray(), [
      [1, 2, 3, 7],
      [4, 5, 6, 8],
    ]);
    assertEquals(jnp.stack([[1, 2], [3, 4]], 1).toArray(), [[1, 3], [2, 4]]);
    assertEquals(jnp.stack([1, 2.5]).toArray(), [1, 2.5]);
    assertEquals(jnp.vstack([[1, 2], [3, 4]]).toArray(), [[1, 2], [3, 4]]);
    assertEquals(jnp.hstack([[1, 2], [3]]).toArray(), [1, 2, 3]);
    assertEquals(jnp.hstack([x, x]).shape, [2, 6]);
    assertThrows(() => jnp.concatenate([]), ShapeError, "no tensors");
    assertThrows(() => jnp.stack([]), ShapeError, "no tensors");
    assertThrows(
      () => jnp.stack([[1], [1, 2]]),
      ShapeError,
      "Cannot stack i32[1] and i32[2]",
    );
    assertThrows(
      () => jnp.concatenate([x, [[1]]]),
      ShapeError,
      "Cannot concatenate along axis 0: i32[2,3], i32[1,1] were given",
    );
  });
  it("cut", () => {
    const parts = (ts: jnp.Tensor[]) => ts.map((t) => t.toArray());
    assertEquals(parts(jnp.split([1, 2, 3, 4], 2)), [[1, 2], [3, 4]]);
    assertEquals(parts(jnp.split([1, 2, 3, 4], [1, 3])), [[1], [2, 3], [4]]);
    assertEquals(parts(jnp.split([1, 2], [-1, 5])), [[1], [2], []]);
    assertEquals(jnp.split(x, 3, 1).map((t) => t.shape), [
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    assertThrows(
      () => jnp.split([1, 2, 3], 2),
      ShapeError,
      "Cannot split i32[3] into 2 parts along axis 0",
    );
  });
  it("repeat", () => {
    assertEquals(jnp.tile([1, 2], 2).toArray(), [1, 2, 1, 2]);
    assertEquals(jnp.tile([1, 2], [2, 1]).toArray(), [[1, 2], [1, 2]]);
    assertEquals(jnp.tile(x, 2).shape, [2, 6]);
    assertEquals(jnp.repeat([1, 2], 2).toArray(), [1, 1, 2, 2]);
    assertEquals(jnp.repeat(x, 2, 0).shape, [4, 3]);
    assertEquals(jnp.repeat(x, 2, 1).at(0).toArray(), [1, 1, 2, 2, 3, 3]);
  });
  it("pad", () => {
    assertEquals(jnp.pad([1], 1).toArray(), [0, 1, 0]);
    assertEquals(jnp.pad([1], [0, 2], 9).toArray(), [1, 9, 9]);
    assertEquals(jnp.pad([[1]], [[1, 0], [0, 1]], 7).toArray(), [
      [7, 7],
      [1, 7],
    ]);
    assertThrows(() => jnp.pad([[1]], [[1, 0]]), ShapeError, "one per axis: 2");
  });
});

describe("elements by index", () => {
  it("are taken", () => {
    assertEquals(jnp.take(x, [5, 0]).toArray(), [6, 1]);
    assertEquals(jnp.take(x, [2, 0], 1).toArray(), [[3, 1], [6, 4]]);
    assertEquals(jnp.take(x, -1, 1).toArray(), [3, 6]);
    assertEquals(jnp.take(x, [[0, 1]], 0).shape, [1, 2, 3]);
    assertEquals(jnp.take(x, [9, -9], 0).toArray(), [[4, 5, 6], [1, 2, 3]]);
    assertEquals(jnp.take(x, tensor([1], "u32"), 0).toArray(), [[4, 5, 6]]);
    assertThrows(
      () => jnp.take(x, [0.5], 0),
      ShapeError,
      "indices f32[1] were given, expected integers",
    );
  });
  it("are taken along an axis", () => {
    const order = tensor([[2, 0], [-1, 1]]);
    assertEquals(jnp.takeAlongAxis(x, order, 1).toArray(), [[3, 1], [6, 5]]);
    assertEquals(
      jnp.takeAlongAxis(x, [[0, 1, 0]], 0).toArray(),
      [[1, 5, 3]],
    );
    assertThrows(
      () => jnp.takeAlongAxis(x, [[0, 1]], 0),
      ShapeError,
      "expected the same sizes on all other axes",
    );
  });
});
