/** What transforms do with tracked and with pure arguments. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  lax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  ShapeError,
  type Tensor,
  tensor,
  TreeError,
} from "../../mod.ts";
import flow from "../goldens/vode_rules.json" with { type: "json" };

const f32 = (...x: number[]) => tensor(x, "f32");

function message(
  body: () => unknown,
  kind: new (message: string) => Error = TreeError,
): string {
  return assertThrows(body, kind).message;
}

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

describe("pxf.vmap()", () => {
  it("takes axes of every sign, for parts of arguments and results", () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]], "f32"), y = f32(10, 20, 30);
    const f = pxf.vmap(
      ([x]: Tensor[], y: Tensor, z: Tensor | null): [Tensor, Tensor] => [
        x.add(y),
        z === null ? x : x.mul(z),
      ],
      { inAxes: [[-1], 0, 0], outAxes: [1, 0] },
    );
    const [sum, same] = f([x], y, null);
    assertEquals(sum.toArray(), [[11, 22, 33], [14, 25, 36]]);
    assertEquals(same.toArray(), [[1, 4], [2, 5], [3, 6]]);
    const last = pxf.vmap((x: Tensor) => x, { inAxes: 1, outAxes: -1 });
    assertEquals(last(x).toArray(), x.toArray());
  });

  it("takes a mask per name, and a prefix of a tree", () => {
    class Two extends px.Module {
      a = new px.Param(f32(1, 2));
      b = { c: new px.Param(f32(5)), d: [new px.Param(f32(3, 4))] };
    }
    type Of = { two: Two; k: px.Param };
    const two = new Two(), k = new px.Param(f32(7));
    const entries = new pxu.Mask(null, [null, 0]).apply(two);
    entries.b = { c: null, d: [0] };
    const f = pxf.vmap(({ two, k }: Of) => {
      assertEquals([two.a.shape, two.b.c.shape, two.b.d[0].shape], [
        [],
        [1],
        [],
      ]);
      two.a.set(two.a.mul(2));
      return two.a.add(two.b.d[0]).add(two.b.c.sum()).add(k.sum());
    }, { mask: { two: entries, k: null } });
    assertEquals(f({ two, k }).toArray(), [17, 20]);
    assertEquals(two.a.toArray(), [2, 4]);
  });

  it("creates states with an axis of samples out of empty ones", () => {
    const model = new pxc.Vode([3]);
    const f = pxf.vmap((x: Tensor, { model }: { model: pxc.Vode }) => {
      assertEquals(model.h.get() as unknown, null);
      model.set("h", x);
      return x;
    }, { mask: pxu.m(pxc.VodeParam).to([null, 0]) });
    f(jnp.ones([5, 3]), { model });
    assertEquals(model.h.shape, [5, 3]);
  });

  it("nests, with an axis name for each", () => {
    const x = jnp.arange(6).reshape(2, 3).astype("f32");
    const f = pxf.vmap(
      pxf.vmap((x: Tensor): [Tensor, Tensor] => [
        lax.psum(x, "inner"),
        lax.pmean(x, "outer"),
      ], { axisName: "inner", outAxes: [null, 0] }),
      { axisName: "outer", outAxes: [0, null] },
    );
    const [sums, means] = f(x);
    assertEquals(sums.toArray(), [3, 12]);
    assertEquals(means.toArray(), [1.5, 2.5, 3.5]);
  });

  it("gives the gradient of a mean its share", () => {
    const p = new px.Param(f32(1, 2, 3, 4));
    const loss = pxf.vmap(({ p }: P) => lax.pmean(p.square().sum(), "b"), {
      mask: { p: 0 },
      outAxes: null,
      axisName: "b",
    });
    const [value, g] = pxf.valueAndGrad(loss, { mask: { p: true } })({ p });
    assertEquals([value.toArray(), g.p.toArray()], [7.5, [0.5, 1, 1.5, 2]]);
  });

  it("leaves the random state whole when it fails itself", () => {
    px.RKG.seed(7);
    const noise = (x: Tensor) => x.add(px.RKG().sum().astype("f32"));
    const x = jnp.ones([3]);
    const wrong = [
      () => pxf.vmap(noise, { outAxes: null })(x),
      () => pxf.vmap(noise, { outAxes: [0, 0] })(x),
      () => pxf.vmap(noise, { inAxes: [0, 0] })(x),
      () => pxf.vmap(noise, { inAxes: 1 })(x),
      () => pxf.jit(pxf.vmap(noise, { outAxes: null }))(x),
    ];
    for (const run of wrong) {
      assertThrows(run);
      assertEquals(px.RKG.key.toArray(), [0, 7]);
    }
    assertEquals(pxf.vmap(noise)(x).shape, [3]);
  });

  it("vectorises over layers, within samples, as over a loop", async () => {
    const [L, d, B] = [3, 4, 2];
    /** All layers in one, each with its own state. */
    class Parallel extends px.Module<[Tensor], Tensor> {
      weight = new pxnn.LayerParam(
        jnp.sin(jnp.arange(L * d * d).astype("f32")).reshape(L, d, d),
      );
      bias = new pxnn.LayerParam(
        jnp.cos(jnp.arange(L * d).astype("f32")).reshape(L, d),
      );
      override call(h: Tensor): Tensor {
        return jnp.tanh(this.weight.matmul(h).add(this.bias));
      }
    }
    type Of = { model: Parallel };
    const model = new Parallel();
    const layers = pxf.vmap((h: Tensor, { model }: Of) => model(h), {
      mask: pxu.m(pxnn.LayerParam).to([null, 0]),
    });
    const energy = pxf.vmap((h: Tensor, { model }: Of) => {
      const u = layers(h.slice([0, L]), { model });
      const e = h.slice([1, L + 1]).sub(u).square().sum().mul(0.5);
      return lax.psum(e, "batch");
    }, {
      mask: new pxu.Mask(px.Param, [null, null]),
      outAxes: null,
      axisName: "batch",
    });
    const loop = (h: Tensor, { model }: Of): Tensor => {
      let sum = jnp.zeros([]);
      for (let b = 0; b < B; b++) {
        for (let l = 0; l < L; l++) {
          const w = model.weight.at(l);
          const u = jnp.tanh(w.matmul(h.at(b).at(l)).add(model.bias.at(l)));
          sum = sum.add(h.at(b).at(l + 1).sub(u).square().sum().mul(0.5));
        }
      }
      return sum;
    };
    const h = jnp.sin(jnp.arange(B * (L + 1) * d).astype("f32").mul(0.7))
      .reshape(B, L + 1, d);
    const mask = new pxu.Mask(pxnn.LayerParam, [false, true]);
    const both = [energy, loop].map((fn) => {
      const [e, [[byH], g]] = pxf.valueAndGrad(fn, { mask, argnums: 0 })(h, {
        model,
      });
      return [e, byH, g.model.weight.get(), g.model.bias.get()];
    });
    const [mine, theirs] = await Promise.all(
      both.map((list) => Promise.all(list.map((x) => x.data()))),
    );
    mine.forEach((data, k) =>
      data.forEach((v, i) => assert(Math.abs(v - theirs[k][i]) < 1e-5))
    );
  });

  it("refuses axes that do not fit", () => {
    const same = (x: Tensor) => x;
    const x = jnp.ones([2]);
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: [0, 0] })(x), ShapeError),
      'Cannot vmap "same": inAxes has 2 entries for 1 positional arguments, ' +
        "expected one for each: tracked arguments have their axes in the mask",
    );
    const axes = (x: unknown) => x as pxf.Axes;
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: axes(["0"]) })(x)),
      'Cannot vmap: inAxes of "same"[0] say "0" for argument 0, expected an ' +
        "axis or null: give one for all, or an array with one for each part",
    );
    const two = (x: Tensor) => [x, x];
    assertEquals(
      message(() => pxf.vmap(two, { outAxes: [0] })(x)),
      'Cannot vmap: outAxes of "two" say nothing for [1], expected an axis or ' +
        "null: give one for all, or an array with one for each part",
    );
    assertEquals(
      message(() => pxf.vmap(same, { outAxes: [0, 0] })(x)),
      'Cannot vmap: outAxes of "same" say [0,0] for the value, expected an ' +
        "axis or null: give one for all, or an array with one for each part",
    );
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: 1 })(x), ShapeError),
      'Cannot vmap "same": argument 0 is f32[2], expected an axis 1: give it ' +
        "one, or use null in inAxes",
    );
    const p = new px.Param(x);
    const sum = ({ p }: P) => p.sum();
    assertEquals(
      message(() => pxf.vmap(sum, { mask: { p: true } })({ p })),
      'Cannot vmap "sum": the mask says true for p, expected an axis or null: ' +
        "use new pxu.Mask(..., [null, 0])",
    );
    assertEquals(
      message(() => pxf.vmap(sum, { mask: { p: [] } })({ p })),
      'Cannot vmap "sum": the mask says  for p, expected an axis or null: ' +
        "use new pxu.Mask(..., [null, 0])",
    );
  });
});

