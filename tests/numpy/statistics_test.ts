import { describe, it } from "node:test";
import { assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

const { lax } = jax;
const x = jnp.tensor([[1, 5, 2], [4, 0, 9]], "f32");

describe("averages and spreads", () => {
  it("amax, amin, ptp", () => {
    assertTensor(jnp.amax(x, 1), "f32", [5, 9]);
    assertTensor(jnp.amin(x, 0), "f32", [1, 0, 2]);
    assertTensor(jnp.ptp(x), "f32", 9);
    assertTensor(jnp.ptp(x, 1, { keepdims: true }), "f32", [[4], [9]]);
  });
  it("average", () => {
    assertNear(jnp.average(x, 1), [8 / 3, 13 / 3]);
    assertNear(jnp.average(x, 1, { weights: [1, 1, 2] }), [2.5, 5.5]);
    assertNear(jnp.average(x, null, { weights: [[1, 0, 0], [0, 0, 1]] }), 5);
    assertThrows(
      () => jnp.average(x, 1, { weights: [1, 2] }),
      ShapeError,
      "Cannot average f32[2,3] with weights f32[2]",
    );
  });
  it("cov and corrcoef", () => {
    // By hand: rows (1, 5, 2) and (4, 0, 9).
    const means = [8 / 3, 13 / 3];
    const rows = [[1, 5, 2], [4, 0, 9]]
      .map((row, i) => row.map((v) => v - means[i]));
    const c = rows.map((a) =>
      rows.map((b) => a.reduce((s, v, k) => s + v * b[k], 0) / 2)
    );
    assertNear(jnp.cov(x), c.flat());
    assertNear(jnp.cov(x.T, { rowvar: false }), c.flat());
    assertNear(jnp.cov(x, { ddof: 0 }), c.flat().map((v) => v * 2 / 3));
    assertNear(jnp.cov([1, 5, 2]), c[0][0]);
    const r = c[0][1] / Math.sqrt(c[0][0] * c[1][1]);
    assertNear(jnp.corrcoef(x), [1, r, r, 1]);
    assertNear(jnp.corrcoef([1, 5, 2]), 1);
    assertThrows(
      () => jnp.cov(jnp.ones([1, 1, 1])),
      ShapeError,
      "Cannot take the covariance of f32[1,1,1]",
    );
  });
  it("trapezoid", () => {
    assertNear(jnp.trapezoid(x), [6.5, 6.5]);
    assertNear(jnp.trapezoid(x, { dx: 2, axis: 0 }), [5, 5, 11]);
    assertNear(jnp.trapezoid([1, 3, 2], { x: [0, 1, 3] }), 7);
  });
});

describe("differences and running products", () => {
  it("diff and ediff1d", () => {
    assertTensor(jnp.diff(x), "f32", [[4, -3], [-4, 9]]);
    assertTensor(jnp.diff(x, 2), "f32", [[-7], [13]]);
    assertTensor(jnp.diff(x, 1, 0), "f32", [[3, -5, 7]]);
    assertTensor(jnp.diff([true, true, false]), "bool", [false, true]);
    assertTensor(jnp.diff([5]), "i32", []);
    assertTensor(jnp.ediff1d([[1, 4], [9, 16]]), "i32", [3, 5, 7]);
    assertThrows(() => jnp.diff(x, -1), ShapeError, "-1 times of f32[2,3]");
  });
  it("cumprod, also of many elements and backwards", () => {
    assertTensor(jnp.cumprod([1, 2, 3, 4, 5]), "i32", [1, 2, 6, 24, 120]);
    assertTensor(jnp.cumprod(x, 1), "f32", [[1, 5, 10], [4, 0, 0]]);
    assertTensor(
      lax.cumprod([1, 2, 3, 4, 5], { reverse: true }),
      "i32",
      [120, 120, 60, 20, 5],
    );
    assertTensor(lax.cumprod([true, true, false]), "i32", [1, 1, 0]);
    assertTensor(jnp.cumprod(jnp.zeros(0)), "f32", []);
    checkGrads((x) => jnp.cumprod(x), [[0.5, -2, 3, 0.1, 1.5]]);
  });
  it("cummax, cummin, cumlogsumexp", () => {
    assertTensor(lax.cummax(x, { axis: 1 }), "f32", [[1, 5, 5], [4, 4, 9]]);
    assertTensor(lax.cummin(x, { axis: 1 }), "f32", [[1, 1, 1], [4, 0, 0]]);
    assertNear(
      lax.cumlogsumexp([0, 1, 2]),
      [0, Math.log(1 + Math.E), Math.log(1 + Math.E + Math.E ** 2)],
    );
  });
  it("associativeScan takes trees", () => {
    type Line = { a: Tensor; b: Tensor };
    // Composition of the maps x -> a x + b.
    const after = (p: Line, q: Line): Line => ({
      a: q.a.mul(p.a),
      b: q.a.mul(p.b).add(q.b),
    });
    const lines = { a: jnp.tensor([2, 3, 4]), b: jnp.tensor([1, 1, 1]) };
    const out = lax.associativeScan(after, lines);
    assertTensor(out.a, "i32", [2, 6, 24]);
    assertTensor(out.b, "i32", [1, 4, 17]);
    const back = lax.associativeScan(after, lines, { reverse: true });
    assertTensor(back.a, "i32", [24, 12, 4]);
  });
});

describe("reductions without NaN", () => {
  const y = jnp.tensor([[1, NaN, 4], [NaN, NaN, NaN]], "f32");
  it("leave it out", () => {
    assertTensor(jnp.nansum(y, 1), "f32", [5, 0]);
    assertTensor(jnp.nanprod(y, 1), "f32", [4, 1]);
    assertTensor(jnp.nanmean(y, 1), "f32", [2.5, NaN]);
    assertTensor(jnp.nanvar(y, 1), "f32", [2.25, NaN]);
    assertTensor(jnp.nanvar(y, 1, { ddof: 1 }), "f32", [4.5, NaN]);
    assertTensor(jnp.nanstd(y, 1, { keepdims: true }), "f32", [[1.5], [NaN]]);
    assertTensor(jnp.nanmax(y, 1), "f32", [4, NaN]);
    assertTensor(jnp.nanmin(y, 1), "f32", [1, NaN]);
    assertTensor(jnp.nanargmax(y, 1), "i32", [2, -1]);
    assertTensor(jnp.nanargmin(y, 1), "i32", [0, -1]);
    assertTensor(jnp.nancumsum(y, 1), "f32", [[1, 1, 5], [0, 0, 0]]);
    assertTensor(jnp.nancumprod(y, 1), "f32", [[1, 1, 4], [1, 1, 1]]);
  });
  it("quantiles, on the line between neighbours", () => {
    assertTensor(jnp.nanmedian(y, 1), "f32", [2.5, NaN]);
    assertTensor(jnp.nanmedian([3, NaN, 1, 2]), "f32", 2);
    assertNear(jnp.nanquantile([NaN, 0, 10, NaN, 20], 0.3), 6);
    assertNear(jnp.nanpercentile([NaN, 0, 10, NaN, 20], 75), 15);
    assertNear(jnp.nanquantile([NaN, 0, 10], 1), 10);
    assertTensor(jnp.nanquantile(y, 0.5, 0, { keepdims: true }), "f32", [
      [1, NaN, 4],
    ]);
    assertTensor(
      jnp.nanmedian([[1, NaN], [3, 5]], null, { keepdims: true }),
      "f32",
      [[3]],
    );
    checkGrads((x) => jnp.nanquantile(x, 0.3), [[3, 1, 5]]);
    assertThrows(
      () => jnp.nanquantile([1], 2),
      ShapeError,
      "Cannot take the quantile 2 of f32[1], expected a number from 0 to 1",
    );
  });
  it("take integers, which are never NaN", () => {
    assertTensor(jnp.nansum([1, 2]), "i32", 3);
    assertTensor(jnp.nanmax([1, 2]), "i32", 2);
    assertTensor(jnp.nanmin([1, 2]), "i32", 1);
  });
});
