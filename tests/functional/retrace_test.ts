/** pxf.jit traces again exactly when it must. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
  TraceError,
} from "../../mod.ts";

class Model extends pxc.EnergyModule<[Tensor], Tensor> {
  [name: string]: unknown;
  act: px.Static<(x: Tensor) => Tensor> = px.static(jnp.tanh);
  layer = new pxnn.Linear(2, 2);
  vode = new pxc.Vode([2]);
  rate = 1;
  override call(x: Tensor): Tensor {
    return this.act(this.layer(x)).mul(this.rate);
  }
}

type Of = { model: Model };

const x = jnp.ones([2]);

/** Changes of a model, and whether the next call traces anew. */
const CHANGES: Record<string, [(m: Model) => void, boolean]> = {
  "nothing": [() => {}, false],
  "other weights": [(m) => m.layer.nn.weight.set(jnp.ones([2, 2])), false],
  "an attribute set to what it was": [(m) => m.rate = 1, false],
  "a static value set to what it was": [(m) => m.act.set(jnp.tanh), false],
  "the status it had": [(m) => m.status = null, false],
  "a status": [(m) => m.status = "init", true],
  "the status of a vode": [(m) => m.vode.status = "x", true],
  "the mode": [(m) => m.train(), true],
  "another function": [(m) => m.act.set((x) => x), true],
  "an attribute of a param": [(m) => m.vode.h.frozen = true, true],
  "an empty param that is filled": [(m) => m.vode.set("h", [1, 2]), true],
  "a cache with an entry": [(m) => m.vode.set("u", [1, 2]), true],
  "a param of another shape": [
    (m) => m.layer.nn.weight.set(jnp.ones([3, 2])),
    true,
  ],
  "a param of another dtype": [
    (m) => m.layer.nn.bias!.set(tensor([1, 2], "i32")),
    true,
  ],
  "a number beside the params": [(m) => m.rate = 2, true],
  "a new attribute": [(m) => m.extra = 1, true],
  "a param replaced by its like": [
    (m) => m.vode.h = new pxc.VodeParam(),
    false,
  ],
  "a param replaced by one of another class": [
    (m) => m.vode.h = new px.Param() as pxc.VodeParam,
    true,
  ],
};

describe("pxf.jit() after a change of", () => {
  for (const [name, [change, traces]] of Object.entries(CHANGES)) {
    it(`${name} ${traces ? "traces anew" : "does not trace"}`, () => {
      const f = pxf.jit((x: Tensor, { model }: Of) =>
        x.mul(model.layer.nn.weight.sum().astype("f32"))
      );
      const model = new Model();
      f(x, { model });
      f(x, { model });
      assertEquals(f.traces, 1);
      change(model);
      f(x, { model });
      assertEquals(f.traces, traces ? 2 : 1);
      f(x, { model });
      assertEquals(f.traces, traces ? 2 : 1);
    });
  }
});

describe("pxf.jit()", () => {
  it("traces for shapes, dtypes, and params that are shared", () => {
    const f = pxf.jit(({ a, b }: { a: px.Param; b: px.Param }) => {
      a.set(a.add(1));
      return b.sum();
    });
    const p = new px.Param(jnp.zeros([2])), q = new px.Param(jnp.zeros([2]));
    const run = (a: px.Param, b: px.Param) => f({ a, b }).toArray();
    assertEquals([run(p, q), f.traces], [0, 1]);
    assertEquals([run(p, p), f.traces], [4, 2]);
    assertEquals([run(q, p), f.traces], [4, 2]);
    q.set(tensor([1, 2, 3], "f32"));
    assertEquals([run(q, p), f.traces], [4, 3]);
    assertEquals([run(new px.Param(tensor([1, 2])), p), f.traces], [4, 4]);
  });

  it("has static arguments that are equal by what they hold", () => {
    const f = pxf.jit(
      (shape: number[], o: { k: string }, x: Tensor) =>
        x.reshape(...shape).mul(o.k === "two" ? 2 : 3),
      { staticArgnums: [0, 1] },
    );
    const run = (shape: number[], k: string) =>
      f(shape, { k }, jnp.ones([2])).toArray();
    assertEquals(run([2, 1], "two"), [[2], [2]]);
    assertEquals(run([2, 1], "two"), [[2], [2]]);
    assertEquals(f.traces, 1);
    assertEquals(run([1, 2], "two"), [[2, 2]]);
    assertEquals(run([2, 1], "three"), [[3], [3]]);
    assertEquals(run([1, 2], "two"), [[2, 2]]);
    assertEquals(f.traces, 3);
  });

  it("refuses static arguments that are data, or missing", () => {
    const f = pxf.jit(function f(x: Tensor) {
      return x;
    }, { staticArgnums: 0 });
    assertEquals(
      assertThrows(() => f(jnp.ones([2])), TraceError).message,
      'Cannot jit "f": static argument 0 holds f32[2], expected no tensors, ' +
        "which are data: leave it out of staticArgnums",
    );
    const g = pxf.jit(function g(x: Tensor) {
      return x;
    }, { staticArgnums: [2] });
    assertEquals(
      assertThrows(() => g(jnp.ones([2])), TraceError).message,
      'Cannot jit "g": staticArgnums names argument 2 of 1 positional ones, ' +
        "expected one of them: tracked arguments are static where px.static " +
        "says so",
    );
  });

  it("keeps one compiled call per structure, and forgets all with clear", () => {
    const model = new Model();
    const f = pxf.jit((x: Tensor, { model }: Of) => model(x));
    for (let i = 0; i < 3; i++) {
      model.train();
      f(x, { model });
      model.eval();
      f(x, { model });
    }
    assertEquals(f.traces, 2);
    f.clear();
    f(x, { model });
    assertEquals(f.traces, 3);
  });

  it("nests: an inner jit is part of the outer one", () => {
    const inner = pxf.jit(({ p }: { p: px.Param }) => {
      p.set(p.mul(2));
      return p.sum();
    });
    const outer = pxf.jit(({ p }: { p: px.Param }) => {
      const before = inner({ p });
      return before.add(inner({ p }));
    });
    const p = new px.Param(jnp.ones([2]));
    assertEquals(outer({ p }).toArray(), 12);
    assertEquals(p.toArray(), [4, 4]);
    assertEquals(outer({ p }).toArray(), 48);
    assertEquals(outer.traces, 1);
  });

  it("sees static changes inside, and loses them at the end", () => {
    const model = new Model();
    const seen: unknown[] = [];
    const f = pxf.jit((x: Tensor, { model }: Of) => {
      model.train();
      pxu.step(model, "s", {}, () => seen.push(model.vode.status));
      model.status = "t";
      seen.push(model.isTrain, model.layer.isTrain, model.status);
      return model(x);
    });
    f(x, { model });
    assertEquals(seen, ["s", true, true, "t"]);
    assertEquals([model.isTrain, model.layer.isTrain], [false, false]);
    assertEquals([model.status, model.vode.status], [null, null]);
  });
});
