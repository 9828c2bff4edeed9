/**
 * Masks, compared with the params that pcax selects in the same network.
 */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import { partsOf } from "../../src/base/tree.ts";
import type { Filter } from "../../src/core/filter.ts";
import {
  BaseParam,
  DynamicParam,
  Module,
  Param,
  ParamCache,
  paramsOf,
  StaticParam,
} from "../../src/core/mod.ts";
import { LayerParam, LayerState, Linear, shared } from "../../src/nn/mod.ts";
import { Tensor } from "../../src/numpy/mod.ts";
import { EnergyModule, VodeParam } from "../../src/predictive_coding/mod.ts";
import { m, Mask } from "../../src/utils/mod.ts";
import golden from "../goldens/vode_rules.json" with { type: "json" };
import { Net } from "../support/net.ts";

const FREE = m(VodeParam).hasNot({ frozen: true });

/** Our spelling of the masks that pcax was given. */
const MASKS: Record<string, Filter> = {
  "LayerParam": LayerParam,
  "VodeParam": VodeParam,
  "VodeParam.Cache": VodeParam.Cache,
  "VodeParam | VodeParam.Cache": [VodeParam, VodeParam.Cache],
  "Param": Param,
  "BaseParam": BaseParam,
  "m(VodeParam).has_not(frozen=True)": FREE,
  "m(VodeParam).has(frozen=True)": m(VodeParam).has({ frozen: true }),
  "m(LayerParam) | m(VodeParam)": m(LayerParam).or(m(VodeParam)),
  "m(VodeParam).has_not(frozen=True) | m(LayerParam)": FREE.or(LayerParam),
  "~m(LayerParam)": m(LayerParam).not(),
  "m(Param) & ~m(VodeParam)": m(Param).and(m(VodeParam).not()),
  "m(LayerParam).has(tag=2)": m(LayerParam).has({ tag: 2 }),
  "m().has(frozen=True)": m().has({ frozen: true }),
  "m(LayerParam | VodeParam).has_not(frozen=True, tag=2)": m([
    LayerParam,
    VodeParam,
  ]).hasNot({ frozen: true, tag: 2 }),
  // Asking an empty param, or a cache, for its shape throws or gives nothing.
  "m(lambda p: p.shape==(3,))": m(Param).and((p) =>
    p.get() instanceof Tensor && `${p.shape}` === "3"
  ),
  "ParamCache": ParamCache,
  "LayerState": LayerState,
};

/**
 * What pcax rejects, or selects and we do not. Static params have no value to
 * batch, differentiate or optimize, so no mask of ours selects them.
 */
const DIFFERENCES = [
  "m(LayerParam).has(tag=3)", // selects nothing: an error here
  "construct m(A)|m(B)|m(C)", // the algebra is closed here
  "construct ~~m(A)",
  "construct (m(A)|m(B)).has(frozen=True)",
  "construct m(A).has(x=1).has(y=2)",
  "construct m(A).has(x=1) & m(B)",
];

/** Paths where the mask of a tree has `wanted`. */
function pathsOf(mask: unknown, wanted: (x: unknown) => boolean): string[] {
  const found: string[] = [];
  const visit = (x: unknown, path: string): void => {
    if (wanted(x)) {
      found.push(path);
      return;
    }
    const parts = partsOf(x);
    parts?.children.forEach((c, i) => visit(c, path + parts.key(i)));
  };
  visit(mask, "");
  return found;
}

function isParam(x: unknown): boolean {
  return x instanceof BaseParam || x instanceof StaticParam;
}

describe("Mask, as pcax", () => {
  const net = new Net();
  const statics = new Set(
    paramsOf(net).filter(({ param }) => param instanceof StaticParam)
      .map(({ path }) => path),
  );
  const theirStatics = (path: string) =>
    /\._mode$|\._status$|\.act$|\.shape$|\.energy_fn$|\.ruleset\./.test(path);

  for (const [name, paths] of Object.entries(golden.masks)) {
    if (DIFFERENCES.includes(name)) continue;
    it(`selects ${name}`, () => {
      const mask = new Mask(MASKS[name]);
      const expected = (paths as string[]).filter((p) => !theirStatics(p));
      assert(expected.length > 0);
      const selected = mask.apply(net);
      assertEquals(pathsOf(selected, isParam), expected);
      // The params themselves, not copies.
      const own = new Map(
        paramsOf(net).map(({ path, param }) => [path, param]),
      );
      for (const { path, param } of paramsOf(selected)) {
        assert(own.get(path) === param, path);
      }
      assertEquals(expected.filter((path) => statics.has(path)), []);
    });

    it(`maps ${name}`, () => {
      const expected = (paths as string[]).filter((p) => !theirStatics(p));
      const axes = new Mask(MASKS[name], [null, 0]).apply(net);
      assertEquals(pathsOf(axes, (x) => x === 0), expected);
      const flags = new Mask(MASKS[name], [false, true]).apply(net);
      assertEquals(pathsOf(flags, (x) => x === true), expected);
      const others = pathsOf(flags, (x) => x === false);
      assertEquals(
        new Set([...others, ...expected]),
        new Set(paramsOf(net).map(({ path }) => path)),
      );
    });
  }
});