describe("pxf.valueAndGrad() and pxf.grad()", () => {
  type Q = { q: { a: px.Param; b: px.Param } };
  const make = () => ({
    q: { a: new px.Param(f32(1, 2)), b: new px.Param(f32(3, 4)) },
  });
  // What pcax recorded: sum of products, times two.
  const loss = (x: Tensor, { q }: Q) => q.a.mul(q.b).sum().mul(x);
  const text = ({ q }: Q) =>
    `{'a': ${q.a && `Param([${q.a.toArray()}])`}, 'b': ${
      q.b && `Param([${q.b.toArray()}])`
    }}`;

  it("give the results of pcax, with aux side by side", () => {
    const two = tensor(2, "f32");
    const mask = new pxu.Mask(px.Param, [false, true]);
    const [value, g] = pxf.valueAndGrad(loss, { mask })(two, make());
    assertEquals(value.toArray(), 22);
    // As "'a': Param([6.0, 8.0])", where Python prints floats.
    const theirs = flow.flow.vag_plain.replaceAll(".0", "").replaceAll(
      ", 8",
      ",8",
    ).replaceAll(", 4]", ",4]");
    assert(theirs.includes(text(g)), theirs);
    for (
      const [mask, name] of [
        [{ q: true }, "vag_mask_dict_true"],
        [{ q: { a: true, b: false } }, "vag_mask_dict_nested"],
      ] as const
    ) {
      const [, g] = pxf.valueAndGrad(loss, { mask })(two, make());
      const theirs = flow.flow[name].replaceAll(".0", "").replaceAll(
        ", 8",
        ",8",
      )
        .replaceAll(", 4]", ",4]").replace("None", "null");
      assert(theirs.includes(text(g)), theirs);
    }
    const withAux = (x: Tensor, t: Q): [Tensor, Tensor] => [
      loss(x, t),
      x.add(2),
    ];
    const options = { mask: { q: true }, hasAux: true } as const;
    const [[e, aux], g2] = pxf.valueAndGrad(withAux, options)(two, make());
    assertEquals([e.toArray(), aux.toArray()], [22, 4]);
    assertEquals(text(g2), text(g));
    const [g3, aux3] = pxf.grad(withAux, options)(two, make());
    assertEquals([text(g3), aux3.toArray()], [text(g), 4]);
    assertEquals(
      text(pxf.grad(loss, { mask: { q: true } })(two, make())),
      text(g),
    );
  });

  it("take one number or several for argnums", () => {
    const two = tensor(2, "f32");
    for (const argnums of [0, [0]]) {
      const [value, [[byX], g]] = pxf.valueAndGrad(loss, {
        argnums,
        mask: { q: { a: false, b: true } },
      })(two, make());
      assertEquals([value.toArray(), byX.toArray()], [22, 11]);
      assertEquals([g.q.a, g.q.b.toArray()], [null, [2, 4]]);
    }
    const product = (x: Tensor, y: Tensor) => x.mul(y).sum();
    const [byY, byX] = pxf.grad(product, { argnums: [1, 0] })(
      f32(1, 2),
      f32(3, 4),
    )[0];
    assertEquals([byY.toArray(), byX.toArray()], [[1, 2], [3, 4]]);
  });

  it("keep class and attributes of params, in gradients", () => {
    const layer = new pxnn.Linear(2, 1);
    layer.nn.weight.tag = 3;
    type Of = { layer: pxnn.Linear };
    const g = pxf.grad(
      (x: Tensor, { layer }: Of) => layer(x).sum(),
      { mask: new pxu.Mask(pxnn.LayerParam, [false, true]) },
    )(f32(5, 6), { layer });
    assert(g.layer.nn.weight instanceof pxnn.LayerParam);
    assertEquals([g.layer.nn.weight.tag, g.layer.nn.weight.toArray()], [3, [[
      5,
      6,
    ]]]);
    assertEquals(layer.nn.weight.tag, 3);
  });

  it("differentiate dictionaries entry by entry, and what is empty", () => {
    type D = { d: px.ParamDict; e: px.Param };
    const d = new px.ParamDict({ a: f32(1, 2), b: f32(3) });
    const e = new px.Param();
    const sum = ({ d }: D) =>
      (d.get("a") as Tensor).square().sum().add((d.get("b") as Tensor).sum());
    const g = pxf.grad(sum, { mask: { d: true, e: true } })({ d, e });
    assertEquals((g.d.get("a") as Tensor).toArray(), [2, 4]);
    assertEquals((g.d.get("b") as Tensor).toArray(), [1]);
    assertEquals(`${g.e}`, "Param(None)");
    const unselected = pxf.grad(sum, { mask: { d: true, e: false } })({ d, e });
    assertEquals(unselected.e as unknown, null);
  });

  it("put the whole gradient of a shared param at its first place", () => {
    const p = new px.Param(f32(3));
    type Twice = { b: px.Param; a: px.Param[] };
    const g = pxf.grad(({ a, b }: Twice) => a[0].mul(b).sum(), {
      mask: { a: true, b: true },
    })({ b: p, a: [p] });
    assertEquals([g.a[0].toArray(), g.b as unknown], [[6], null]);
  });

  it("differentiate at the values of the start; writes stay", () => {
    const p = new px.Param(f32(3));
    const [e, g] = pxf.valueAndGrad(({ p }: P) => {
      p.set(p.square());
      return p.sum();
    }, { mask: { p: true } })({ p });
    assertEquals([e.toArray(), g.p.toArray(), p.toArray()], [9, [6], [9]]);
  });

  it("nest, to any order, with jit and vmap around and inside", () => {
    const cube = ({ p }: P) => p.pow(3).sum();
    const options = { mask: { p: true } };
    const first = (t: P) => pxf.grad(cube, options)(t).p.sum();
    const second = (t: P) => pxf.grad(first, options)(t).p.sum();
    const third = pxf.jit((t: P) => pxf.grad(second, options)(t).p.get());
    const p = new px.Param(f32(2));
    assertEquals(first({ p }).toArray(), 12);
    assertEquals(second({ p }).toArray(), 12);
    assertEquals(third({ p }).toArray(), [6]);
    const perSample = pxf.vmap(
      (t: P) => pxf.grad(first, options)(t).p.get(),
      { mask: { p: 0 } },
    );
    assertEquals(perSample({ p: new px.Param(f32(1, 2)) }).toArray(), [6, 12]);
  });

  it("refuse arguments and losses that do not fit", () => {
    const id = (x: Tensor) => x.sum();
    const x = f32(1);
    assertEquals(
      message(() => pxf.valueAndGrad(id, { argnums: 1 })(x)),
      'Cannot differentiate "id": argnums names argument 1, of 1 positional ' +
        "ones, expected one of them: tracked arguments are selected by the mask",
    );
    const none = (_: null, x: Tensor) => x.sum();
    assertEquals(
      message(() => pxf.grad(none, { argnums: 0 })(null, x)),
      'Cannot differentiate "none": argnums names argument 0, which holds no ' +
        "tensor, expected one: leave it out",
    );
    assertEquals(
      message(
        () => pxf.grad(id, { argnums: 0 })(tensor([1, 2])),
        ShapeError,
      ),
      'Cannot differentiate "id": argument 0 is i32[2], expected f32: cast ' +
        "it, or leave it out",
    );
    const two = (x: Tensor) => [x.sum(), x];
    assertEquals(
      message(() => pxf.valueAndGrad(two, { argnums: 0 })(x)),
      'Cannot differentiate "two": it returned several values, expected one ' +
        "scalar: pass hasAux for [loss, ...aux]",
    );
    assertEquals(
      message(() => pxf.valueAndGrad(id, { argnums: 0, hasAux: true })(x)),
      'Cannot differentiate "id" with hasAux: it returned a single value, ' +
        "expected [loss, ...aux]",
    );
    const nothing = () => null;
    assertEquals(
      message(() =>
        pxf.valueAndGrad(nothing as unknown as typeof id, { argnums: 0 })(x)
      ),
      'Cannot differentiate "nothing": it returned no tensor, expected one ' +
        "scalar: pass hasAux for [loss, ...aux]",
    );
    const p = new px.Param(x);
    const sum = ({ p }: P) => p.sum();
    assertEquals(
      message(() => pxf.grad(sum, { mask: { q: true } })({ p })),
      'Cannot differentiate "sum": the mask has the keys [q], expected [p]: ' +
        'add an entry for "p"',
    );
  });
});
