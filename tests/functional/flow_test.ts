/** pxf.cond, pxf.switch and pxf.whileLoop with tracked params. */
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import {
  jnp,
  px,
  pxf,
  ShapeError,
  type Tensor,
  tensor,
  TraceError,
  TreeError,
} from "../../mod.ts";

const { random } = jnp;
const list = (x: unknown) => (x as Tensor).toArray();
const options = { maxSteps: 10 };
type OfP = { p: px.Param<Tensor> };
const param = (x: number | number[]) => new px.Param(tensor(x, "f32"));

/** The random state as numbers. */
const state = () => list(px.RKG.key.get());
/** The random state after `n` draws from seed 5. */
function stateAfter(n: number): unknown {
  let key = random.key(5);
  for (let i = 0; i < n; i++) key = random.split(key).at(0);
  return list(key);
}

describe("pxf.cond", () => {
  const up = (x: Tensor, { p }: OfP) => {
    p.set(p.add(1));
    return x.add(p);
  };
  const down = (x: Tensor, { p }: OfP) => x.mul(p);

  it("writes params back, also those that one branch leaves alone", () => {
    const fn = pxf.cond(up, down);
    for (const call of [fn, pxf.jit(fn)]) {
      const p = param(2);
      assertEquals(list(call(tensor(true), tensor(3, "f32"), { p })), 6);
      assertEquals(list(p), 3);
      assertEquals(list(call(tensor(false), tensor(3, "f32"), { p })), 9);
      assertEquals(list(p), 3);
    }
  });
  it("takes jitted and plain functions together, and a param to choose", () => {
    const choice = new px.Param(tensor(true));
    const p = param(2);
    const fn = pxf.cond(pxf.jit(up), down);
    assertEquals(list(fn(choice, tensor(1, "f32"), { p })), 4);
    assertEquals(list(p), 3);
  });
  it("draws from the random state as the branch that runs", () => {
    const draw = (_: OfP) => random.uniform(px.RKG());
    const drawTwice = (_: OfP) => {
      px.RKG();
      return random.uniform(px.RKG());
    };
    const fn = pxf.jit(pxf.cond(draw, drawTwice));
    for (const [pred, draws] of [[true, 1], [false, 2]] as const) {
      px.RKG.seed(5);
      fn(tensor(pred), { p: param(0) });
      assertEquals(state(), stateAfter(draws));
    }
  });
  it("shares params that come twice", () => {
    const p = param(1);
    const model = { a: p, b: [p] };
    const set = ({ model: { a, b } }: { model: typeof model }) => {
      a.set(a.mul(10));
      return b[0].add(0);
    };
    const fn = pxf.cond(set, ({ model }) => model.a.add(0));
    assertEquals([list(fn(true, { model })), list(p)], [10, 10]);
  });
  it("takes numbers for tensors", () => {
    const one = (_: Tensor) => 1 as unknown as Tensor;
    const fn = pxf.cond(one, (x: Tensor) => x);
    const y = fn(true, tensor(2.5));
    assertEquals([y.dtype, list(y)], ["f32", 1]);
  });
  it("has derivatives, params included", () => {
    const loss = pxf.valueAndGrad(
      (c: Tensor, { p }: OfP) =>
        pxf.cond(({ p }: OfP) => p.mul(p), ({ p }: OfP) => p.mul(7))(c, { p }),
      { mask: () => true as never },
    );
    const p = param(3);
    for (const [pred, value, slope] of [[true, 9, 6], [false, 21, 7]]) {
      const [l, g] = loss(tensor(pred as boolean), { p });
      assertEquals([list(l), list(g.p)], [value, slope]);
    }
  });
  it("leaves params and the random state alone when a branch throws", () => {
    px.RKG.seed(5);
    const p = param(2);
    const fn = pxf.jit(pxf.cond(up, (_: Tensor, { p }: OfP): Tensor => {
      p.set(px.RKG());
      throw new Error("stop");
    }));
    assertThrows(() => fn(tensor(true), tensor(1), { p }), Error, "stop");
    assertEquals([list(p), state()], [2, stateAfter(0)]);
  });
  it("explains what does not fit", () => {
    const p = new px.Param<Tensor | null>(null);
    const make = ({ p }: { p: px.Param<Tensor | null> }) => {
      p.set(jnp.ones([2]));
    };
    assertThrows(
      () => pxf.cond(make, () => {})(true, { p }),
      TreeError,
      'Cannot run cond: p is a tensor after "make" and nothing after ' +
        '"branch 0", expected one structure: set it in both, or clear it in ' +
        "both",
    );
    assertThrows(
      () => pxf.cond(up, down)(true, jnp.ones([2]), { p: param([1, 2, 3]) }),
      ShapeError,
      "f32[2] and f32[3]",
    );
    const grow = ({ p }: OfP) => p.set(jnp.ones([4])) && p.get();
    assertThrows(
      () => pxf.cond(grow, ({ p }: OfP) => p.sum())(true, { p: param([1]) }),
      ShapeError,
      'Cannot run cond: result is f32[] in "branch 0" and f32[4] in "grow", ' +
        "expected equal shapes and dtypes",
    );
    assertThrows(
      () => pxf.cond(up, down)([true, false], tensor(1), { p: param(1) }),
      ShapeError,
      "Cannot run cond: bool[2] was given to decide, expected a bool scalar",
    );
  });
});

