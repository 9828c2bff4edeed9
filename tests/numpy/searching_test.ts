import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

const sorted = [1, 3, 3, 5];

describe("places in sorted data", () => {
  it("are before or behind equal elements", () => {
    const v = [0, 1, 3, 4, 9];
    assertTensor(jnp.searchsorted(sorted, v), "i32", [0, 0, 1, 3, 4]);
    assertTensor(
      jnp.searchsorted(sorted, v, { side: "right" }),
      "i32",
      [0, 1, 3, 3, 4],
    );
    assertTensor(jnp.searchsorted(sorted, 4), "i32", 3);
    assertTensor(jnp.digitize(v, sorted), "i32", [0, 1, 3, 3, 4]);
    assertTensor(
      jnp.digitize(v, sorted, { right: true }),
      "i32",
      [0, 0, 1, 3, 4],
    );
    assertThrows(
      () => jnp.searchsorted([[1]], 1),
      ShapeError,
      "Cannot search in i32[1,1]: expected a sorted vector",
    );
  });
});

describe("counts", () => {
  it("of integers", () => {
    assertTensor(
      jnp.bincount([0, 2, 2, 7, -1], { length: 4 }),
      "i32",
      [2, 0, 2, 0],
    );
    assertTensor(
      jnp.bincount([0, 2, 2], { length: 3, weights: [1, 0.5, 0.25] }),
      "f32",
      [1, 0, 0.75],
    );
    assertThrows(
      () => jnp.bincount([0.5], { length: 1 }),
      ShapeError,
      "Cannot count f32[1]: expected integers: use histogram",
    );
  });
  it("of floats in bins", () => {
    const x = [0, 0.1, 1, 2.5, 4];
    const [counts, edges] = jnp.histogram(x, { bins: 4 });
    assertTensor(counts, "f32", [2, 1, 1, 1]);
    assertNear(edges, [0, 1, 2, 3, 4]);
    const [some] = jnp.histogram(x, { bins: 2, range: [0.5, 2.5] });
    assertTensor(some, "f32", [1, 1]);
    const [own] = jnp.histogram(x, { bins: [0, 1, 4] });
    assertTensor(own, "f32", [2, 3]);
    const weights = [1, 2, 3, 4, 5];
    const [heavy] = jnp.histogram(x, { bins: 4, weights });
    assertTensor(heavy, "f32", [3, 3, 4, 5]);
    const [density] = jnp.histogram(x, { bins: [0, 1, 4], density: true });
    assertNear(density, [0.4, 0.2]);
    const [point, around] = jnp.histogram([3, 3], { bins: 2 });
    assertTensor(point, "f32", [0, 2]);
    assertNear(around, [2.5, 3, 3.5]);
  });
});

describe("what is not 0", () => {
  const x = jnp.tensor([[0, 1, 0], [2, 0, 3]]);
  it("is found, with a size known beforehand", () => {
    assertTensor(jnp.flatnonzero(x, { size: 3 }), "i32", [1, 3, 5]);
    assertTensor(jnp.flatnonzero(x, { size: 2 }), "i32", [1, 3]);
    assertTensor(
      jnp.flatnonzero(x, { size: 5, fillValue: -1 }),
      "i32",
      [1, 3, 5, -1, -1],
    );
    assertEquals(
      jnp.nonzero(x, { size: 4, fillValue: 9 }).map((t) => t.toArray()),
      [[0, 1, 1, 9], [1, 0, 2, 9]],
    );
    assertTensor(jnp.argwhere(x, { size: 3 }), "i32", [[0, 1], [1, 0], [1, 2]]);
  });
});

describe("indices of several axes", () => {
  it("become places, and places indices", () => {
    assertTensor(jnp.ravelMultiIndex([[0, 1], [2, 9]], [2, 3]), "i32", [2, 5]);
    assertEquals(
      jnp.unravelIndex([2, 4], [2, 3]).map((t) => t.toArray()),
      [[0, 1], [2, 1]],
    );
    assertThrows(
      () => jnp.ravelMultiIndex([[0]], [2, 3]),
      ShapeError,
      "Cannot ravel 1 indices for shape [2,3]: expected one per axis",
    );
  });
});

