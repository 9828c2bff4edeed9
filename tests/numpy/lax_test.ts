import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const { lax } = jax;
const x = jnp.tensor([[1, 2, 3], [4, 5, 6]], "f32");

describe("slices with traced starts", () => {
  it("are read and written", () => {
    const at = (i: number) =>
      jax.jit((i: Tensor) => lax.dynamicSlice(x, [i, 1], [1, 2]))(
        jnp.tensor(i),
      ).toArray();
    assertEquals([at(0), at(1), at(9)], [[[2, 3]], [[5, 6]], [[5, 6]]]);
    assertEquals(
      lax.dynamicUpdateSlice(x, [[7, 8]], [1, 2]).toArray(),
      [[1, 2, 3], [4, 7, 8]],
    );
    assertEquals(lax.dynamicSliceInDim(x, 1, 2, 1).toArray(), [[2, 3], [5, 6]]);
    assertEquals(lax.dynamicIndexInDim(x, 1).toArray(), [[4, 5, 6]]);
    assertEquals(
      lax.dynamicIndexInDim(x, jnp.tensor(2), 1, { keepdims: false })
        .toArray(),
      [3, 6],
    );
    assertThrows(
      () => lax.dynamicSlice(x, [0, 0], [3, 1]),
      ShapeError,
      "Cannot slice f32[2,3]: sizes [3,1]",
    );
  });
});

describe("scatter", () => {
  it("writes, adds, and drops what is outside", () => {
    const zero = jnp.zeros(4);
    const to = (mode: "set" | "add" | "min" | "max", ...indices: number[]) =>
      lax.scatter(zero, indices, jnp.tensor([-1, 2, 3]), { mode }).toArray();
    assertEquals(to("set", 0, 1, 9), [-1, 2, 0, 0]);
    assertEquals(to("add", 1, 1, -1), [0, 1, 0, 0]);
    assertEquals(to("max", 0, 0, 3), [2, 0, 0, 3]);
    assertEquals(to("min", 0, 0, 3), [-1, 0, 0, 0]);
  });
  it("broadcasts updates along an axis", () => {
    assertEquals(
      lax.scatter(x, [2, 0], 9, { axis: 1 }).toArray(),
      [[9, 2, 9], [9, 5, 9]],
    );
    assertEquals(lax.scatter(x, 1, [7, 8, 9]).toArray(), [[1, 2, 3], [
      7,
      8,
      9,
    ]]);
  });
});

