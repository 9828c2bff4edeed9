import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jnp } from "./names.ts";
import { assertTensor } from "./near.ts";

const x = jnp.tensor([[1, 2, 3], [4, 5, 6]]);
const arrays = (ts: jnp.Tensor[]) => ts.map((t) => t.toArray());

describe("shapes", () => {
  it("get axes", () => {
    const shapes = (t: jnp.TensorLike) =>
      [jnp.atleast1d(t), jnp.atleast2d(t), jnp.atleast3d(t)].map((y) =>
        y.shape
      );
    assertEquals(shapes(5), [[1], [1, 1], [1, 1, 1]]);
    assertEquals(shapes([1, 2]), [[2], [1, 2], [1, 2, 1]]);
    assertEquals(shapes(x), [[2, 3], [2, 3], [2, 3, 1]]);
    assertEquals(shapes(jnp.ones([2, 3, 4])).at(-1), [2, 3, 4]);
    assertEquals(jnp.permuteDims(x, [1, 0]).shape, [3, 2]);
    const cube = jnp.ones([2, 3, 4]);
    assertEquals(jnp.rollaxis(cube, 2).shape, [4, 2, 3]);
    assertEquals(jnp.rollaxis(cube, 0, 3).shape, [3, 4, 2]);
    assertEquals(jnp.rollaxis(cube, 1, 1).shape, [2, 3, 4]);
  });
  it("broadcast", () => {
    assertEquals(jnp.broadcastShapes([2, 1], [3], []), [2, 3]);
    assertEquals(arrays(jnp.broadcastArrays([[1], [2]], [3, 4])), [
      [[1, 1], [2, 2]],
      [[3, 4], [3, 4]],
    ]);
    assertThrows(
      () => jnp.broadcastShapes([2], [3]),
      ShapeError,
      "Cannot broadcast f32[2] and f32[3]: axis 0 has sizes 2 and 3",
    );
  });
});

