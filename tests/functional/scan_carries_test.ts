/** What goes round in pxf.scan: numbers, params, the random state. */
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import {
  jnp,
  px,
  pxc,
  pxf,
  ShapeError,
  type Tensor,
  tensor,
} from "../../mod.ts";

const { random } = jnp;
const list = (x: unknown) => (x as Tensor).toArray();
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

describe("pxf.scan", () => {
  const body = (x: Tensor, sum: Tensor, { p }: OfP) => {
    p.set(p.mul(0.5).add(x));
    return [sum.add(p), sum];
  };
  it("takes numbers, and is the same unrolled, in either direction", () => {
    for (const reverse of [false, true]) {
      const results = [1, 2, 3, 7, 9].map((unroll) => {
        const p = param(1);
        const xs = jnp.arange(7).astype("f32");
        const [[sum], ys] = pxf.jit(pxf.scan(body, { xs, reverse, unroll }))(
          2,
          { p },
        );
        return [list(sum), list(ys), list(p)];
      });
      for (const result of results) assertEquals(result, results[0]);
    }
  });
  it("draws in each iteration", () => {
    px.RKG.seed(5);
    const draw = (_: null) => [[], random.uniform(px.RKG())];
    const [carry, ys] = pxf.jit(pxf.scan(draw, { length: 3 }))();
    assertEquals([carry, state()], [[], stateAfter(3)]);
    assertEquals((ys as Tensor).shape, [3]);
  });
  it("keeps null for ys that are none, a carry that is an array", () => {
    const swap = (_: null, [a, b]: [Tensor, Tensor]) => [[b, a], null];
    const [carry, ys] = pxf.scan(swap, { length: 3 })([tensor(1), tensor(2)]);
    const [pair] = carry as [[Tensor, Tensor]];
    assertEquals([pair.map(list), ys], [[2, 1], null]);
  });
  it("names what changes its structure", () => {
    const vode = new pxc.Vode([2]);
    type Of = { vode: pxc.Vode };
    const init = (_: null, { vode }: Of) => {
      vode.set("h", jnp.ones([2]));
      return [[], null];
    };
    assertThrows(
      () => pxf.scan(init, { length: 2 })({ vode }),
      ShapeError,
      'Cannot scan "init": vode.h was nothing and is f32[2] after the body, ' +
        "expected no change of structure, shape or dtype: give back what is " +
        "like the initial value, and clear in the body what it creates",
    );
    vode.h.set(jnp.zeros([2]));
    const cached = (_: null, { vode }: Of) => {
      vode.energy();
      return [[], null];
    };
    assertThrows(
      () => pxf.scan(cached, { length: 2 })({ vode: withU(vode) }),
      ShapeError,
      `vode.cache['E'] was nothing and is f32[] after the body`,
    );
    const nested = (_: null, s: { a: Tensor[] }) => [
      { a: [s.a[0], s.a[1].sum()] },
      null,
    ];
    assertThrows(
      () =>
        pxf.scan(nested, { length: 2 })(
          [{ a: [jnp.ones(1), jnp.ones(2)] }][0],
          {},
        ),
      ShapeError,
      `carry[0]['a'][1] was f32[2] and is f32[] after the body`,
    );
    assertThrows(
      () => pxf.scan(() => [[], null], { length: 4, unroll: 0 })(),
      ShapeError,
      "Cannot unroll a scan: 0 was given, expected a whole number of at least 1",
    );
  });
});

/** The vode with a prediction. */
function withU(vode: pxc.Vode): pxc.Vode {
  vode.set("u", jnp.ones([2]));
  return vode;
}
