import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const f32 = (data: jnp.TensorLike) => jnp.tensor(data, "f32");
const lists = (tree: readonly Tensor[]) => tree.map((t) => t.toArray());

describe("valueAndGrad", () => {
  it("gives the value and a tree of gradients", () => {
    const loss = (params: { w: Tensor; b: [Tensor, null] }, x: Tensor) =>
      params.w.mul(x).sum().add(params.b[0].mul(3));
    const [value, grads] = jax.valueAndGrad(loss)(
      { w: f32([1, 2]), b: [f32(4), null] },
      f32([5, 6]),
    );
    assertEquals(value.toArray(), 29);
    assertEquals(grads.w.toArray(), [5, 6]);
    assertEquals([grads.b[0].toArray(), grads.b[1]], [3, null]);
  });
  it("differentiates by the arguments it is told", () => {
    const loss = (a: Tensor, b: Tensor) => a.mul(b).sum();
    const a = f32([1, 2]), b = f32([3, 4]);
    assertEquals(jax.grad(loss, { argnums: 1 })(a, b).toArray(), [1, 2]);
    const [gb, ga] = jax.grad(loss, { argnums: [1, 0] })(a, b);
    assertEquals([gb.toArray(), ga.toArray()], [[1, 2], [3, 4]]);
  });
  it("takes JS numbers as f32, and other arguments as they are", () => {
    const power = (x: number, n: number, name: string) =>
      jnp.power(x, n).mul(name === "cube" ? 1 : 0);
    const slope = jax.grad(power)(2, 3, "cube");
    assertEquals(slope.toArray(), 12);
  });
  it("hands out aux without gradients", () => {
    const loss = (x: Tensor): [Tensor, { twice: Tensor; text: string }] => [
      x.square().sum(),
      { twice: x.mul(2), text: "aux" },
    ];
    const [[value, aux], gradient] = jax.valueAndGrad(loss, { hasAux: true })(
      f32([3]),
    );
    assertEquals(value.toArray(), 9);
    assertEquals([aux.twice.toArray(), aux.text], [[6], "aux"]);
    assertEquals(gradient.toArray(), [6]);
  });
  it("gives zeros where the loss does not depend", () => {
    const loss = (x: Tensor, y: Tensor) => y.sum().add(x.sum().mul(0));
    assertEquals(jax.grad(loss)(f32([1, 2]), f32([1])).toArray(), [0, 0]);
    const none = jax.grad((_: Tensor) => f32(1))(f32([1, 2]));
    assertEquals(none.toArray(), [0, 0]);
  });
  it("nests", () => {
    const cube = (x: Tensor) => x.pow(3).sum();
    const second = jax.grad((x: Tensor) => jax.grad(cube)(x).sum());
    const third = jax.grad((x: Tensor) => second(x).sum());
    assertEquals(second(f32([2])).toArray(), [12]);
    assertEquals(third(f32([2])).toArray(), [6]);
  });
  it("reaches through values of an outer gradient", () => {
    // d/dy [ d/dx x^2 y at x = y ] = d/dy 2 y^2
    const outer = (y: Tensor): Tensor =>
      jax.grad((x: Tensor) => x.square().mul(y))(y);
    assertEquals(jax.grad(outer)(f32(3)).toArray(), 12);
  });
  it("explains what is not differentiable", () => {
    const cases: [() => unknown, string][] = [
      [
        () =>
          jax.grad(function loss(x: Tensor) {
            return x;
          })(f32([1, 2, 3])),
        'Cannot differentiate "loss": it returned f32[3], expected a scalar: ' +
        "reduce it with .sum() or .mean()",
      ],
      [
        () =>
          jax.grad(function loss(x: Tensor) {
            return x.sum();
          })(jnp.tensor([1, 2])),
        'Cannot differentiate "loss": argument 0 is i32[2], expected f32: ' +
        'make it with tensor(data, "f32") or convert it with .astype("f32")',
      ],
      [
        () =>
          jax.grad(function loss(_: Tensor, p: { w: Tensor }) {
            return p.w.sum();
          }, { argnums: 1 })(f32(1), { w: jnp.tensor([true]) }),
        "argument 1['w'] is bool[1], expected f32",
      ],
      [
        () =>
          jax.grad(function loss(x: Tensor) {
            return x.greater(0).sum();
          })(f32([1])),
        "it returned i32[], expected a scalar of f32",
      ],
      [
        () =>
          jax.grad(function loss(x: Tensor) {
            return [x.sum(), x];
          })(f32([1])),
        "expected a scalar: return more with { hasAux: true }",
      ],
    ];
    for (const [fn, message] of cases) assertThrows(fn, ShapeError, message);
  });
});

describe("vjp and jvp", () => {
  const fn = (x: Tensor, y: Tensor) => [x.mul(y), x.sum()] as const;
  const x = f32([1, 2]), y = f32([3, 4]);
  it("pull back one cotangent per result", () => {
    const [out, pullback] = jax.vjp(fn, x, y);
    assertEquals(lists(out), [[3, 8], 3]);
    const [gx, gy] = pullback([f32([1, 10]), f32(100)]);
    assertEquals([gx.toArray(), gy.toArray()], [[103, 140], [1, 20]]);
    assertThrows(
      () => pullback([f32([1]), f32(1)]),
      ShapeError,
      "cotangents f32[1], f32[] were given, expected f32[2], f32[]",
    );
  });
  it("give null for integers", () => {
    const [, pullback] = jax.vjp(
      (a: Tensor, i: Tensor) => a.at(i),
      x,
      f32(0)
        .astype("i32"),
    );
    const [ga, gi] = pullback(f32(2));
    assertEquals([ga.toArray(), gi], [[2, 0], null]);
  });
  it("push forward a tangent per argument", () => {
    const [out, tangent] = jax.jvp(fn, [x, y], [f32([1, 0]), f32([0, 5])]);
    assertEquals(lists(out), [[3, 8], 3]);
    assertEquals(lists(tangent), [[3, 10], 1]);
  });
  it("make Jacobians and Hessians", () => {
    const square = (x: Tensor) => jnp.outer(x, x);
    assertEquals(jax.jacobian(square)(x).toArray(), [
      [[2, 0], [2, 1]],
      [[2, 1], [0, 4]],
    ]);
    const form = (x: Tensor) => x.at(0).mul(x.at(1)).add(x.pow(3).sum());
    assertEquals(jax.hessian(form)(x).toArray(), [[6, 1], [1, 12]]);
  });
});
