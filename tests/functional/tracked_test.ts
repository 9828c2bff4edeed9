/** What transforms do with tracked and with pure arguments. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { jnp, px, pxf, type Tensor, tensor } from "../../mod.ts";

const f32 = (...x: number[]) => tensor(x, "f32");

type P = { p: px.Param };

describe("tracked arguments", () => {
  it("have new values after the call; what is no param changes copies", () => {
    type Loose = { a: px.Param; list: px.Param[]; raw: { n: number } };
    type Fn = (t: Loose) => Tensor;
    const mask = { a: true, list: false, raw: false };
    const transforms: ((fn: Fn) => Fn)[] = [
      (fn) => pxf.jit(fn),
      (fn) => (t) => pxf.valueAndGrad(fn, { mask })(t)[0],
    ];
    for (const transform of transforms) {
      const a = new px.Param(f32(1)), b = new px.Param(f32(2));
      const tracked: Loose = { a, list: [b], raw: { n: 1 } };
      const body = ({ a, list, raw }: Loose): Tensor => {
        a.set(a.add(list[0]));
        a.tag = 5;
        list.push(new px.Param(f32(9)));
        list[0] = new px.Param(f32(7));
        raw.n = 3;
        return a.sum();
      };
      assertEquals(transform(body)(tracked).toArray(), 3);
      assertEquals([a.toArray(), a.tag, b.toArray()], [[3], undefined, [2]]);
      assertEquals([tracked.list.length, tracked.raw.n], [1, 1]);
      assert(tracked.list[0] === b);
    }
  });

  it("may change shape, dtype and emptiness", () => {
    const p = new px.Param(f32(1, 2)), q = new px.Param();
    const f = pxf.jit(({ p, q }: { p: px.Param; q: px.Param }) => {
      q.set(p.get());
      p.set(jnp.concatenate([p.get(), p.get()]).astype("i32"));
    });
    f({ p, q });
    assertEquals([p.toArray(), p.dtype], [[1, 2, 1, 2], "i32"]);
    assertEquals(q.toArray(), [1, 2]);
    const clear = pxf.jit(({ p }: P) => {
      p.set(null);
    });
    clear({ p });
    assertEquals(p.get() as unknown, null);
  });

  it("hold a shared param once: one object inside, one update", () => {
    const p = new px.Param(f32(1));
    type Twice = { a: px.Param; b: px.Param[] };
    const body = ({ a, b }: Twice) => {
      assert(a === b[0]);
      a.set(a.add(1));
      b[0].set(b[0].mul(3));
      return a.sum();
    };
    const twice = { a: p, b: [p] };
    assertEquals(pxf.jit(body)(twice).toArray(), 6);
    const [e] = pxf.valueAndGrad(body, { mask: { a: true, b: true } })(twice);
    assertEquals([e.toArray(), p.toArray()], [21, [21]]);
  });

  it("are as before when the function throws", () => {
    const p = new px.Param(f32(1));
    px.RKG.seed(4);
    const fail = ({ p }: P): Tensor => {
      p.set(p.add(1));
      px.RKG();
      throw new Error("stop");
    };
    const transforms = [
      () => pxf.jit(fail)({ p }),
      () => pxf.vmap(fail, { mask: { p: 0 } })({ p }),
      () => pxf.valueAndGrad(fail, { mask: { p: true } })({ p }),
      () => pxf.grad(fail, { mask: { p: true } })({ p }),
      () => pxf.jit(pxf.vmap(fail, { mask: { p: 0 } }))({ p }),
    ];
    for (const run of transforms) {
      assertThrows(run, Error, "stop");
      assertEquals([p.toArray(), px.RKG.key.toArray()], [[1], [0, 4]]);
    }
    assertEquals(px.RKG().shape, [2]);
  });
});

describe("positional arguments", () => {
  it("are pure: params in them are copies, which leak nothing", () => {
    const p = new px.Param(f32(1, 2));
    const body = (x: Tensor, q: px.Param) => {
      q.set(q.mul(x));
      return q.sum();
    };
    const grad = pxf.valueAndGrad(body, { argnums: 0 });
    assertEquals(grad(f32(3, 3), p)[0].toArray(), 9);
    assertEquals(pxf.jit(body)(f32(3, 3), p).toArray(), 9);
    assertEquals(pxf.vmap(body)(f32(3, 3), p).toArray(), [3, 6]);
    assertEquals(p.toArray(), [1, 2]);
    assertEquals(p.add(1).toArray(), [2, 3]);
  });

  it("come back as new params where they are returned", () => {
    const p = new px.Param(f32(1));
    const back = pxf.jit((p: px.Param) => ({ k: [p] }))(p);
    assert(back.k[0] instanceof px.Param && back.k[0] !== p);
    assertEquals(back.k[0].toArray(), [1]);
  });
});
