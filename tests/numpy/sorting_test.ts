import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { type Tensor, tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const { lax } = jnp;
const list = (x: Tensor) => x.toArray();

describe("sort", () => {
  it("puts -0 beside 0 and NaN last, and keeps the order of equals", () => {
    const x = [3, NaN, 0, 1, -Infinity, 0, Infinity];
    const sorted = [-Infinity, 0, 0, 1, 3, Infinity, NaN];
    assertEquals(list(jnp.sort(x)), sorted);
    assertEquals(list(jnp.argsort(x)), [4, 2, 5, 3, 0, 6, 1]);
    const down = { descending: true };
    assertEquals(list(jnp.sort(x, -1, down)), sorted.toReversed());
    assertEquals(list(jnp.argsort(x, -1, down)), [1, 6, 0, 3, 2, 5, 4]);
  });
  it("sorts along any axis, and all elements", () => {
    const x = tensor([[3, 1, 2], [0, 5, 4]]);
    assertEquals(list(jnp.sort(x)), [[1, 2, 3], [0, 4, 5]]);
    assertEquals(list(jnp.sort(x, 0)), [[0, 1, 2], [3, 5, 4]]);
    assertEquals(list(jnp.argsort(x, 0)), [[1, 0, 0], [0, 1, 1]]);
    assertEquals(list(jnp.sort(x, null)), [0, 1, 2, 3, 4, 5]);
    const cube = jnp.arange(12).reshape([2, 3, 2]).mul(5).mod(7);
    assertEquals(
      list(jnp.sort(cube, 1)),
      [[[0, 1], [3, 4], [6, 5]], [[1, 0], [2, 3], [5, 6]]],
    );
  });
  it("sorts what is empty, scalar rows and every dtype", () => {
    assertEquals(list(jnp.sort(jnp.zeros([0]))), []);
    assertEquals(list(jnp.sort(jnp.zeros([3, 0]), 0)), [[], [], []]);
    assertEquals(list(jnp.sort([7])), [7]);
    assertEquals(list(jnp.sort([true, false, true])), [false, true, true]);
    assertEquals(list(jnp.sort(tensor([3, 1], "u32"))), [1, 3]);
  });
  it("works under vmap and jit", () => {
    const x = tensor([[3, 1, 2], [0, 5, 4]], "f32");
    const rows = jax.vmap((r: Tensor) => jnp.argsort(r));
    assertEquals(list(rows(x)), [[1, 2, 0], [0, 2, 1]]);
    assertEquals(list(jax.jit(rows)(x)), [[1, 2, 0], [0, 2, 1]]);
  });
  it("sorts 5,000 random numbers", () => {
    const x = jnp.random.normal(jnp.random.key(0), [5000]);
    const expected = (list(x) as number[]).toSorted((a, b) => a - b);
    assertEquals(list(jnp.sort(x)), expected);
    assertEquals(list(jnp.take(x, jnp.argsort(x), 0)), expected);
  });
  it("says what is wrong", () => {
    assertThrows(
      () => jnp.sort(tensor(3)),
      ShapeError,
      "Cannot sort: axis -1 was given for rank 0, expected no axis",
    );
    assertThrows(
      () => lax.sort([[1, 2], [1, 2, 3]]),
      ShapeError,
      "Cannot sort along axis 0: i32[2], i32[3] were given, expected operands " +
        "of one shape",
    );
    assertThrows(
      () => lax.sort([[1, 2]], { numKeys: 2 }),
      ShapeError,
      "Cannot sort: 2 keys were asked of 1 operands, expected at least one, " +
        "and no more than there are operands",
    );
  });
});

describe("lax.sort", () => {
  it("sorts one tensor, several by one key, by two", () => {
    const a = tensor([2, 1, 2, 1]), b = tensor([1, 1, 0, 0]);
    const c = tensor([10, 11, 12, 13]);
    assertEquals(list(lax.sort(a)), [1, 1, 2, 2]);
    assertEquals(lax.sort([a, c]).map(list), [[1, 1, 2, 2], [11, 13, 10, 12]]);
    assertEquals(
      lax.sort([a, b, c], { numKeys: 2 }).map(list),
      [[1, 1, 2, 2], [0, 1, 0, 1], [13, 11, 12, 10]],
    );
    assertEquals(
      lax.sortKeyVal([[2, 0], [1, 1]], [[1, 2], [3, 4]], { dimension: 0 })
        .map(list),
      [[[1, 0], [2, 1]], [[3, 2], [1, 4]]],
    );
  });
  it("lexsort takes the last key first", () => {
    const keys = [[1, 2, 1, 2], [2, 2, 1, 1]];
    assertEquals(list(jnp.lexsort(keys)), [2, 3, 0, 1]);
    assertEquals(list(jnp.lexsort(tensor(keys))), [2, 3, 0, 1]);
    assertEquals(list(jnp.lexsort([[3, 1, 2]])), [1, 2, 0]);
    assertThrows(
      () => jnp.lexsort([]),
      ShapeError,
      "Cannot lexsort: no keys were given, expected at least one",
    );
  });
});

describe("topK", () => {
  it("gives the largest, the first of equals first", () => {
    const [values, places] = lax.topK([[3, 1, 3, 2], [NaN, 1, 5, 5]], 3);
    assertEquals(list(values), [[3, 3, 2], [NaN, 5, 5]]);
    assertEquals(list(places), [[0, 2, 3], [0, 2, 3]]);
    assertEquals(lax.topK([1, 2], 0)[0].shape, [0]);
  });
  it("says what is wrong", () => {
    assertThrows(
      () => lax.topK([1, 2], 3),
      ShapeError,
      "Cannot take the top 3 of i32[2], expected an axis of at least as many",
    );
  });
});

describe("order statistics", () => {
  const x = tensor([[1, 2, 3, 4], [9, 7, 8, 6]], "f32");
  it("interpolates between neighbours", () => {
    assertEquals(list(jnp.quantile(x, 0.5, 1)), [2.5, 7.5]);
    assertEquals(list(jnp.quantile(x, [0, 0.5, 1], 1)), [
      [1, 6],
      [2.5, 7.5],
      [4, 9],
    ]);
    assertEquals(list(jnp.percentile(x, 25)), 2.75);
    assertEquals(list(jnp.quantile(x, 0.25, 0, { keepdims: true })), [
      [3, 3.25, 4.25, 4.5],
    ]);
  });
  it("knows numpy's methods", () => {
    const at = (method: jnp.QuantileMethod) =>
      list(jnp.quantile([1, 2, 4, 8], 0.4, null, { method }));
    assertEquals(at("lower"), 2);
    assertEquals(at("higher"), 4);
    assertEquals(at("nearest"), 2);
    assertEquals(at("midpoint"), 3);
  });
  it("takes medians; NaN stays, infinities count", () => {
    assertEquals(list(jnp.median([3, 1, 2])), 2);
    assertEquals(list(jnp.median(x, 1)), [2.5, 7.5]);
    assertEquals(list(jnp.median(x, [0, 1], { keepdims: true })), [[5]]);
    assertEquals(list(jnp.median([[1, NaN, 3], [1, 2, 3]], 1)), [NaN, 2]);
    assertEquals(list(jnp.quantile([1, 2, Infinity], 0.5)), 2);
  });
  it("says what is wrong", () => {
    assertThrows(
      () => jnp.quantile(jnp.zeros([2, 0]), 0.5, 1),
      ShapeError,
      "Cannot take quantiles f32[] of f32[2,0] over axes [1]: expected q to " +
        "be a number or a row, and at least one element",
    );
  });
});
