import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TraceError, TreeError } from "../../src/base/errors.ts";
import { type Tensor, tensor } from "../../src/numpy/mod.ts";
import { jit } from "../../src/functional/jit.ts";
import { jax, jnp } from "./names.ts";

const { lax } = jnp;
const list = (x: Tensor) => x.toArray();
const x = tensor([1, 2, 3], "f32");

describe("lax.cond", () => {
  const double = (x: Tensor) => x.mul(2), negate = (x: Tensor) => x.neg();
  it("runs one of two functions, in jit or out of it", () => {
    const choose = (p: Tensor, x: Tensor) => lax.cond(p, double, negate, x);
    for (const fn of [choose, jax.jit(choose)]) {
      assertEquals(list(fn(tensor(true), x)), [2, 4, 6]);
      assertEquals(list(fn(tensor(false), x)), [-1, -2, -3]);
      // As in JAX a number is true where it is not 0.
      assertEquals(list(fn(tensor(0.5), x)), [2, 4, 6]);
      assertEquals(list(fn(tensor(0), x)), [-1, -2, -3]);
    }
    assertEquals(list(lax.cond(true, double, negate, x)), [2, 4, 6]);
  });
  it("takes trees, and numbers as the tensors they stand for", () => {
    const pair = (p: boolean) =>
      lax.cond(
        p,
        (s: { a: Tensor; b: Tensor }) => ({ sum: s.a.add(s.b), n: 1 }),
        (s: { a: Tensor; b: Tensor }) => ({ sum: s.a, n: s.b }) as never,
        { a: x, b: tensor(2.5) },
      ) as unknown as { sum: Tensor; n: Tensor };
    assertEquals(list(pair(true).sum), [3.5, 4.5, 5.5]);
    assertEquals([pair(true).n.dtype, list(pair(true).n)], ["f32", 1]);
    assertEquals(list(pair(false).n), 2.5);
  });
  it("chooses per sample under vmap, or once for all", () => {
    const choose = (p: Tensor, x: Tensor) => lax.cond(p, double, negate, x);
    const p = tensor([true, false, true]);
    assertEquals(list(jax.vmap(choose)(p, x)), [2, -2, 6]);
    const shared = jax.vmap(choose, { inAxes: [null, 0] });
    assertEquals(list(shared(tensor(false), x)), [-1, -2, -3]);
    const { nodes } = jit(shared).program(tensor(false), x);
    assertEquals(nodes.filter((n) => n.primitive === "cond").length, 1);
  });
  it("sees values of the functions around it", () => {
    const fn = jax.jit((p: Tensor, x: Tensor, y: Tensor) =>
      lax.cond(p, () => x.add(y), () => y.mul(3))
    );
    assertEquals(list(fn(tensor(true), tensor(1), tensor(2))), 3);
    assertEquals(list(fn(tensor(false), tensor(1), tensor(2))), 6);
  });
  it("prints only what runs", () => {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => void lines.push(line);
    try {
      const fn = jax.jit((x: Tensor) =>
        lax.scan(
          (sum: Tensor, v: Tensor): [Tensor, null] => {
            const next = lax.cond(
              v.greater(1),
              (s: Tensor) => {
                jax.debug.print("large {}", v);
                return s.add(v);
              },
              (s: Tensor) => {
                jax.debug.print("small");
                return s;
              },
              sum,
            );
            return [next, null];
          },
          tensor(0, "f32"),
          x,
        )[0]
      );
      assertEquals(list(fn(tensor([3, 0, 2], "f32"))), 5);
    } finally {
      console.log = log;
    }
    assertEquals(lines, ["large 3", "small", "large 2"]);
  });
  it("explains what does not fit", () => {
    assertThrows(
      () => lax.cond(tensor([true, false]), double, negate, x),
      ShapeError,
      "Cannot run cond: bool[2] was given to decide, expected a bool scalar: " +
        "compare, reduce with .any() or .all(), or choose per element with " +
        "jnp.where",
    );
    assertThrows(
      () => lax.cond(true, double, (x: Tensor) => x.sum(), x),
      ShapeError,
      'Cannot run cond: result is f32[] in "branch 0" and f32[3] in "double", ' +
        "expected equal shapes and dtypes: convert or broadcast one of them",
    );
    assertThrows(
      () => lax.cond(true, double, (x: Tensor) => [x] as never, x),
      TreeError,
      'Cannot run cond: "branch 0" gives tensors at [[0]], "double" at []',
    );
    assertThrows(
      () => lax.cond(true, x as never, double, x),
      TraceError,
      "as branch 1, expected a function",
    );
    assertThrows(
      () => lax.cond(true, () => tensor(1), () => tensor(1.5)),
      ShapeError,
      "is f32[]",
    );
  });
});

describe("lax.switch", () => {
  const branches = [
    (x: Tensor) => x,
    (x: Tensor) => x.add(10),
    (x: Tensor) => x.mul(x),
  ];
  it("clamps the number of the branch", () => {
    const fn = jax.jit((i: Tensor, x: Tensor) => lax.switch(i, branches, x));
    const at = [-5, 0, 1, 2, 7].map((i) => list(fn(tensor(i), x)));
    assertEquals(at, [
      [1, 2, 3],
      [1, 2, 3],
      [11, 12, 13],
      [1, 4, 9],
      [1, 4, 9],
    ]);
    assertEquals(list(lax.switch(1, branches, x)), [11, 12, 13]);
  });
  it("takes a number per sample under vmap", () => {
    const fn = jax.vmap((i: Tensor, x: Tensor) => lax.switch(i, branches, x));
    assertEquals(list(fn(tensor([9, 1, -2]), x)), [1, 12, 3]);
  });
  it("explains what does not fit", () => {
    assertThrows(
      () => lax.switch(0.5, branches, x),
      ShapeError,
      "Cannot run switch: f32[] was given to decide, expected a bool or " +
        "integer scalar",
    );
    assertThrows(
      () => lax.switch(0, [], x),
      TreeError,
      "Cannot run switch: no functions were given, expected an array of at " +
        "least one function",
    );
    assertThrows(
      () => lax.switch(0, branches[0] as never, x),
      TreeError,
      "was given, expected an array of at least one function",
    );
    assertThrows(
      () => lax.switch(0, [branches[0], 3 as never], x),
      TraceError,
      "Cannot run switch: 3 was given as branch 1, expected a function",
    );
  });
});