describe("pxf.switch", () => {
  const fns = [
    (x: Tensor, { p }: OfP) => {
      p.set(x);
      return x;
    },
    (x: Tensor, { p }: OfP) => x.add(p),
    (x: Tensor, _: OfP) => x.neg(),
  ];
  it("takes a list of functions and clamps the number", () => {
    const fn = pxf.jit(pxf.switch(fns));
    const at = (i: number) => {
      const p = param(10);
      return [list(fn(tensor(i), tensor(3, "f32"), { p })), list(p)];
    };
    assertEquals([-1, 0, 1, 2, 8].map(at), [
      [3, 3],
      [3, 3],
      [13, 10],
      [-3, 10],
      [-3, 10],
    ]);
  });
  it("explains what does not fit", () => {
    assertThrows(
      () => pxf.switch([]),
      TreeError,
      "Cannot run switch: no functions were given, expected an array of at " +
        "least one function",
    );
    assertThrows(
      () => pxf.switch([fns[0], null as never]),
      TraceError,
      "Cannot run switch: null was given as branch 1, expected a function",
    );
    assertThrows(
      () => pxf.cond(fns[0], undefined as never),
      TraceError,
      "Cannot run cond: undefined was given as falseFn, expected a function",
    );
    assertThrows(
      () => pxf.whileLoop(fns[0], true as never),
      TraceError,
      "was given as the condition, expected a function",
    );
    assertThrows(
      () => pxf.scan(3 as never, { length: 2 }),
      TraceError,
      "Cannot scan 3, expected a function: give it first, and the options " +
        "after it",
    );
    assertThrows(
      () => pxf.switch(fns)(tensor(1.5), tensor(1, "f32"), { p: param(1) }),
      ShapeError,
      "Cannot run switch: f32[] was given to decide, expected a bool or " +
        "integer scalar",
    );
  });
});