describe("Mask", () => {
  it("means everything with null", () => {
    const net = new Net();
    assertEquals(
      pathsOf(new Mask(null).apply(net), isParam),
      paramsOf(net).filter(({ param }) => param instanceof DynamicParam)
        .map(({ path }) => path),
    );
  });

  it("means a shared param once, at its first path", () => {
    const layer = new Linear(2, 3);
    const tree = { a: layer, b: shared(layer) };
    const selected = new Mask(LayerParam).apply(tree);
    assertEquals(
      pathsOf(selected, isParam),
      ["['a'].nn.weight", "['a'].nn.bias"],
    );
    const flags = new Mask(m(LayerParam).not(), [null, 1]).apply(tree);
    assertEquals(pathsOf(flags, (x) => x === 1), []);
  });

  it("keeps the classes of modules and containers", () => {
    const net = new Net();
    const mask = new Mask(LayerParam).apply(net) as Net;
    assert(mask instanceof Net && mask !== net);
    assert(Array.isArray(mask.vodes) && mask.l1 instanceof Linear);
  });

  it("does not change the tree", () => {
    const net = new Net();
    const before = `${net}`;
    new Mask(VodeParam, [null, 0]).apply(net);
    assertEquals(`${net}`, before);
  });

  for (const mapTo of [undefined, [false, true]] as const) {
    it(`refuses to select nothing, with mapTo ${mapTo}`, () => {
      const mask = new Mask(m(LayerParam).has({ tag: 3 }), mapTo);
      const error = assertThrows(() => mask.apply(new Linear(2, 3)), TreeError);
      assertEquals(
        error.message,
        'Cannot select params with Mask(m(LayerParam).has({"tag":3})): none ' +
          "of the 2 params given matches, expected at least one: choose " +
          "among .nn.weight: LayerParam, .nn.bias: LayerParam",
      );
    });
  }

  it("lists a few params of a large module", () => {
    const error = assertThrows(
      () => new Mask(class Other extends Param {}).apply(new Net()),
      TreeError,
    );
    assert(error.message.endsWith(".vodes[1].h: VodeParam and 3 more"));
  });

  it("may match nothing when it gives axes", () => {
    const layer = new Linear(2, 3);
    const mask = new Mask(VodeParam, [null, 0]).apply(layer);
    assertEquals(pathsOf(mask, (x) => x === 0), []);
  });

  it("refuses null in a union", () => {
    const union = [VodeParam, null] as unknown as Filter;
    const error = assertThrows(() => new Mask(union), TreeError);
    assert(error.message.startsWith("Cannot use VodeParam | everything"));
  });
});

describe("m", () => {
  const [weight, state] = [new LayerParam(), new VodeParam()];
  weight.tag = 2;
  state.frozen = true;
  const all = [weight, state];
  const chosen = (filter: Filter) =>
    all.filter((p) => m(filter).matches(p)).map((p) => p.constructor.name);

  it("is closed under its operations", () => {
    const a = m(LayerParam), b = m(VodeParam);
    assertEquals(chosen(a.or(b).or(LayerState)), ["LayerParam", "VodeParam"]);
    assertEquals(chosen(a.not().not()), ["LayerParam"]);
    assertEquals(chosen(a.or(b).has({ frozen: true })), ["VodeParam"]);
    assertEquals(chosen(a.not().and(b)), ["VodeParam"]);
    assertEquals(chosen(a.or(b).and(m(Param)).hasNot({ tag: 2 })), [
      "VodeParam",
    ]);
    assertEquals(chosen(a.has({ tag: 2 }).has({ frozen: true })), []);
    assertEquals(chosen([a, b]), ["LayerParam", "VodeParam"]);
  });

  it("reads the tensor's attributes, static ones and shapes", () => {
    const layer = new Linear(2, 3);
    const { weight } = layer.nn;
    assert(m(LayerParam).has({ ndim: 2, dtype: "f32" }).matches(weight));
    assert(m(LayerParam).has({ shape: [3, 2] }).matches(weight));
    assert(!m(LayerParam).has({ shape: [3] }).matches(weight));
    assert(m(LayerParam).hasNot({ ndim: 2 }).matches(new LayerParam()));
    weight.group = new StaticParam("slow");
    assert(m(LayerParam).has({ group: "slow" }).matches(weight));
  });

  it("tells classes from predicates", () => {
    assert(m(Module).matches(new EnergyModule()));
    assert(
      m(function (p) {
        return p.tag === 2;
      }).matches(weight),
    );
    assert(!m((p) => p.tag === 2).matches(state));
  });

  it("prints itself", () => {
    assertEquals(
      `${m([LayerParam, VodeParam]).hasNot({ frozen: true }).or(LayerState)}`,
      'm(LayerParam | VodeParam).hasNot({"frozen":true}).or(LayerState)',
    );
    assertEquals(`${m().not()}`, "m(everything).not()");
  });
});

describe("the network", () => {
  it("prints as in pcax", () => {
    assertEquals(`${new Net()}`, golden.repr_net);
  });

  it("has the params of pcax at the same paths", () => {
    const named = (list: string[]) =>
      list.filter((line) => !line.endsWith("StaticParam"));
    assertEquals(
      named(
        paramsOf(new Net()).map(({ path, param }) =>
          `${path} : ${param.constructor.name}`
        ),
      ),
      named(golden.tree_paths_all_params),
    );
  });

  it("has the submodules of pcax", () => {
    const net = new Net();
    // The LayerNorm of pcax is a plain Layer here.
    assertEquals(
      net.submodules(Module).map((x) => x.constructor.name),
      golden.submodules_Module.map((name) =>
        name === "LayerNorm" ? "Layer" : name
      ),
    );
    assertEquals(
      net.submodules(EnergyModule).map((x) => x.constructor.name),
      golden.submodules_EnergyModule,
    );
  });

  it("switches the mode everywhere", () => {
    const net = new Net();
    net.train();
    assertEquals([net.isTrain, net.l1.isTrain], golden.mode_train);
    net.eval();
    assertEquals([net.isEval, net.l1.isEval], golden.mode_eval);
  });
});