describe("choices", () => {
  const x = jnp.tensor([-2, 0, 3], "f32");
  it("of the first condition that holds", () => {
    const y = jnp.select(
      [x.less(0), x.greater(-5)],
      [x.neg(), x.mul(10)],
      7,
    );
    assertTensor(y, "f32", [2, 0, 30]);
    assertTensor(jnp.select([x.greater(0)], [1]), "i32", [0, 0, 1]);
    assertThrows(
      () => jnp.select([true], [1, 2]),
      ShapeError,
      "Cannot select: 1 conditions and 2 choices were given, expected as many",
    );
  });
  it("by index, and piece by piece", () => {
    assertTensor(
      jnp.choose([0, 1, 5], [[1, 2, 3], [10, 20, 30]]),
      "i32",
      [1, 20, 30],
    );
    const pieces = [x.less(0), x.greater(1)];
    assertTensor(
      jnp.piecewise(x, pieces, [-1, (x) => x.square(), 5]),
      "f32",
      [-1, 5, 9],
    );
    assertTensor(jnp.piecewise(x, pieces, [4, 5]), "f32", [4, 0, 5]);
    assertThrows(
      () => jnp.piecewise(x, pieces, [1]),
      ShapeError,
      "Cannot select piecewise: 2 conditions and 1 choices",
    );
  });
});

describe("sums over neighbours, polynomials, lines", () => {
  it("convolve and correlate as numpy", () => {
    const a = [1, 2, 3, 4], v = [1, 0, 2];
    assertNear(jnp.convolve(a, v), [1, 2, 5, 8, 6, 8]);
    assertNear(jnp.convolve(v, a), [1, 2, 5, 8, 6, 8]);
    assertNear(jnp.convolve(a, v, { mode: "same" }), [2, 5, 8, 6]);
    assertNear(jnp.convolve(a, v, { mode: "valid" }), [5, 8]);
    assertNear(jnp.correlate(a, v), [7, 10]);
    assertNear(jnp.correlate(a, v, { mode: "full" }), [2, 4, 7, 10, 3, 4]);
    assertNear(jnp.correlate(a, v, { mode: "same" }), [4, 7, 10, 3]);
    assertNear(jnp.correlate(v, a, { mode: "full" }), [4, 3, 10, 7, 4, 2]);
    checkGrads((a, v) => jnp.convolve(a, v), [[1, 2, 3], [0.5, -1]]);
    assertThrows(
      () => jnp.convolve([[1]], [1]),
      ShapeError,
      "Cannot convolve f32[1,1] and f32[1]: expected two vectors",
    );
  });
  it("polyval", () => {
    assertTensor(jnp.polyval([2, 0, 1], [3, -1]), "i32", [19, 3]);
    checkGrads((p, x) => jnp.polyval(p, x), [[2, 0.5, 1], [3, -1]]);
    assertThrows(
      () => jnp.polyval(2, 3),
      ShapeError,
      "a vector of coefficients",
    );
  });
  it("interp", () => {
    const xp = [0, 1, 3], fp = [1, 3, 2];
    assertNear(
      jnp.interp([-1, 0, 0.5, 1, 2, 3, 4], xp, fp),
      [1, 1, 2, 3, 2.5, 2, 2],
    );
    assertNear(
      jnp.interp([-1, 4], xp, fp, { left: 8, right: 9 }),
      [8, 9],
    );
    checkGrads((x, fp) => jnp.interp(x, xp, fp), [[0.5, 2.2], [1, 3, 2]]);
    assertThrows(
      () => jnp.interp(1, [1, 2], [1]),
      ShapeError,
      "Cannot interpolate between places f32[2] and values f32[1]",
    );
  });
  it("unwrap", () => {
    const turn = 2 * Math.PI;
    assertNear(
      jnp.unwrap([0, 2, 4 - turn, 6 - turn, 8 - turn, 10 - 2 * turn]),
      [0, 2, 4, 6, 8, 10],
      { ulps: 64 },
    );
    assertNear(jnp.unwrap([0, 2, 5, 1], { period: 4 }), [0, 2, 1, 1]);
  });
  it("gradient", () => {
    assertTensor(jnp.gradient([1, 2, 4, 7]), "f32", [1, 1.5, 2.5, 3]);
    assertTensor(
      jnp.gradient([[1, 2], [5, 8]], { axis: 0, spacing: 2 }),
      "f32",
      [[2, 3], [2, 3]],
    );
    assertThrows(
      () => jnp.gradient([1]),
      ShapeError,
      "Cannot take slopes of f32[1] along axis 0: it has size 1, expected 2",
    );
  });
});