describe("lax.whileLoop", () => {
  const small = (x: Tensor) => x.sum().less(100);
  const double = (x: Tensor) => x.mul(2);
  it("runs until the condition is false", () => {
    const fn = (x: Tensor) => lax.whileLoop(small, double, x, { maxSteps: 9 });
    assertEquals(list(fn(x)), [32, 64, 96]);
    assertEquals(list(jax.jit(fn)(x.mul(50))), [50, 100, 150]);
  });
  it("ends at maxSteps", () => {
    const after = (maxSteps: number) =>
      list(lax.whileLoop(small, double, x, { maxSteps }));
    assertEquals([after(0), after(2)], [[1, 2, 3], [4, 8, 12]]);
  });
  it("carries trees; numbers take the dtype that the body gives", () => {
    const [n, sum] = lax.whileLoop(
      ([n]: [Tensor, Tensor]) => n.less(4),
      ([n, s]: [Tensor, Tensor]): [Tensor, Tensor] => [n.add(1), s.add(0.5)],
      [0, 0] as unknown as [Tensor, Tensor],
      { maxSteps: 10 },
    );
    assertEquals([n.dtype, list(n), sum.dtype, list(sum)], [
      "i32",
      4,
      "f32",
      2,
    ]);
  });
  it("runs under vmap until all samples are done", () => {
    const fn = jax.vmap((x: Tensor) =>
      lax.whileLoop((x) => x.less(100), double, x, { maxSteps: 9 })
    );
    assertEquals(list(fn(tensor([3, 70, 200], "f32"))), [192, 140, 200]);
  });
  it("has a forward pass, and no way back", () => {
    const fn = (x: Tensor) =>
      lax.whileLoop(small, double, x, { maxSteps: 9 }).sum();
    assertThrows(
      () => jax.grad(fn)(x),
      TraceError,
      "Cannot differentiate a while loop: it has no derivative rule: how often " +
        "it runs is known only after it has run; use scan, with a select or " +
        "cond for what is over, or stopGradient",
    );
    // What no gradient passes through may loop.
    const scaled = jax.grad((x: Tensor) =>
      x.mul(lax.stopGradient(fn(lax.stopGradient(x)))).sum()
    );
    assertEquals(list(scaled(x)), [192, 192, 192]);
  });
  it("explains what does not fit", () => {
    const options = { maxSteps: 3 };
    const grow = (c: Tensor) => jnp.concatenate([c, c]);
    assertThrows(
      () => lax.whileLoop(small, grow, x, options),
      ShapeError,
      'Cannot run whileLoop "grow": carry goes in as f32[3] and comes out as ' +
        "f32[6], expected the same: convert one of them",
    );
    assertThrows(
      () => lax.whileLoop(small, (x: Tensor) => [x] as never, x, options),
      TreeError,
      'Cannot run whileLoop "body": the carry goes in with tensors at [] and ' +
        "comes out with [[0]], expected the same structure",
    );
    assertThrows(
      () => lax.whileLoop((x: Tensor) => x.less(3), double, x, options),
      ShapeError,
      'Cannot run whileLoop "double": bool[3] was given to decide, expected a ' +
        "condition that gives a bool scalar",
    );
    assertThrows(
      () => lax.whileLoop(small, null as never, x),
      TraceError,
      "Cannot run whileLoop: null was given as the body, expected a function",
    );
    assertThrows(
      () => lax.whileLoop(true as never, double, x),
      TraceError,
      'Cannot run whileLoop "double": true was given as the condition, ' +
        "expected a function",
    );
    assertThrows(
      () => lax.whileLoop(small, double, x, { maxSteps: -1 }),
      ShapeError,
      'Cannot run whileLoop "double": maxSteps is -1, expected a whole number ' +
        "of at least 0",
    );
    assertThrows(
      () =>
        lax.whileLoop(
          small,
          (x: Tensor) => {
            jax.debug.print("{}", x);
            return double(x);
          },
          x,
          options,
        ),
      TraceError,
      "Cannot print in a while loop: how often it runs is not known, expected " +
        "prints outside",
    );
  });
});

describe("lax.foriLoop", () => {
  it("takes bounds that are known when it runs", () => {
    const fn = jax.jit((a: Tensor, b: Tensor) =>
      lax.foriLoop(a, b, (i, s: Tensor) => s.add(i), 0, { maxSteps: 20 })
    );
    assertEquals(list(fn(tensor(2), tensor(6))), 14);
    assertEquals(list(fn(tensor(6), tensor(2))), 0);
  });
  it("explains what does not fit", () => {
    assertThrows(
      () => lax.foriLoop(0, tensor(2.5), (_, s: Tensor) => s, x),
      ShapeError,
      "Cannot run foriLoop: its upper bound is f32[], expected an integer " +
        "scalar",
    );
    assertThrows(
      () => lax.foriLoop(0, 3, undefined as never, x),
      TraceError,
      "Cannot run foriLoop: undefined was given as the body, expected a " +
        "function",
    );
  });
});
