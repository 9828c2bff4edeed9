/**
 * What pcax and pcx do wrong, or are known to, and we do not: one test for each,
 * named after what happens here. The numbers of issues are those of pcx.
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jax,
  jnp,
  lax,
  optax,
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

const f32 = (...x: number[]) => tensor(x, "f32");
const { VodeParam } = pxc;
const { LayerParam } = pxnn;

type P = { p: px.Param };
type V = { vode: pxc.Vode };

const batched = new pxu.Mask([VodeParam, VodeParam.Cache], [null, 0]);

class Net extends pxc.EnergyModule<[Tensor], Tensor> {
  layer = new pxnn.Linear(2, 2);
  vode = new pxc.Vode([2]);
  override call(x: Tensor): Tensor {
    return this.vode(this.layer(x));
  }
}

describe("silently wrong numbers of pcax", () => {
  it("Optim.step does not scale the caller's gradients (67)", () => {
    const p = new px.Param(f32(1, 1)), g = new px.Param(f32(2, 4));
    const optim = new pxu.Optim(optax.sgd(1), { p });
    optim.step({ p }, { p: g }, { scaleBy: 10 });
    optim.step({ p }, { p: g }, { scaleByBatchSize: true });
    assertEquals(g.toArray(), [2, 4]);
    assertEquals(p.toArray(), [1 - 20 - 4, 1 - 40 - 8]);
  });

  it("arithmetic never rebinds a param: it gives tensors (70)", () => {
    const p = new px.Param(f32(8));
    const q = p.div(2);
    assert(!(q instanceof px.Param));
    assertEquals([p.set(q) === p, p.toArray()], [true, [4]]);
  });

  it("a param does not iterate without end, or become a number (70)", async () => {
    const p = new px.Param(f32(8));
    assertThrows(() => [...p as unknown as number[]], TypeError);
    assertThrows(() => Number(p.get()), Error, "Cannot");
    assertEquals(await p.item(), 8);
  });

  it("params can be keys of maps, and equality is that of objects", () => {
    const p = new px.Param(f32(1)), q = new px.Param(f32(1));
    assertEquals(new Map([[p, 1], [q, 2]]).get(q), 2);
    assertEquals(p.equal(q).toArray(), [true]);
  });

  it("negated masks negate (93)", () => {
    const a = new LayerParam(), b = new VodeParam();
    const mask = pxu.m(px.Param).and(pxu.m(LayerParam).not());
    assertEquals([mask.matches(a), mask.matches(b)], [false, true]);
    assertEquals(mask.not().matches(a), true);
  });

  it("negated masks do not select the repeated places of a param (88)", () => {
    const p = new px.Param(f32(1));
    const optim = new pxu.Optim(
      optax.sgd(1),
      new pxu.Mask(pxu.m(LayerParam).not()).apply([p, p]),
    );
    optim.step([p, p], [new px.Param(f32(1)), null]);
    assertEquals(p.toArray(), [0]);
  });

  it('set("u") does not fire rules for "u2" (94)', () => {
    const vode = new pxc.Vode([1], { ruleset: { ".*": "h <- u2" } });
    vode.set("u", [1]);
    assertEquals([vode.get("h", null), vode.get("u").toArray()], [null, [1]]);
  });

  it('rules for "init" do not hold in "initialise" (94)', () => {
    const vode = new pxc.Vode([1]);
    vode.status = "initialise";
    vode.set("u", [1]);
    assertEquals(vode.get("h", null), null);
  });

  it("a file of other shapes is refused, and changes nothing (73)", async () => {
    const file = await pxu.encodeParams(new pxnn.Linear(3, 2));
    const layer = new pxnn.Linear(2, 2);
    const before = layer.nn.weight.get();
    await assertRejects(
      () => pxu.decodeParams(layer, file),
      TreeError,
      "it is f32[2,3], expected f32[2,2] as in the model",
    );
    assert(layer.nn.weight.get() === before);
  });

  it("a mean over the batch, scaled back once, moves a sample by its own", () => {
    const move = (batch: number) => {
      const vode = new pxc.Vode([1]);
      vode.set("h", jnp.zeros([batch, 1]));
      const energy = pxf.vmap((u: Tensor, { vode }: V) => {
        vode.set("u", u);
        const e = vode.energy();
        vode.clearParams(VodeParam.Cache);
        return lax.pmean(e, "b");
      }, { mask: batched, outAxes: null, axisName: "b" });
      const optim = new pxu.Optim(optax.sgd(0.1), vode);
      const g = pxf.grad(energy, {
        mask: new pxu.Mask(VodeParam, [false, true]),
      })(jnp.ones([batch, 1]), { vode });
      optim.step(vode, g.vode, { scaleByBatchSize: true });
      return vode.h.dataSync();
    };
    for (const batch of [1, 4, 32]) {
      const moved = move(batch);
      assert(moved.every((x) => Math.abs(x - 0.1) < 1e-7), `${moved}`);
    }
  });

  it("a wrong shape of a vode is an error, not another energy", () => {
    const vode = new pxc.Vode([2, 3]);
    const energy = pxf.vmap((x: Tensor, { vode }: V) => {
      vode.set("h", x).set("u", x);
      return vode.energy();
    }, { mask: batched });
    assertThrows(() => energy(jnp.ones([4, 3]), { vode }), ShapeError, "[2,3]");
  });

  it("an energy is that of one sample under vmap, called or set (19)", () => {
    for (const vode of [new pxc.Vode([3]), new pxc.Vode()]) {
      for (const how of ["call", "set"]) {
        const energy = pxf.vmap((x: Tensor, { vode }: V) => {
          vode.clearParams([VodeParam, VodeParam.Cache]);
          vode.set("h", x);
          if (how === "call") vode(jnp.zeros([3]));
          else vode.set("u", jnp.zeros([3]));
          return vode.energy();
        }, { mask: batched });
        assertEquals(energy(jnp.ones([2, 3]), { vode }).toArray(), [1.5, 1.5]);
      }
    }
  });
});

describe("what crashes pcax, or poisons its state", () => {
  const state = () => px.RKG.key.toArray();
  const draw = (x: Tensor) => x.add(jax.random.uniform(px.RKG()));

  it("an exception in a transform leaves the random state whole (71)", () => {
    px.RKG.seed(1);
    const fail = (x: Tensor): Tensor => {
      draw(x);
      throw new Error("stop");
    };
    for (
      const run of [
        pxf.jit(fail),
        pxf.vmap(fail),
        pxf.grad(fail, { argnums: 0 }),
        pxf.scan((_: null, x: Tensor) => [fail(x), null], { length: 2 }),
      ]
    ) {
      assertThrows(
        () => (run as (x: Tensor) => unknown)(f32(1)),
        Error,
        "stop",
      );
      assertEquals(state(), [0, 1]);
    }
    assertEquals(pxf.jit(draw)(f32(1)).shape, [1]);
  });

  it("a vmap that fails itself leaves the random state whole", () => {
    px.RKG.seed(1);
    const { message } = assertThrows(
      () => pxf.vmap(draw, { outAxes: null })(f32(1, 2, 3)),
      ShapeError,
    );
    assert(message.includes("its axis is null"), message);
    assertEquals(state(), [0, 1]);
    assertEquals(pxf.vmap(draw)(f32(1, 2, 3)).shape, [3]);
  });

  it("params that are shared are saved once, and load (73)", async () => {
    const layer = new pxnn.Linear(2, 2);
    const tree = { a: layer, b: pxnn.shared(layer) };
    const saved = layer.nn.weight.toArray();
    const file = await pxu.encodeParams(tree);
    layer.nn.weight.set(jnp.zeros([2, 2]));
    await pxu.decodeParams(tree, file);
    assertEquals(tree.b.nn.weight.toArray(), saved);
  });

  it("a cleared cache reads as empty", () => {
    const { cache } = new pxc.Vode([1]);
    assertEquals([cache.get("u"), cache.get("u", 5), cache.has("u")], [
      null,
      5,
      false,
    ]);
  });

  it("an energy before a pass says what to do", () => {
    const vode = new pxc.Vode([1]);
    assertEquals(
      assertThrows(() => vode.energy(), TreeError).message,
      'Cannot get "h" of a vode of shape [1]: it is empty, expected a value: ' +
        "set it by a pass in pxu.step(model, pxc.STATUS.INIT, ...), or by " +
        'vode.set("h", ...)',
    );
  });

  it("a step that throws puts status and cache back (9)", () => {
    const net = new Net();
    assertThrows(
      () => {
        pxu.step(net, "init", { clearParams: VodeParam.Cache }, () => {
          net(f32(1, 2));
          throw new Error("stop");
        });
      },
      Error,
      "stop",
    );
    assertEquals([net.status, net.vode.status], [null, null]);
    assertEquals(`${net.vode.cache}`, "Cache(params=None)");
  });

  it("a step inside a step puts the outer status back (9)", () => {
    const net = new Net();
    pxu.step(net, "outer", {}, () => {
      pxu.step(net, "inner", {}, () => {});
      assertEquals([net.status, net.vode.status], ["outer", "outer"]);
    });
  });

  it("a step clears the params of a list", () => {
    const vodes = [new pxc.Vode([1]), new pxc.Vode([1])];
    pxu.step(vodes, null, { clearParams: VodeParam.Cache }, () => {
      vodes.forEach((vode) => vode.set("u", [1]));
    });
    assertEquals(vodes.map((vode) => vode.cache.get()), [null, null]);
  });

  it("argnums may be one number (74)", () => {
    const [[g]] = pxf.grad((x: Tensor) => x.sum(), { argnums: 0 })(f32(3));
    assertEquals(g.toArray(), [1]);
  });

  it("a module without vodes has no energy, and no error (72)", () => {
    assertEquals(new pxc.EnergyModule().energy().toArray(), 0);
  });

  it("rkg(1) gives an array of one key (75)", () => {
    const rkg = new px.RandomKeyGenerator(0);
    assertEquals([rkg(1).shape, rkg().shape], [[1, 2], [2]]);
  });

  it("positional params keep their values in a gradient (6)", () => {
    const p = new px.Param(f32(1));
    const loss = (x: Tensor, q: px.Param) => {
      q.set(q.mul(x));
      return q.sum();
    };
    pxf.valueAndGrad(loss, { argnums: 0 })(f32(2), p);
    assertEquals(p.toArray(), [1]);
  });

  it("trees map by the names of attributes, in any order (76)", () => {
    class Two extends px.Module {
      [name: string]: unknown;
    }
    const [a, b] = [new Two(), new Two()];
    a.x = 1, a.y = 2;
    b.y = 20, b.x = 10;
    const sum = px.treeMap((x: number, y: number) => x + y, a, b) as Two;
    assertEquals([sum.x, sum.y], [11, 22]);
  });

  it("optimizers find params by name, in any order of attributes (76)", () => {
    const [p, q] = [new px.Param(f32(1)), new px.Param(f32(2))];
    const optim = new pxu.Optim(optax.sgd(1), { p, q });
    optim.step({ q, p }, { q: new px.Param(f32(1)), p: null });
    assertEquals([p.toArray(), q.toArray()], [[1], [1]]);
  });

  it("zeroEnergy has a number per sample outside of vmap (11)", () => {
    const vode = new pxc.Vode([2], pxc.zeroEnergy);
    vode.set("h", jnp.ones([3, 2]));
    assertEquals(vode.energy().toArray(), [0, 0, 0]);
  });

  it("px.set gives the new value where there is no param (12)", () => {
    assertEquals(px.set(1, 2), 2);
  });

  it("px.treeInject takes plain values (13)", () => {
    const p = new px.Param<number>(1);
    px.treeInject([p], { values: [2] });
    assertEquals(p.get(), 2);
  });

  it("px.treeInject counts values before it sets any (14)", () => {
    const [p, q] = [new px.Param<number>(1), new px.Param<number>(1)];
    assertThrows(
      () => px.treeInject([p, q], { values: [2] }),
      TreeError,
      "Cannot inject 1 values into a tree of 2 params",
    );
    assertEquals([p.get(), q.get()], [1, 1]);
  });

  it("an output rule that reads itself is an error, not a full stack", () => {
    const vode = new pxc.Vode([1], {
      ruleset: { ".*": "h -> h:f" },
      tforms: { f: (_vode, _key, v) => v },
    });
    vode.set("h", [1]);
    assertThrows(() => vode.get("h"), TreeError, "which never ends");
  });

  it("a vode may be called without input, or under rules that drop it", () => {
    const fresh = new pxc.Vode({ value: [1] });
    assertEquals(fresh(null).toArray(), [1]);
    const dropping = new pxc.Vode({ ruleset: { ".*": "h <- u" } });
    assertEquals(dropping([2]).toArray(), [2]);
    assertEquals(dropping.get("u", null), null);
  });

  it("no energy function is no energy", () => {
    assertEquals(new pxc.Vode([1], null).energy().toArray(), 0);
  });

  it("a target without gradient stays, with momentum and with Adam", () => {
    for (const tx of [optax.sgd(1, { momentum: 0.5 }), optax.adam(1)]) {
      const [p, q] = [new px.Param(f32(1)), new px.Param(f32(2))];
      const optim = new pxu.Optim(tx, { p, q });
      const g = () => new px.Param(f32(1));
      optim.step({ p, q }, { p: g(), q: null });
      optim.step({ p, q }, { p: g(), q: null });
      assertEquals(q.toArray(), [2]);
      assert((p.toArray() as number[])[0] < 0);
      optim.step({ p, q }, { p: null, q: g() });
      assertEquals((q.toArray() as number[])[0] < 2, true);
    }
  });

  it("null in a mask stands for everything below it", () => {
    const net = new Net();
    const f = pxf.vmap((x: Tensor, { net }: { net: Net }) => net.layer(x), {
      mask: { net: null },
    });
    assertEquals(f(jnp.ones([3, 2]), { net }).shape, [3, 2]);
  });

  it("a mask function is called once", () => {
    let calls = 0;
    const mask = (tree: unknown) => {
      calls++;
      return new pxu.Mask(px.Param, [false, true]).apply(tree);
    };
    const p = new px.Param(f32(1));
    pxf.grad(({ p }: P) => p.sum(), { mask })({ p });
    assertEquals(calls, 1);
  });

  it("another batch size says what to clear", () => {
    const net = new Net();
    const pass = (n: number) =>
      pxu.step(
        net,
        "init",
        { clearParams: VodeParam.Cache },
        () =>
          pxf.vmap((x: Tensor, { net }: { net: Net }) => net(x), {
            mask: batched,
          })(jnp.ones([n, 2]), { net }),
      );
    pass(3);
    assertThrows(() => pass(5), ShapeError, "model.clearParams(VodeParam)");
    net.clearParams(VodeParam);
    assertEquals(pass(5).shape, [5, 2]);
  });
});
