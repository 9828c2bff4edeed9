import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertTensor } from "./near.ts";

const { at } = jnp;
const x = jnp.arange(6).reshape(2, 3);
const line = jnp.tensor([1, 2, 3, 4], "f32");
const ids = (...list: number[]) => jnp.tensor(list, "i32");

describe("parts of tensors", () => {
  it("are read", () => {
    assertTensor(at(x, 1).get(), "i32", [3, 4, 5]);
    assertTensor(at(x, null, [1, null]).get(), "i32", [[1, 2], [4, 5]]);
    assertTensor(at(x, ids(1, 0, 1)).get(), "i32", [
      [3, 4, 5],
      [0, 1, 2],
      [3, 4, 5],
    ]);
    assertTensor(at(x, null, ids(2, 0)).get(), "i32", [[2, 0], [5, 3]]);
    assertTensor(at(x, ids(1, 0), ids(2, -3)).get(), "i32", [5, 0]);
    assertTensor(at(x, ids(9, -9)).get(), "i32", [[3, 4, 5], [0, 1, 2]]);
    assertTensor(at(x, jnp.tensor(1)).get(), "i32", [3, 4, 5]);
    assertTensor(at(jnp.tensor(7)).get(), "i32", 7);
  });
  it("have the axes of indices where numpy has them", () => {
    const cube = jnp.arange(24).reshape(2, 3, 4);
    const two = jnp.tensor([[0], [1]]), three = ids(0, 1, 2);
    assertEquals(at(cube, two, three).get().shape, [2, 3, 4]);
    assertEquals(at(cube, null, two, three).get().shape, [2, 2, 3]);
    // Apart from each other they come first; an index alone is one of them.
    assertEquals(at(cube, two, null, three).get().shape, [2, 3, 3]);
    assertEquals(at(cube, 1, null, ids(3, 0)).get().toArray(), [
      [15, 19, 23],
      [12, 16, 20],
    ]);
  });
  it("are set", () => {
    assertTensor(at(x, 1).set([7, 8, 9]), "i32", [[0, 1, 2], [7, 8, 9]]);
    assertTensor(at(x, null, -1).set(9), "i32", [[0, 1, 9], [3, 4, 9]]);
    assertTensor(at(x, 0, [1, 3]).set([8, 9]), "i32", [[0, 8, 9], [3, 4, 5]]);
    assertTensor(at(x, null, [null, null, 2]).set(9), "i32", [
      [9, 1, 9],
      [9, 4, 9],
    ]);
    assertTensor(at(x, 0, [null, null, -1]).set([7, 8, 9]), "i32", [
      [9, 8, 7],
      [3, 4, 5],
    ]);
    assertTensor(at(x, ids(1, 5, -1)).set(0), "i32", [[0, 1, 2], [0, 0, 0]]);
    assertTensor(at(x, ids(0, 1, 4), ids(2, -3, 0)).set(9), "i32", [
      [0, 1, 9],
      [9, 4, 5],
    ]);
    assertTensor(at(x, 0, 0).set(2.9), "i32", [[2, 1, 2], [3, 4, 5]]);
    assertTensor(at(jnp.tensor(7)).set(8), "i32", 8);
    assertTensor(at(x, [1, 1]).set(9), "i32", x.toArray());
  });
  it("are combined with values", () => {
    const part = at(line, [1, 3]);
    assertTensor(part.add(10), "f32", [1, 12, 13, 4]);
    assertTensor(part.subtract([1, 2]), "f32", [1, 1, 1, 4]);
    assertTensor(part.multiply(3), "f32", [1, 6, 9, 4]);
    assertTensor(part.divide(2), "f32", [1, 1, 1.5, 4]);
    assertTensor(part.power(2), "f32", [1, 4, 9, 4]);
    assertTensor(part.max(2.5), "f32", [1, 2.5, 3, 4]);
    assertTensor(part.min(2.5), "f32", [1, 2, 2.5, 4]);
    assertTensor(part.apply((p) => p.neg()), "f32", [1, -2, -3, 4]);
    assertTensor(at(ids(6, 7), 0).divide(4), "f32", [1.5, 7]);
  });
  it("count an index twice where it occurs twice", () => {
    const part = at(line, ids(0, 0, 3, 7));
    assertTensor(part.add([1, 2, 3, 4]), "f32", [4, 2, 3, 7]);
    assertTensor(part.subtract([1, 2, 3, 4]), "f32", [-2, 2, 3, 1]);
    assertTensor(part.multiply([2, 5, 3, 4]), "f32", [10, 2, 3, 12]);
    assertTensor(part.divide([2, 5, 4, 4]), "f32", [Math.fround(0.1), 2, 3, 1]);
    assertTensor(part.max([9, 5, 0, 4]), "f32", [9, 2, 3, 4]);
    assertTensor(part.min([9, 0, 2, 4]), "f32", [0, 2, 3, 2]);
  });
  it("may be where a mask is true", () => {
    const part = at(line, line.greater(2));
    assertTensor(part.set(0), "f32", [1, 2, 0, 0]);
    assertTensor(part.add(1), "f32", [1, 2, 4, 5]);
    assertTensor(part.subtract(1), "f32", [1, 2, 2, 3]);
    assertTensor(part.multiply(2), "f32", [1, 2, 6, 8]);
    assertTensor(part.divide(2), "f32", [1, 2, 1.5, 2]);
    assertTensor(part.power(2), "f32", [1, 2, 9, 16]);
    assertTensor(part.max(3.5), "f32", [1, 2, 3.5, 4]);
    assertTensor(part.min(3.5), "f32", [1, 2, 3, 3.5]);
    assertTensor(part.apply((p) => p.sqrt()), "f32", [
      1,
      2,
      Math.fround(Math.sqrt(3)),
      2,
    ]);
    assertTensor(at(x, jnp.tensor([true, false])).set(9), "i32", [
      [9, 9, 9],
      [3, 4, 5],
    ]);
  });
  it("take traced indices, in batches too", () => {
    const put = (row: Tensor, i: Tensor) => at(row, i).set(-1);
    const rows = jax.jit(jax.vmap(put))(x, ids(2, 0));
    assertTensor(rows, "i32", [[0, 1, -1], [-1, 4, 5]]);
    const pick = jax.vmap((row: Tensor, i: Tensor) => at(row, i).get());
    assertTensor(pick(x, ids(2, 0)), "i32", [2, 3]);
  });
  it("have derivatives", () => {
    checkGrads((x, v) => at(x, [1, 3]).set(v).square(), [[1, 2, 3], [4, 5]]);
    checkGrads((x, v) => at(x, ids(2, 0, 2)).add(v).square(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    checkGrads((x, v) => at(x, ids(2, 0, 2)).multiply(v), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    checkGrads((x, v) => at(x, null, 1).max(v).square(), [
      [[1, 2], [3, 4]],
      [0.5, 5],
    ]);
    checkGrads((x) => at(x, ids(0, 1), ids(1, 0)).get().square(), [
      [[1, 2], [3, 4]],
    ]);
  });
  it("say what does not fit", () => {
    const cases: [() => unknown, string][] = [
      [
        () => at(line, 0, 0),
        "Cannot index f32[4]: 2 indices were given, expected at most 1",
      ],
      [() => at(line, 4), "Cannot index f32[4]: index 4 was given on axis 0"],
      [
        () => at(line, jnp.tensor([0.5])),
        "Cannot index f32[4]: indices f32[1] were given, expected integers",
      ],
      [
        () => at(x, ids(0, 1), ids(0, 1, 2)),
        "Cannot index with i32[2] and i32[3]: axis 0 has sizes 2 and 3",
      ],
      [
        () => at(line, [0, 2]).set([1, 2, 3]),
        "Cannot broadcast f32[3] and f32[2]: axis 0 has sizes 3 and 2",
      ],
      [
        () => at(line, line.greater(0)).get(),
        "Cannot read the part of f32[4] where bool[4] is true: its size is not",
      ],
      [
        () => at(line, jnp.tensor([true])),
        "Cannot index f32[4] with bool[1]: expected a mask of the same leading",
      ],
    ];
    for (const [fn, message] of cases) assertThrows(fn, ShapeError, message);
  });
});