describe("joins", () => {
  it("stack along the third axis, or as columns", () => {
    assertTensor(jnp.dstack([[1, 2], [3, 4]]), "i32", [[[1, 3], [2, 4]]]);
    assertTensor(jnp.columnStack([[1, 2], [[3, 4], [5, 6]]]), "i32", [
      [1, 3, 4],
      [2, 5, 6],
    ]);
    assertTensor(jnp.concat([[1], [2]]), "i32", [1, 2]);
    assertTensor(jnp.append([[1], [2]], [3]), "i32", [1, 2, 3]);
    assertTensor(jnp.append([[1], [2]], [[3]], 0), "i32", [[1], [2], [3]]);
  });
  it("put blocks together", () => {
    const one = jnp.ones([2, 2], "i32"), two = jnp.full([1, 2], 2);
    assertTensor(jnp.block([[one, [[7], [8]]], [two, 9]]), "i32", [
      [1, 1, 7],
      [1, 1, 8],
      [2, 2, 9],
    ]);
    assertTensor(jnp.block([[1, 2], [3, 4]]), "i32", [[1, 2], [3, 4]]);
  });
  it("insert and delete", () => {
    assertTensor(jnp.insert([1, 2], 1, 9), "i32", [1, 9, 2]);
    assertTensor(jnp.insert(x, -1, 9, 1), "i32", [[1, 2, 9, 3], [4, 5, 9, 6]]);
    assertTensor(jnp.insert(x, 2, [7, 8, 9], 0), "i32", [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    assertTensor(jnp.delete(x, [0, -1]), "i32", [2, 3, 4, 5]);
    assertTensor(jnp.delete(x, 1, 1), "i32", [[1, 3], [4, 6]]);
    assertThrows(
      () => jnp.insert([1], 5, 2),
      ShapeError,
      "Cannot insert into i32[1] before 5: axis 0 has size 1",
    );
    assertThrows(() => jnp.delete([1], 3), ShapeError, "axis 3 was given");
  });
});

describe("cuts", () => {
  it("may have parts of different sizes", () => {
    assertEquals(arrays(jnp.arraySplit([1, 2, 3, 4, 5], 3)), [
      [1, 2],
      [3, 4],
      [5],
    ]);
    assertEquals(arrays(jnp.arraySplit([1, 2], 3)), [[1], [2], []]);
    assertEquals(arrays(jnp.arraySplit([1, 2, 3], [1])), [[1], [2, 3]]);
    assertThrows(
      () => jnp.arraySplit([1], 0),
      ShapeError,
      "Cannot split i32[1] into 0 parts, expected an integer from 1 up",
    );
  });
  it("go along one axis each", () => {
    const cube = jnp.ones([2, 4, 6]);
    const shapes = (ts: jnp.Tensor[]) => ts.map((t) => t.shape);
    assertEquals(shapes(jnp.vsplit(cube, 2)), [[1, 4, 6], [1, 4, 6]]);
    assertEquals(shapes(jnp.hsplit(cube, 2)), [[2, 2, 6], [2, 2, 6]]);
    assertEquals(shapes(jnp.dsplit(cube, 2)), [[2, 4, 3], [2, 4, 3]]);
    assertEquals(arrays(jnp.hsplit([1, 2], 2)), [[1], [2]]);
    assertEquals(arrays(jnp.unstack(x, 1)), [[1, 4], [2, 5], [3, 6]]);
  });
});

describe("turns", () => {
  it("mirror and rotate", () => {
    assertTensor(jnp.fliplr(x), "i32", [[3, 2, 1], [6, 5, 4]]);
    assertTensor(jnp.flipud(x), "i32", [[4, 5, 6], [1, 2, 3]]);
    const quarters = [0, 1, 2, 3, -1].map((k) => jnp.rot90(x, k).toArray());
    assertEquals(quarters, [
      [[1, 2, 3], [4, 5, 6]],
      [[3, 6], [2, 5], [1, 4]],
      [[6, 5, 4], [3, 2, 1]],
      [[4, 1], [5, 2], [6, 3]],
      [[4, 1], [5, 2], [6, 3]],
    ]);
    assertThrows(
      () => jnp.rot90(x, 1, [1, 1]),
      ShapeError,
      "Cannot rotate i32[2,3]: axis 1 was given twice",
    );
  });
});

describe("padding", () => {
  const line = jnp.tensor([1, 2, 3]);
  it("repeats elements in the ways of numpy", () => {
    const to = (mode: jnp.PadMode) => jnp.pad(line, [4, 5], { mode }).toArray();
    assertEquals(to("edge"), [1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3]);
    assertEquals(to("reflect"), [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]);
    assertEquals(to("symmetric"), [3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2]);
    assertEquals(to("wrap"), [3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2]);
    assertEquals(
      jnp.pad([7], 2, { mode: "reflect" }).toArray(),
      [7, 7, 7, 7, 7],
    );
  });
  it("goes along all axes", () => {
    assertTensor(jnp.pad(x, [[0, 1], [1, 0]], { mode: "edge" }), "i32", [
      [1, 1, 2, 3],
      [4, 4, 5, 6],
      [4, 4, 5, 6],
    ]);
    assertTensor(jnp.pad([1], 1, { constantValues: 5 }), "i32", [5, 1, 5]);
    assertTensor(jnp.pad([1], 1, jnp.tensor(5)), "i32", [5, 1, 5]);
    assertTensor(jnp.pad([1], 1, {}), "i32", [0, 1, 0]);
  });
  it("has derivatives", () => {
    checkGrads((x) => jnp.pad(x, [2, 1], { mode: "reflect" }).square(), [
      [1, 2, 3],
    ]);
  });
  it("says what does not fit", () => {
    assertThrows(
      () => jnp.pad(line, 1, { mode: "mirror" as jnp.PadMode }),
      ShapeError,
      'Cannot pad i32[3]: mode "mirror" was given, expected one of constant, ' +
        "edge, reflect, symmetric, wrap",
    );
    assertThrows(
      () => jnp.pad(line, [-1, 0], { mode: "edge" }),
      ShapeError,
      "axis 0 of size 3 has widths -1 and 0, expected none below 0",
    );
    assertThrows(
      () => jnp.pad(jnp.zeros(0), 1, { mode: "wrap" }),
      ShapeError,
      "axis 0 of size 0",
    );
  });
});
