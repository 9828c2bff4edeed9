import { describe, it } from "node:test";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TraceError } from "../../src/base/errors.ts";
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
