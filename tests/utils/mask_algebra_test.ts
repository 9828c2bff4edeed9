/** The names of pcx, masks edited entry by entry, and what masks refuse. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  TreeError,
} from "../../mod.ts";

class Net extends pxc.EnergyModule<[Tensor], Tensor> {
  layers = [new pxnn.Linear(2, 3), new pxnn.Linear(3, 2)];
  vodes = [new pxc.Vode([3]), new pxc.Vode([2])];
  override call(x: Tensor): Tensor {
    this.layers.forEach((layer, i) => x = this.vodes[i](layer(x)));
    return x;
  }
}

function message(body: () => unknown): string {
  return assertThrows(body, TreeError).message;
}

const { VodeParam } = pxc;
const { LayerParam } = pxnn;

describe("masks under the names of pcx", () => {
  const weight = new LayerParam(), state = new VodeParam();
  weight.tag = 2;
  state.frozen = true;
  const chosen = (mask: pxu.MaskExpression) =>
    [weight, state, new px.Param()].map((p) => mask.matches(p) ? 1 : 0).join(
      "",
    );

  it("are the same algebra", () => {
    assertEquals(chosen(pxu.M()), "111");
    assertEquals(chosen(pxu.M([LayerParam, VodeParam])), "110");
    assertEquals(chosen(pxu.M(px.Param).and(pxu.M(VodeParam).not())), "101");
    assertEquals(chosen(pxu.mIs(px.Param, pxu.M(VodeParam).not())), "101");
    assertEquals(chosen(pxu.mIs(VodeParam)), "010");
    assertEquals(chosen(pxu.mHas(px.Param, { tag: 2 })), "100");
    assertEquals(chosen(pxu.mHasNot(px.Param, { frozen: true })), "101");
    assertEquals(
      chosen(pxu.mIs(pxu.mHas(null, { tag: 2 }), VodeParam)),
      "000",
    );
    assertEquals(
      `${pxu.mIs(LayerParam, pxu.mHas(null, { tag: 2 }))}`,
      'm(LayerParam).and(m(everything).has({"tag":2}))',
    );
  });

  it("map with to, and select with apply", () => {
    const net = new Net();
    const axes = pxu.M([VodeParam, VodeParam.Cache]).to([null, 0]);
    assert(axes instanceof pxu.Mask);
    assertEquals(axes.apply(net).vodes[0].h, 0);
    assertEquals(axes.apply(net).layers[0].nn.weight, null);
    const selected = pxu.M(LayerParam).apply(net);
    assert(selected.layers[1].nn.bias === net.layers[1].nn.bias);
    assertEquals(selected.vodes[0].h, null);
  });
});

describe("the mask of a tree", () => {
  it("can be edited entry by entry, as for zero-divergence learning", async () => {
    const net = new Net();
    const x = jnp.ones([2]);
    pxu.step(net, "init", {}, () => net(x));
    net.vodes.forEach((vode) => vode.h.set(vode.h.add(1)));
    const mask = pxu.M(null).to([false, false]).apply(net);
    mask.vodes[0].h = true;
    mask.layers[1].nn.weight = true;
    type Of = { net: Net };
    const energy = (x: Tensor, { net }: Of) => {
      net.clearParams(VodeParam.Cache);
      net(x);
      return net.energy();
    };
    const [, g] = pxf.valueAndGrad(energy, { mask: { net: mask } })(x, { net });
    const found = px.paramsOf(g.net).filter(({ param }) =>
      param instanceof px.Param
    );
    assertEquals(found.map(({ path }) => path), [
      ".layers[1].nn.weight",
      ".vodes[0].h",
    ]);
    const { weight } = net.layers[1].nn;
    const e1 = net.vodes[1].h.sub(net.layers[1](net.vodes[0].h.get()));
    // One below is off by one everywhere, so its error is 1.
    const expected = jnp.ones([3]).sub(weight.T.matmul(e1));
    const [mine, theirs] = await Promise.all([
      g.net.vodes[0].h.data(),
      expected.data(),
    ]);
    mine.forEach((v, i) => assert(Math.abs(v - theirs[i]) < 1e-6));
    // The mask is a copy: the model has its params still.
    assert(net.vodes[0].h instanceof VodeParam);
  });

  it("never selects a param a second time, negated or not", () => {
    const shared = new px.Param(jnp.ones([1]));
    const tree = { a: shared, b: [shared] };
    const negated = new pxu.Mask(pxu.m(LayerParam).not());
    const { a, b } = negated.apply(tree);
    assert(a === shared);
    assertEquals(b, [null]);
    const axes = pxu.m(LayerParam).not().to([false, true]).apply(tree);
    assertEquals(axes, { a: true, b: [false] });
    // Nor the references that px.treeRef puts in the place of repeated params.
    assertEquals(negated.apply(px.treeRef(tree)).b, [null]);
  });
});

describe("what masks refuse", () => {
  it("filters that are none", () => {
    for (const filter of ["VodeParam", 3, {}, [3]]) {
      assertEquals(
        message(() => pxu.m(filter as unknown as pxu.Filter)),
        `Cannot use ${
          filter instanceof Array ? 3 : filter
        } as a filter, expected a class, a predicate, a mask expression or an ` +
          "array of these: null means everything",
      );
    }
    assertThrows(
      () => new pxu.Mask("h" as unknown as pxu.Filter),
      TreeError,
    );
  });

  it("mapping to something else than two values", () => {
    const pair = [0] as unknown as [unknown, unknown];
    const text = "Cannot make a mask that maps to [0], expected two values: " +
      "give [unmatched, matched], such as [false, true]";
    assertEquals(message(() => new pxu.Mask(VodeParam, pair)), text);
    assertEquals(message(() => pxu.m(VodeParam).to(pair)), text);
  });

  it("no filters at all", () => {
    assertEquals(
      message(() => pxu.mIs()),
      "Cannot combine filters: none were given, expected at least one: " +
        "m(null) means everything",
    );
  });
});
