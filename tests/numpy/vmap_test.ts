import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TraceError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const f32 = (data: jnp.TensorLike) => jnp.tensor(data, "f32");
const lists = (tree: readonly Tensor[]) => tree.map((t) => t.toArray());

describe("vmap", () => {
  const dot = (a: Tensor, b: Tensor) => a.mul(b).sum();
  const a = jnp.arange(6).reshape(2, 3), b = jnp.arange(6).reshape(3, 2);
  it("maps axes of arguments and results", () => {
    assertEquals(jax.vmap(dot)(a, a).toArray(), [5, 50]);
    assertEquals(
      jax.vmap(dot, { inAxes: [0, 1] })(a, b).toArray(),
      [10, 40],
    );
    assertEquals(
      jax.vmap(dot, { inAxes: [null, 1] })(a.at(0), b).toArray(),
      [10, 13],
    );
    assertEquals(
      jax.vmap((x: Tensor) => x.mul(2), { inAxes: -1, outAxes: 1 })(a)
        .toArray(),
      a.mul(2).toArray(),
    );
  });
  it("maps trees, entry by entry", () => {
    const fn = (p: { x: Tensor; y: [Tensor, Tensor] }, k: number) => ({
      sum: p.x.add(p.y[0]),
      rest: [p.y[1].mul(k), "kept", null] as const,
    });
    const args = { x: jnp.arange(2), y: [f32(10), b] as [Tensor, Tensor] };
    const out = jax.vmap(fn, {
      inAxes: [{ x: 0, y: [null, 1] }, null],
      outAxes: { sum: 0, rest: [1, null, null] },
    })(args, 2);
    assertEquals(out.sum.toArray(), [10, 11]);
    assertEquals(out.rest[0].toArray(), b.mul(2).toArray());
    assertEquals(out.rest.slice(1), ["kept", null]);
  });
  it("repeats results that do not depend on the sample", () => {
    assertEquals(jax.vmap((_: Tensor) => f32(7))(a).toArray(), [7, 7]);
    const shared = jax.vmap((_: Tensor) => f32(7), { outAxes: null });
    assertEquals(shared(a).toArray(), 7);
  });
  it("nests", () => {
    const outer = jax.vmap(
      (row: Tensor) => jax.vmap((x: Tensor) => x.mul(row.sum()))(row),
    );
    assertEquals(outer(a).toArray(), [[0, 3, 6], [36, 48, 60]]);
  });
  it("reduces over named axes, the inner or the outer one", () => {
    const center = jax.vmap(
      (x: Tensor) => x.sub(jax.lax.pmean(x, "batch")),
      { axisName: "batch" },
    );
    assertEquals(center(f32([1, 2, 6])).toArray(), [-2, -1, 3]);
    const both = jax.vmap((row: Tensor) =>
      jax.vmap((x: Tensor) => [
        jax.lax.psum(x, "outer"),
        jax.lax.psum(x, "inner"),
        jax.lax.axisIndex("outer").mul(10).add(jax.lax.axisIndex("inner")),
        jax.lax.axisSize("outer"),
      ], { axisName: "inner" })(row), { axisName: "outer" })(a);
    assertEquals(lists(both), [
      [[3, 5, 7], [3, 5, 7]],
      [[3, 3, 3], [12, 12, 12]],
      [[0, 1, 2], [10, 11, 12]],
      [[2, 2, 2], [2, 2, 2]],
    ]);
  });
  it("differentiates through a named axis", () => {
    const loss = (x: Tensor) =>
      jax.vmap((v: Tensor) => v.sub(jax.lax.pmean(v, "b")).square(), {
        axisName: "b",
      })(x).sum();
    // d/dx_i sum (x - mean)^2 = 2 (x_i - mean)
    assertEquals(jax.grad(loss)(f32([1, 2, 6])).toArray(), [-4, -2, 6]);
  });
  it("names arguments that do not fit", () => {
    function forward(a: Tensor, b: { w: Tensor }) {
      return a.add(b.w);
    }
    assertThrows(
      () => jax.vmap(forward)(jnp.ones([2, 3]), { w: jnp.ones([5, 3]) }),
      ShapeError,
      'Cannot vmap "forward": argument 0 has size 2 on axis 0, ' +
        "argument 1['w'] has size 5 on axis 0, expected equal sizes",
    );
    assertThrows(
      () => jax.vmap(forward)(jnp.ones([2]), { w: jnp.tensor(1) }),
      ShapeError,
      "Cannot vmap \"forward\" over argument 1['w'], i32[]: axis 0",
    );
    assertThrows(
      () => jax.vmap(forward, { inAxes: [0] })(f32([1]), { w: f32([1]) }),
      ShapeError,
      "inAxes has 1 entries for 2 arguments",
    );
    assertThrows(
      () => jax.vmap(forward, { inAxes: null })(f32([1]), { w: f32([1]) }),
      ShapeError,
      "no argument has an axis of samples",
    );
    assertThrows(
      () =>
        jax.vmap(forward, { inAxes: [0, { x: 0 }] })(f32([1]), {
          w: f32([1]),
        }),
      ShapeError,
      "inAxes[1].w has axes nothing",
    );
    assertThrows(
      () => jax.vmap(forward, { outAxes: null })(f32([1]), { w: f32([1]) }),
      ShapeError,
      'Cannot vmap: result of "forward", f32[] per sample, depends on the ' +
        "sample but its axis is null",
    );
    assertThrows(
      () => jax.lax.psum(f32(1), "nowhere"),
      TraceError,
      '"nowhere"',
    );
  });
});

describe("vmap and grad together", () => {
  const w = f32([[0.5, -1], [2, 0.25], [-0.75, 1]]);
  const xs = f32([[1, 2], [-1, 0.5], [0.25, -2], [3, 1]]);
  const loss = (w: Tensor, x: Tensor) => w.matmul(x).tanh().square().sum();

  it("per-sample gradients of shared weights equal a loop", () => {
    const each = jax.vmap(jax.grad(loss), { inAxes: [null, 0] })(w, xs);
    const loop = jnp.stack(
      Array.from({ length: 4 }, (_, i) => jax.grad(loss)(w, xs.at(i))),
    );
    assertEquals(each.shape, [4, 3, 2]);
    assertEquals(jnp.allclose(each, loop, { atol: 1e-6 }).toArray(), true);
  });
  it("the gradient of a batch is the sum of its samples'", () => {
    const total = (w: Tensor) =>
      jax.vmap(loss, { inAxes: [null, 0] })(w, xs).sum();
    const each = jax.vmap(jax.grad(loss), { inAxes: [null, 0] })(w, xs);
    assertEquals(
      jnp.allclose(jax.grad(total)(w), each.sum(0), { atol: 1e-6 }).toArray(),
      true,
    );
  });
  it("batches loops, with shared weights and own numbers of samples", () => {
    const run = (w: Tensor, x: Tensor) =>
      jax.lax.scan(
        (h: Tensor, u: Tensor): [Tensor, Tensor] => {
          const next = w.T.matmul(w.matmul(h)).add(u).tanh();
          return [next, next.sum()];
        },
        x,
        xs,
      );
    const [last, sums] = jax.vmap(run, { inAxes: [null, 0] })(w, xs);
    Array.from({ length: 4 }, (_, i) => {
      const [h, s] = run(w, xs.at(i));
      const near = (a: Tensor, b: Tensor) =>
        jnp.allclose(a, b, { atol: 1e-6 }).toArray();
      assertEquals([near(last.at(i), h), near(sums.at(i), s)], [true, true]);
    });
  });
});
