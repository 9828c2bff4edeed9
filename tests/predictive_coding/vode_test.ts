import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import { Param, ParamDict, RandomKeyGenerator } from "../../src/core/mod.ts";
import {
  ones,
  random,
  type Tensor,
  tensor,
  zeros,
} from "../../src/numpy/mod.ts";
import {
  ceEnergy,
  EnergyModule,
  seEnergy,
  STATUS,
  Vode,
  VodeParam,
  zeroEnergy,
} from "../../src/predictive_coding/mod.ts";

/** Runs `body` and gives what it warned about. */
function warningsOf(body: () => void): string[] {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (text: string) => warnings.push(text);
  try {
    body();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

function initialised(shape: number[], u: Tensor, ...rest: never[]): Vode {
  const vode = new Vode(shape, ...rest);
  vode.status = STATUS.INIT;
  vode(u);
  vode.status = STATUS.NONE;
  return vode;
}

describe("Vode", () => {
  it("is called as u in, h out", () => {
    const vode = initialised([2], tensor([1, 2], "f32"));
    assertEquals(vode(tensor([5, 6], "f32")).toArray(), [1, 2]);
    assertEquals(vode.get("u").toArray(), [5, 6]);
    assertEquals(vode.h.frozen, undefined);
  });

  it("gives another output, or itself", () => {
    const vode = initialised([2], ones([2]));
    assertEquals(vode([3, 4], { output: "u" }).toArray(), [3, 4]);
    assert(vode.call([5, 6], { output: null }) === vode);
    assertEquals(vode.get("u").toArray(), [5, 6]);
  });

  it("sets further values after u", () => {
    const vode = new Vode([2], { ruleset: { ".*": "h <- u" } });
    assertEquals(vode([1, 2], { h: [3, 4], note: [5] }).toArray(), [3, 4]);
    assertEquals(vode.get("note").toArray(), [5]);
  });

  it("sets nothing for null", () => {
    const vode = initialised([2], ones([2]));
    vode.clearParams(VodeParam.Cache);
    assertEquals(vode(null).toArray(), [1, 1]);
    assertEquals(vode.get("u", null), null);
  });

  it("takes JS numbers as f32, tensors as they are", () => {
    const vode = new Vode([2]);
    vode.set("h", [1, 0]).set("u", 3).set("i", tensor([1, 2], "i32"));
    assertEquals(
      ["h", "u", "i"].map((key) => vode.get(key).dtype),
      ["f32", "f32", "i32"],
    );
  });

  it("says what to do about an empty state", () => {
    const error = assertThrows(() => new Vode([32])(ones([32])), TreeError);
    assertEquals(
      error.message,
      'Cannot get "h" of a vode of shape [32]: it is empty, expected a ' +
        "value: set it by a pass in pxu.step(model, pxc.STATUS.INIT, ...), " +
        'or by vode.set("h", ...)',
    );
  });

  it("gives a fallback only for what is empty", () => {
    const vode = new Vode([2]);
    assertEquals(vode.get("h", 7), 7);
    assertEquals(vode.get("x", "none"), "none");
    vode.set("h", [1, 2]);
    assertEquals((vode.get("h", null) as Tensor).toArray(), [1, 2]);
  });

  it("passes key and generator to transformations", () => {
    const rkg = new RandomKeyGenerator(3);
    const keys: string[] = [];
    const vode = new Vode([2], {
      ruleset: { a: "h <- u:noise", b: "z -> h:noise" },
      tforms: {
        noise: (node, key, value, generator) => {
          keys.push(key);
          assert(node === vode);
          return random.uniform(generator(), value.shape);
        },
      },
    });
    const expected = new RandomKeyGenerator(3);
    vode.status = "a";
    vode.set("u", [0, 0], rkg);
    assertEquals(
      vode.h.get().toArray(),
      random.uniform(expected(), [2]).toArray(),
    );
    vode.status = "b";
    assertEquals(
      (vode.get("z", null, rkg) as Tensor).toArray(),
      random.uniform(expected(), [2]).toArray(),
    );
    assertEquals(keys, ["u", "z"]);
  });

  it("does not transform what is empty", () => {
    const vode = new Vode([2], {
      ruleset: { ".*": ["h -> u:f", "w <- v:f"] },
      tforms: {
        f: () => {
          throw new Error("called");
        },
      },
    });
    assertEquals(vode.get("h", null), null);
    assertEquals(vode.set("v", null).get("w", null), null);
  });

  it("warns once about several output rules", () => {
    const vode = new Vode([1], { ruleset: { s: ["h -> u", "h -> v"] } });
    vode.status = "s";
    vode.set("u", [1]).set("v", [2]);
    const warnings = warningsOf(() => {
      assertEquals(vode.get("h").toArray(), [1]);
      assertEquals(vode.get("h").toArray(), [1]);
    });
    assertEquals(warnings, [
      'Several output rules match "h" in status "s"; the first one counts, ' +
      'which reads "u"',
    ]);
  });

  it("refuses output rules that go in a circle", () => {
    const vode = new Vode([1], { ruleset: { ".*": ["h -> u", "u -> h"] } });
    vode.set("h", [1]);
    assertEquals(
      assertThrows(() => vode.get("h"), TreeError).message,
      'Cannot get "h" of a vode of shape [1]: its output rules read ' +
        "h -> u -> h, which never ends, expected a source without such a " +
        "rule: store the value under another name",
    );
  });

  it("lets a rule for init replace the default one", () => {
    const vode = new Vode([2], { ruleset: { init: "u <- u" } });
    vode.status = STATUS.INIT;
    vode.set("u", [1, 2]);
    assertEquals(vode.h.get(), null as unknown as Tensor);
  });

  it("makes h and cache of a class of one's own", () => {
    class State extends VodeParam {}
    const vode = new Vode([2], seEnergy, {
      paramType: State,
      value: [1, 2],
    });
    assert(vode.h instanceof State && vode.cache instanceof ParamDict);
    assertEquals(vode.get("h").toArray(), [1, 2]);
    assert(!(new Param() instanceof VodeParam));
  });
});

describe("the energy of a Vode", () => {
  const batch = (...shape: number[]) => ones(shape);

  it("is a scalar for one sample, a vector for several", () => {
    const vode = new Vode([2, 3]);
    vode.set("h", batch(2, 3)).set("u", zeros([2, 3]));
    assertEquals(vode.energy().toArray(), 3);
    vode.clearParams(VodeParam.Cache);
    vode.set("h", batch(5, 2, 3)).set("u", zeros([5, 2, 3]));
    assertEquals(vode.energy().toArray(), [3, 3, 3, 3, 3]);
  });

  it("refuses any other rank", () => {
    const vode = new Vode([2]);
    vode.set("h", batch(4, 5, 2)).set("u", zeros([2]));
    assertEquals(
      assertThrows(() => vode.energy(), ShapeError).message,
      "Cannot compute the energy of a vode of shape [2]: h is f32[4,5,2] " +
        "and its energy f32[4,5,2], expected f32[2], or that with an axis " +
        "for the samples in front: give the vode the shape of one sample, " +
        "and clear its params before using other data",
    );
    vode.set("h", tensor(1, "f32"));
    assertThrows(() => vode.energy(), ShapeError);
  });

  it("may be summed already", () => {
    const perSample = new Vode([3], (vode) => vode.get("h").sum(1));
    perSample.set("h", batch(4, 3));
    assertEquals(perSample.energy().toArray(), [3, 3, 3, 3]);
    const whole = new Vode([3], (vode) => vode.get("h").sum());
    whole.set("h", batch(3));
    assertEquals(whole.energy().toArray(), 3);
  });

  it("is zero per sample with zeroEnergy", () => {
    const vode = new Vode([3], zeroEnergy);
    vode.set("h", batch(4, 3));
    assertEquals(vode.energy().toArray(), [0, 0, 0, 0]);
  });

  it("is kept until the cache is cleared", () => {
    let calls = 0;
    const vode = new Vode([1], {
      energyFn: (node) => {
        calls++;
        return node.get("h");
      },
    });
    vode.set("h", [1]);
    vode.energy();
    vode.set("h", [2]);
    assertEquals([vode.energy().toArray(), calls], [1, 1]);
    vode.clearParams(VodeParam.Cache);
    assertEquals([vode.energy().toArray(), calls], [2, 2]);
  });

  it("gives the generator to the energy function", () => {
    const rkg = new RandomKeyGenerator(1);
    let given: unknown;
    const vode = new Vode([1], (node, generator) => {
      given = generator;
      return node.get("h");
    });
    vode.set("h", [1]).energy(rkg);
    assert(given === rkg);
  });
});

describe("EnergyModule", () => {
  class Pair extends EnergyModule<[Tensor], Tensor> {
    first = new Vode([2]);
    rest: Record<string, Vode> = { second: new Vode([2], ceEnergy) };
    weight: Param = new Param(ones([1]));
    override call(x: Tensor): Tensor {
      return this.rest.second(this.first(x));
    }
  }

  it("sums the energies below", () => {
    const pair = new Pair();
    for (const vode of [pair.first, pair.rest.second]) {
      vode.set("h", [1, 0]).set("u", [0, 0]);
    }
    const sum = pair.energy().toArray() as number;
    assert(Math.abs(sum - (0.5 + Math.log(2))) < 1e-6);
  });

  it("has energy 0 without energy modules", () => {
    assertEquals(new EnergyModule().energy().toArray(), 0);
  });

  it("sets its own status alone", () => {
    const pair = new Pair();
    pair.status = "x";
    assertEquals([pair.status, pair.first.status], ["x", null]);
  });

  it("empties what a filter matches, and nothing else", () => {
    const pair = new Pair();
    pair.first.set("h", [1, 2]).set("u", [1, 2]);
    pair.clearParams(VodeParam.Cache);
    assertEquals(pair.first.cache.get(), null);
    assertEquals(pair.first.h.get().toArray(), [1, 2]);
    pair.clearParams((param) => param === pair.first.h);
    assertEquals(`${pair.first.h} ${pair.weight}`.includes("None"), true);
    assertEquals(pair.weight.get().toArray(), [1]);
  });
});
