import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const f32 = (data: jnp.TensorLike) => jnp.tensor(data, "f32");

describe("customVjp", () => {
  // The identity, with a cotangent that is clipped and then scaled.
  const scale = f32(10);
  const clipped = jax.customVjp(
    (x: Tensor) => x.mul(scale),
    (x: Tensor): [Tensor, { x: Tensor; note: string }] => [
      x.mul(scale),
      { x, note: "static" },
    ],
    ({ x, note }, cotangent: Tensor) => [
      jnp.clip(cotangent, -1, 1).mul(scale).add(note === "static" ? x : 0),
    ],
  );
  const loss = (x: Tensor) => clipped(x).mul(3).sum();
  it("uses its own rule", () => {
    assertEquals(clipped(f32([1, 2])).toArray(), [10, 20]);
    assertEquals(loss(f32([1, 2])).toArray(), 90);
    assertEquals(jax.grad(loss)(f32([1, 2])).toArray(), [11, 12]);
  });
  it("does so under vmap, jit and in loops", () => {
    const rows = f32([[1, 2], [3, 4]]);
    assertEquals(jax.vmap(jax.grad(loss))(rows).toArray(), [[11, 12], [
      13,
      14,
    ]]);
    assertEquals(
      jax.grad((x: Tensor) => jax.vmap(clipped)(x).mul(3).sum())(rows)
        .toArray(),
      [[11, 12], [13, 14]],
    );
    assertEquals(jax.jit(jax.grad(loss))(f32([1, 2])).toArray(), [11, 12]);
    const looped = (x: Tensor) =>
      jax.lax.foriLoop(0, 2, (_, y: Tensor) => clipped(y), x).sum();
    // Backwards: the cotangent 1 gives 10 + 10 x, which is clipped to 1.
    assertEquals(jax.grad(looped)(f32([1])).toArray(), [11]);
  });
  it("reaches second derivatives through its rule", () => {
    // grad(loss) = 10 + x
    const second = jax.grad((x: Tensor) => jax.grad(loss)(x).sum());
    assertEquals(second(f32([1, 2])).toArray(), [1, 1]);
  });
  it("takes several arguments, null cotangents and trees", () => {
    const fn = jax.customVjp(
      (p: { a: Tensor; b: Tensor }, i: Tensor) => p.a.mul(p.b).add(i),
      (p: { a: Tensor; b: Tensor }, i: Tensor): [Tensor, null] => [
        p.a.mul(p.b).add(i),
        null,
      ],
      (_, ct) => [{ a: ct.mul(2), b: ct.mul(3) }, null],
    );
    const value = (p: { a: Tensor; b: Tensor }, i: Tensor) => fn(p, i).sum();
    const p = { a: f32([1]), b: f32([1]) };
    const g = jax.grad(value)(p, jnp.tensor([5]));
    assertEquals([g.a.toArray(), g.b.toArray()], [[2], [3]]);
    assertEquals(
      jax.grad(value, { argnums: 1 })(p, f32([5])).toArray(),
      [0],
    );
  });
  it("checks its rules", () => {
    const wrong = jax.customVjp(
      function halve(x: Tensor) {
        return x.div(2);
      },
      (x: Tensor): [Tensor, null] => [x.div(2), null],
      () => [],
    );
    assertThrows(
      () => jax.grad((x: Tensor) => wrong(x).sum())(f32([1])),
      Error,
      'Cannot differentiate "halve": its backward rule returned other trees',
    );
  });
});
