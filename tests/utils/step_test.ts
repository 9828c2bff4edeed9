import { describe, it } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ones } from "../../src/numpy/mod.ts";
import {
  EnergyModule,
  STATUS,
  Vode,
  VodeParam,
} from "../../src/predictive_coding/mod.ts";
import { step } from "../../src/utils/mod.ts";
import golden from "../goldens/vode_rules.json" with { type: "json" };
import { Net } from "../support/net.ts";

const { Cache } = VodeParam;

function statuses(net: Net): (string | null)[] {
  return [net.status, ...net.vodes.map((vode) => vode.status)];
}

describe("step", () => {
  it("sets the status in the scope, as pcax", () => {
    const net = new Net();
    {
      using _ = step(net, STATUS.INIT, { clearParams: Cache });
      net(ones([2]));
      assertEquals(
        [net.status, net.vodes[0].status],
        golden.step.status_inside,
      );
      assert(net.vodes[0].cache.has("u"));
    }
    assertEquals([net.status, net.vodes[0].status], golden.step.status_after);
    assertEquals(net.vodes.map((v) => v.cache.get()), [null, null]);
    assertEquals(golden.step.cache_after, ["None", "None"]);
    assertEquals([...net.vodes[0].h.shape], [3]);
  });

  it("takes a status for afterwards, and clears before, as pcax", () => {
    const net = new Net();
    step(net, STATUS.INIT, {}, () => net(ones([2])));
    assert(net.vodes[0].cache.has("u"));
    {
      using _ = step(net, ["a", "b"], { clearParams: { before: Cache } });
      assertEquals(
        [net.status, net.vodes[0].cache.get() === null ? "None" : "full"],
        golden.step.tuple_inside,
      );
    }
    assertEquals(net.vodes[1].status, golden.step.tuple_after);
    step(net, ["a", null], {}, () => {});
    assertEquals(statuses(net), [null, null, null]);
  });

  it("restores the status of the step around it", () => {
    const net = new Net();
    const seen: unknown[] = [];
    step(net, "outer", {}, () => {
      step(net.vodes[0], "inner", {}, () => seen.push(statuses(net)));
      seen.push(statuses(net));
      step(net, null, {}, () => seen.push(statuses(net)));
      seen.push(statuses(net));
    });
    assertEquals(seen, [
      ["outer", "inner", "outer"],
      ["outer", "outer", "outer"],
      [null, null, null],
      ["outer", "outer", "outer"],
    ]);
    assertEquals(statuses(net), [null, null, null]);
  });

  it("restores and clears when the body throws", () => {
    const net = new Net();
    const fail = () => {
      net(ones([2]));
      throw new Error("stop");
    };
    const options = { clearParams: [VodeParam, Cache] };
    assertThrows(() => step(net, STATUS.INIT, options, fail), Error, "stop");
    assertEquals(statuses(net), [null, null, null]);
    assertEquals(net.vodes[0].h.get() as unknown, null);
    assertThrows(() => {
      using _ = step(net, STATUS.INIT, options);
      fail();
    });
    assertEquals(statuses(net), [null, null, null]);
    assertEquals(net.vodes[0].h.get() as unknown, null);
  });

  it("ends with the promise of an async body", async () => {
    const net = new Net();
    const result = step(net, "s", {}, async () => {
      await Promise.resolve();
      return net.status;
    });
    assertEquals(net.status, "s");
    assertEquals(await result, "s");
    assertEquals(net.status, null);
    await assertRejects(
      () => step(net, "s", {}, () => Promise.reject(new Error("stop"))),
      Error,
      "stop",
    );
    assertEquals(net.status, null);
  });

  it("gives what the body gives", () => {
    assertEquals(step(new Vode([1]), null, {}, () => 7), 7);
  });

  it("reaches modules in lists and in each other", () => {
    class Outer extends EnergyModule {
      inner: EnergyModule[] = [new Net()];
    }
    const outer = new Outer(), single = new Vode([1]);
    step([outer, { single }], "s", {}, () => {
      const net = outer.inner[0] as Net;
      assertEquals(statuses(net), ["s", "s", "s"]);
      assertEquals([outer.status, single.status], ["s", "s"]);
    });
  });
});
