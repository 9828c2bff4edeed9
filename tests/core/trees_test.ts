/** Walking over, taking apart and filling trees of params. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { jnp, px, pxc, pxnn, tensor, TreeError } from "../../mod.ts";

class Pair extends px.Module {
  a: unknown;
  b: unknown;
  constructor(a: unknown, b: unknown) {
    super();
    this.a = a;
    this.b = b;
  }
}

function message(body: () => unknown): string {
  return assertThrows(body, TreeError).message;
}

describe("treeFlatten and treeMap", () => {
  it("visit attributes in order of assignment, keys in sorted order", () => {
    const tree = new Pair({ z: 1, a: [2, null] }, new px.Param(3));
    const [leaves, structure] = px.treeFlatten(tree);
    assertEquals(leaves, [2, 1, 3]);
    assertEquals(structure.paths, [".a['a'][0]", ".a['z']", ".b.value"]);
    const back = px.treeUnflatten(structure, [4, 5, 6]) as Pair;
    assert(back instanceof Pair && back !== tree);
    assertEquals(back.a, { a: [4, null], z: 5 });
    assertEquals(`${back.b}`, "Param(6)");
  });

  it("give leaves, and their paths, to a function", () => {
    const sum = (a: number, b: number) => a + b;
    assertEquals(px.treeMap(sum, [1, { k: 2 }], [3, { k: 4 }]), [4, { k: 6 }]);
    const name = (path: string, x: number) => `${path}=${x}`;
    assertEquals(px.treeMapWithPath(name, { k: [1, null] }), {
      k: ["['k'][0]=1", null],
    });
  });

  it("name the place where structures differ", () => {
    assertEquals(
      message(() => px.treeMapWithPath(() => 0, { k: [1] }, { k: [1, 2] })),
      "Cannot map over trees: at \"['k']\" one has the children {[0]} and " +
        "another the children {[0], [1]}, expected equal structures: give " +
        "trees that were made alike",
    );
  });
});

describe("treeApply", () => {
  const inner = new Pair(new px.Param(1), null);
  const outer = new Pair([inner, inner], new px.Param(2));

  it("visits matches from the top down, twice what is there twice", () => {
    const seen: unknown[] = [];
    px.treeApply((x) => seen.push(x), px.Module, outer);
    assertEquals(seen.map((x) => x === outer), [true, false, false]);
    assert(seen[1] === inner && seen[2] === inner);
    seen.length = 0;
    px.treeApply((x) => seen.push(x), px.Module, outer, { recursive: false });
    assert(seen.length === 1 && seen[0] === outer);
    seen.length = 0;
    px.treeApply((x) => seen.push(String(x)), px.Param, outer);
    assertEquals(seen, ["Param(1)", "Param(1)", "Param(2)"]);
  });

  it("wants a function first", () => {
    const fn = px.Param as unknown;
    assertEquals(
      message(() => px.treeApply(null as unknown as () => void, null, [fn])),
      "Cannot apply null to a tree, expected a function of a node: give it " +
        "first, then the filter, then the tree",
    );
  });
});

describe("treeRef and treeUnref", () => {
  const p = new px.Param(1), s = px.static("s"), q = new px.Param(2);

  it("number params, and give them back", () => {
    const tree = { a: [p, q, s], b: new Pair(q, p), c: s };
    const ref = px.treeRef(tree);
    assert(ref !== tree && ref.b !== tree.b && ref.a[0] === p);
    assertEquals([ref.b.a, ref.b.b, ref.c].map(String), [
      "ParamReference(1)",
      "ParamReference(0)",
      "ParamReference(2)",
    ]);
    const back = px.treeUnref(ref);
    assert(back.b.a === q && back.b.b === p && back.c === s);
    assert(back.b instanceof Pair && back.b._mode === tree.b._mode);
  });

  it("nest", () => {
    const twice = px.treeRef(px.treeRef([p, p]));
    assert(
      (twice[1] as unknown as px.ParamReference).get() instanceof
        px.ParamReference,
    );
    const back = px.treeUnref(px.treeUnref(twice));
    assert(back[0] === p && back[1] === p);
  });

  it("refuse a reference without its param", () => {
    const [, second] = px.treeRef([p, p]);
    assertEquals(
      message(() => px.treeUnref({ k: second })),
      "Cannot resolve references: ['k'] refers to param 0, expected one of " +
        "the 0 before it: give the whole tree that px.treeRef made",
    );
  });
});

describe("treeExtract and treeInject", () => {
  const make = () => {
    const shared = new px.Param<number>(1);
    const tree = { a: shared, b: [new px.ParamDict({ k: 2 }), shared] };
    return { tree, shared };
  };

  it("take out each param that transforms track once", () => {
    const { tree, shared } = make();
    const layer = new pxnn.Linear(2, 3);
    const all = px.treeExtract([tree, layer, px.RKG]);
    assert(all[0] === shared && all.length === 5);
    assertEquals(
      px.treeExtract<string>([tree, layer], {
        filter: pxnn.LayerParam,
        extractFn: (p) => p.constructor.name,
      }),
      ["LayerParam", "LayerParam"],
    );
    assertEquals(
      px.treeExtract(tree, { extractFn: () => null }),
      [null, null],
    );
  });

  it("put in values, or those of params", () => {
    const { tree, shared } = make();
    assert(px.treeInject(tree, { values: [3, { k: 4 }] }) === tree);
    assertEquals([shared.get(), tree.b[0].get()], [3, { k: 4 }]);
    const other = make();
    px.treeInject(other.tree, { params: tree });
    assertEquals(other.shared.get(), 3);
    px.treeInject(tree, { values: [new px.Param(5)], strict: false });
    assertEquals([shared.get(), tree.b[0].get()], [5, { k: 4 }]);
    const seen: unknown[] = [];
    const injectFn = (p: px.BaseParam, v: unknown) => seen.push(String(p), v);
    px.treeInject(tree, { values: [6, 7], injectFn });
    assertEquals([seen[0], seen[1], seen[3]], ["Param(5)", 6, 7]);
  });

  it("change nothing unless the numbers fit", () => {
    for (const values of [[1], [1, 2, 3]]) {
      const { tree, shared } = make();
      shared.set(9);
      assertEquals(
        message(() => px.treeInject(tree, { values })),
        `Cannot inject ${values.length} values into a tree of 2 params, ` +
          "expected as many: give one value for each param, or pass " +
          "{ strict: false } to inject as many as there are",
      );
      assertEquals(shared.get(), 9);
    }
    const { tree } = make();
    assertEquals(
      message(() => px.treeInject(tree, { values: [], params: tree })),
      "Cannot inject values into a tree: both params and values were given, " +
        "expected one source: pass { params: tree } or { values: [...] }",
    );
    assertEquals(
      message(() => px.treeInject(tree, {})),
      "Cannot inject values into a tree: none were given, expected one " +
        "source: pass { params: tree } or { values: [...] }",
    );
  });
});

describe("px.BaseModule", () => {
  it("has submodules of the first generation, as often as they are there", () => {
    const inner = new Pair(new pxnn.Linear(2, 2), null);
    const outer = new Pair([inner, { k: inner }], new pxc.Vode([2]));
    const names = (list: unknown[]) =>
      list.map((x) => (x as object).constructor.name);
    assertEquals(names(outer.submodules()), ["Pair", "Pair", "Vode"]);
    assertEquals(names(outer.submodules(pxnn.LayerParam)), [
      "LayerParam",
      "LayerParam",
      "LayerParam",
      "LayerParam",
    ]);
    assertEquals(outer.submodules(pxnn.Conv), []);
  });

  it("prints a line per param and per raw leaf, none for static ones", () => {
    const p = new px.Param(jnp.zeros([2, 3]));
    const tree = new Pair([p, { k: 3 }], new Pair(px.static(1), tensor(1)));
    assertEquals(
      `${tree}`,
      "(Pair):\n  .a[0]: Param([2,3], float32)\n  .a[1]['k']: 3\n" +
        `  .b.b: ${tensor(1)}`,
    );
    class X extends px.Module {}
    assertEquals(`${new X()}`, "(X):");
  });

  it("needs a call method to be called", () => {
    class X extends px.BaseModule<[], void> {}
    assertEquals(
      message(() => new X()()),
      "Cannot call a X: its class has no call method, expected one: write " +
        "override call(...)",
    );
  });
});

describe("px.Module", () => {
  it("has a mode, which reaches the modules below", () => {
    const inner = new Pair(new pxnn.Linear(2, 2), null);
    const outer = new Pair({ k: [inner] }, null);
    const modes = () => [outer.mode(), inner.mode(), outer.isTrain];
    assertEquals(modes(), [0, 0, false]);
    assert(outer.train() === outer);
    assertEquals(modes(), [1, 1, true]);
    inner.eval();
    assertEquals([...modes(), inner.isEval], [1, 2, true, true]);
    assertEquals(outer.mode(px.Module.MODE.NONE), 0);
    assertEquals((inner.a as pxnn.Linear).mode(), 0);
    assertEquals(Object.keys(outer)[0], "_mode");
  });

  it("has no other modes", () => {
    const outer = new Pair(null, null);
    assertEquals(
      message(() => outer.mode(3 as px.Mode)),
      "Cannot set the mode of a Pair to 3, expected a mode of " +
        "px.Module.MODE: NONE is 0, TRAIN is 1, EVAL is 2",
    );
  });
});
