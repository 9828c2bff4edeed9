import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { BaseParam, Param, paramsOf } from "../../src/core/mod.ts";
import { LayerParam, LayerState, Linear, shared } from "../../src/nn/mod.ts";
import { ones } from "../../src/numpy/mod.ts";
import { Net } from "../support/net.ts";

describe("shared", () => {
  it("copies modules and keeps params", () => {
    const layer = new Linear(2, 3);
    const twin = shared(layer);
    assert(twin instanceof Linear && twin !== layer && twin.nn !== layer.nn);
    assert(twin.nn.weight === layer.nn.weight);
    layer.nn.weight.set(ones([3, 2]));
    layer.nn.bias!.set(ones([3]));
    assertEquals(twin([1, 1]).toArray(), [3, 3, 3]);
  });

  it("shares what matches and copies the rest", () => {
    const net = new Net();
    const twin = shared(net, LayerParam);
    const ours = paramsOf(net), theirs = paramsOf(twin);
    assertEquals(theirs.map(({ path }) => path), ours.map(({ path }) => path));
    theirs.forEach(({ param, path }, i) => {
      const same = param === ours[i].param;
      assertEquals(same, param instanceof LayerParam, path);
      assert(param.constructor === ours[i].param.constructor, path);
    });
    // A copied param has its own value, and the attributes of the original.
    assert(twin.vodes[1].h.frozen === true);
    twin.extra.set(ones([4]));
    assertEquals([...net.extra.shape], [1]);
    twin.status = "s";
    assertEquals(net.status, null);
  });

  it("takes a union", () => {
    const net = new Net();
    const twin = shared(net, [LayerState, Param]);
    for (const { path, param } of paramsOf(net)) {
      const other = paramsOf(twin).find((p) => p.path === path)!.param;
      const same = param instanceof BaseParam && param instanceof Param;
      assertEquals(other === param, same, path);
    }
  });
});