describe("scan", () => {
  const step = (sum: Tensor, v: Tensor): [Tensor, Tensor] => {
    const next = sum.add(v);
    return [next, next.mul(10)];
  };
  it("carries and stacks, forwards and backwards", () => {
    const xs = jnp.tensor([1, 2, 3], "f32");
    const [sum, ys] = lax.scan(step, 0, xs);
    assertEquals([sum.toArray(), ys.toArray()], [6, [10, 30, 60]]);
    const [, back] = lax.scan(step, 0, xs, { reverse: true });
    assertEquals(back.toArray(), [60, 50, 30]);
  });
  it("gives JS numbers the dtype that the body makes of them", () => {
    assertEquals(lax.scan(step, 0, jnp.arange(3))[0].dtype, "i32");
    assertEquals(lax.scan(step, 0, jnp.ones(3))[0].dtype, "f32");
  });
  it("takes trees, or no xs at all", () => {
    type State = { n: Tensor; list: [Tensor, null] };
    const body = ({ n, list }: State): [State, { n: Tensor }] => [
      { n: n.add(1), list: [list[0].add(n), null] },
      { n },
    ];
    const start: State = { n: jnp.tensor(1), list: [jnp.tensor(0), null] };
    const [end, ys] = lax.scan(body, start, null, { length: 4 });
    assertEquals(end.list[0].toArray(), 10);
    assertEquals(ys.n.toArray(), [1, 2, 3, 4]);
  });
  it("runs no times at all", () => {
    const [sum, ys] = lax.scan(step, jnp.tensor(5, "f32"), jnp.zeros(0));
    assertEquals([sum.toArray(), ys.toArray()], [5, []]);
  });
  it("closes over values of the functions around it", () => {
    const fn = jax.jit((w: Tensor) =>
      lax.scan(
        (c: Tensor, v: Tensor): [Tensor, null] => [c.mul(w).add(v), null],
        jnp.tensor(1, "f32"),
        jnp.tensor([1, 2], "f32"),
      )[0]
    );
    assertEquals(fn(jnp.tensor(3, "f32")).toArray(), 14);
  });
  it("explains what does not fit", () => {
    const grow = (c: Tensor): [Tensor, null] => [
      jnp.concatenate([c, c]),
      null,
    ];
    assertThrows(
      () => lax.scan(grow, jnp.ones(1), null, { length: 2 }),
      ShapeError,
      'Cannot scan "grow": carry goes in as f32[1] and comes out as f32[2]',
    );
    const nest = (c: Tensor): [Tensor, null] => [
      [c] as unknown as Tensor,
      null,
    ];
    assertThrows(
      () => lax.scan(nest, jnp.ones(1), null, { length: 2 }),
      TreeError,
      'Cannot scan "nest": the carry goes in with tensors at []',
    );
    assertThrows(
      () => lax.scan(grow, jnp.ones(1), null),
      ShapeError,
      'Cannot scan "grow": xs holds no tensor',
    );
    assertThrows(
      () => lax.scan(step, 0, jnp.ones(2), { length: 3 }),
      ShapeError,
      "expected 3 slices on axis 0",
    );
  });
  it("counts for foriLoop", () => {
    const sum = lax.foriLoop(2, 5, (i, s: Tensor) => s.add(i), 0);
    assertEquals(sum.toArray(), 9);
    assertEquals(
      lax.foriLoop(5, 2, (i, s: Tensor) => s.add(i), 7).toArray(),
      7,
    );
  });
});

describe("the rest", () => {
  it("stops gradients, also in trees", () => {
    const loss = (x: Tensor) => {
      const { y } = lax.stopGradient({ y: x, none: null });
      return x.mul(y).sum();
    };
    assertEquals(jax.grad(loss)(jnp.tensor([3], "f32")).toArray(), [3]);
  });
  it("counts along axes", () => {
    assertEquals(lax.iota("i32", 3).toArray(), [0, 1, 2]);
    assertEquals(
      lax.broadcastedIota("f32", [2, 2], 0).toArray(),
      [[0, 0], [1, 1]],
    );
  });
  it("broadcasts along named axes", () => {
    assertEquals(
      lax.broadcastInDim([1, 2], [2, 3], [0]).toArray(),
      [[1, 1, 1], [2, 2, 2]],
    );
    assertEquals(
      lax.broadcastInDim([[1], [2]], [2, 3], [0, 1]).toArray(),
      [[1, 1, 1], [2, 2, 2]],
    );
    assertThrows(
      () => lax.broadcastInDim([1], [2, 3], []),
      ShapeError,
      "expected one per axis",
    );
  });
  it("multiplies along any axes", () => {
    const y = lax.dotGeneral(x, x, { contract: [[1], [1]], batch: [[0], [0]] });
    assertEquals(y.toArray(), [14, 77]);
  });
  it("selects, reverses, sums up, looks at bits", () => {
    assertEquals(lax.select([true, false], [1, 2], [3, 4]).toArray(), [1, 4]);
    assertEquals(lax.reverse(x, [1]).at(0).toArray(), [3, 2, 1]);
    assertEquals(lax.cumsum(x, 1, { reverse: true }).at(0).toArray(), [
      6,
      5,
      3,
    ]);
    assertEquals(lax.bitcast(jnp.tensor([1], "f32"), "u32").toArray(), [
      0x3f800000,
    ]);
    assertEquals(lax.expandDims(x, 1).shape, [2, 1, 3]);
    assertEquals(lax.rsqrt([4]).toArray(), [0.5]);
    assertEquals(lax.erfInv(lax.erf([0])).toArray(), [0]);
  });
});
