import { describe, it } from "node:test";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const f32 = (data: jnp.TensorLike) => jnp.tensor(data, "f32");

describe("jit", () => {
  it("traces once per kind of arguments", () => {
    let traces = 0;
    const fn = jax.jit((x: Tensor, k: number, tree: { b: Tensor[] }) => {
      traces++;
      return { out: x.mul(k).add(tree.b[0]), k, text: "static" };
    });
    const call = (x: Tensor, k: number, b = f32(1)) => fn(x, k, { b: [b] });
    const { out, ...rest } = call(f32([1, 2]), 3);
    assertEquals([out.toArray(), rest], [[4, 7], { k: 3, text: "static" }]);
    assertEquals(call(f32([5, 6]), 3, f32(0)).out.toArray(), [15, 18]);
    assertEquals(traces, 1);
    assertEquals(call(f32([5, 6]), 2).out.toArray(), [11, 13]);
    assertEquals(traces, 2);
    assertEquals(call(f32([5]), 2).out.toArray(), [11]);
    assertEquals(call(jnp.tensor([5]), 2, jnp.tensor(1)).out.dtype, "i32");
    assertEquals(traces, 4);
    call(f32([1, 2]), 3);
    assertEquals(traces, 4);
  });
  it("keeps static arguments out of the trace", () => {
    const fn = jax.jit(
      (x: Tensor, options: { times: number }) => x.mul(options.times),
      { staticArgnums: 1 },
    );
    const twice = { times: 2 };
    assertEquals(fn(f32([1]), twice).toArray(), [2]);
    assertEquals(fn(f32([1]), { times: 3 }).toArray(), [3]);
  });
  it("goes into an outer trace", () => {
    const inner = jax.jit((x: Tensor) => x.square().sum());
    assertEquals(jax.grad(inner)(f32([3])).toArray(), [6]);
    assertEquals(jax.jit(jax.grad(inner))(f32([3])).toArray(), [6]);
    assertEquals(jax.vmap(inner)(f32([[1, 2], [3, 4]])).toArray(), [5, 25]);
  });
  it("returns arguments, repeats and constants", () => {
    const [a, b, c] = jax.jit((x: Tensor) => [x, x, f32(2)])(f32([1]));
    assertEquals([a.toArray(), b.toArray(), c.toArray()], [[1], [1], 2]);
  });
  it("agrees with eager results", () => {
    const x = f32([[0.1, -2], [3, 0.5]]);
    const fn = (x: Tensor) => jax.nn.softmax(x.matmul(x).tanh()).sum(0);
    const [eager, compiled] = [fn(x).dataSync(), jax.jit(fn)(x).dataSync()];
    eager.forEach((v, i) => assertAlmostEquals(compiled[i], v, 1e-6));
  });
});

describe("makeProgram", () => {
  it("shows what a call is traced to", () => {
    const program = jax.makeProgram((x: Tensor) => x.mul(2).sum())(f32([1, 2]));
    assertEquals(
      jnp.formatProgram(program),
      [
        "{ inputs a:f32[2]",
        "  b:f32[2] = broadcast{axes []} 2.0",
        "  c:f32[2] = mul a b",
        "  d:f32[] = reduce_sum{axes [0]} c",
        "  return (d) }",
      ].join("\n"),
    );
  });
});