describe("pxf.whileLoop", () => {
  const double = (x: Tensor, { p }: OfP) => {
    p.set(p.add(1));
    return x.mul(2);
  };
  const below = (x: Tensor, { p }: OfP) => x.less(p.mul(20));

  it("carries values and params; the condition reads them", () => {
    const fn = pxf.whileLoop(double, below, options);
    for (const call of [fn, pxf.jit(fn)]) {
      const p = param(1);
      // 3 < 20, 6 < 40, 12 < 60, 24 < 80, 48 < 100, 96 < 120, 192.
      assertEquals(call(tensor(3, "f32"), { p }).map(list), [192]);
      assertEquals(list(p), 7);
      assertEquals(call(3, { p: param(1) }).map(list), [192]);
    }
  });
  it("gives an array for one carry and for several", () => {
    const fn = pxf.whileLoop(
      (n: Tensor, sum: Tensor) => [n.add(1), sum.add(n)],
      (n) => n.less(5),
      options,
    );
    assertEquals(fn(0, 0.5).map(list), [5, 10.5]);
  });
  it("stops at maxSteps", () => {
    const fn = pxf.whileLoop(double, below, { maxSteps: 2 });
    const p = param(1);
    assertEquals([fn(3, { p }).map(list), list(p)], [[12], 3]);
  });
  it("gives the condition the params themselves, where they are shared", () => {
    const p = param(1);
    const model = { a: p, b: p };
    type Of = { model: typeof model };
    const fn = pxf.whileLoop(
      (n: Tensor, { model }: Of) => {
        model.a.set(model.a.mul(2));
        return n.add(1);
      },
      (_: Tensor, { model }: Of) => model.b.less(9),
      options,
    );
    assertEquals([fn(0, { model }).map(list), list(p)], [[4], 16]);
  });
  it("goes on drawing from turn to turn", () => {
    px.RKG.seed(5);
    const fn = pxf.jit(pxf.whileLoop(
      (n: Tensor, sum: Tensor) => [n.add(1), sum.add(random.uniform(px.RKG()))],
      (n) => n.less(3),
      options,
    ));
    const [, sum] = fn(0, 0);
    assertEquals(state(), stateAfter(3));
    px.RKG.seed(5);
    let expected = tensor(0, "f32");
    for (let i = 0; i < 3; i++) {
      expected = expected.add(random.uniform(px.RKG()));
    }
    assertEquals(list(sum), list(expected));
  });
  it("leaves everything alone when its body throws", () => {
    px.RKG.seed(5);
    const p = param(1);
    const fn = pxf.whileLoop(
      (_: Tensor, { p }: OfP) => {
        p.set(p.add(1));
        px.RKG();
        throw new Error("stop");
      },
      below,
      options,
    );
    assertThrows(() => fn(3, { p }), Error, "stop");
    assertEquals([list(p), state()], [1, stateAfter(0)]);
  });
  it("explains what does not fit", () => {
    const p = param([1, 2]);
    const grow = (x: Tensor, { p }: OfP) => {
      p.set(jnp.concatenate([p, p]));
      return x;
    };
    const never = (x: Tensor, _: OfP) => x.less(0);
    assertThrows(
      () => pxf.whileLoop(grow, never, options)(1, { p }),
      ShapeError,
      'Cannot run whileLoop "grow": p was f32[2] and is f32[4] after the body, ' +
        "expected no change of structure, shape or dtype: give back what is " +
        "like the initial value, and clear in the body what it creates",
    );
    type Pair = { a: Tensor; b?: Tensor };
    const lose = ([s]: [Pair]) => [[{ a: s.a }]];
    assertThrows(
      () =>
        pxf.whileLoop(lose, ([{ a }]) => a.less(0), options)(
          [{ a: tensor(1), b: tensor(2) }] as never,
        ),
      ShapeError,
      `Cannot run whileLoop "lose": carry[0][0]['b'] was i32[] and is nothing`,
    );
    assertThrows(
      () =>
        pxf.whileLoop(double, (x, { p }: OfP) => {
          p.set(x);
          return x.less(2);
        }, options)(1, { p: param(1) }),
      TreeError,
      'Cannot run whileLoop "double": its condition changes p, expected one ' +
        "that only reads: change it in the body",
    );
    assertThrows(
      () =>
        pxf.whileLoop((x: Tensor) => x, (x) => x.less(1), options)(
          jnp.ones([2]),
        ),
      ShapeError,
      "bool[2] was given to decide, expected a condition that gives a bool " +
        "scalar",
    );
    assertThrows(
      () =>
        pxf.whileLoop((x: Tensor) => x, (x) => x.less(1), { maxSteps: 0.5 }),
      ShapeError,
      "maxSteps is 0.5, expected a whole number of at least 0",
    );
    const loss = pxf.valueAndGrad(
      ({ p }: OfP) =>
        pxf.whileLoop((x: Tensor) => x.mul(2), (x) => x.less(9), options)(
          p.get(),
        )[0] as Tensor,
      { mask: () => true as never },
    );
    assertThrows(
      () => loss({ p: param(1) }),
      TraceError,
      "Cannot differentiate a while loop",
    );
  });
});
