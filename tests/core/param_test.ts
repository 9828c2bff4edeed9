/** Params, static params, px.get and px.set. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { jnp, px, ShapeError, Tensor, tensor, TreeError } from "../../mod.ts";

const f32 = (...x: number[]) => tensor(x, "f32");

describe("px.Param", () => {
  it("gives its value; set gives the param itself", () => {
    const p = new px.Param(f32(1, 2));
    assert(p.set(f32(3, 4)) === p);
    assertEquals(p.get().toArray(), [3, 4]);
    assertEquals(new px.Param().get() as unknown, null);
    assertEquals(p.set(undefined).get() as unknown, null);
  });

  it("prints class, shape and dtype, or the value", () => {
    class LayerParam extends px.Param<unknown> {}
    const texts = [
      jnp.zeros([3]),
      tensor(1, "f32"),
      tensor([[1], [2]]),
      tensor([1], "u32"),
      tensor(true),
      null,
      7,
    ].map((x) => `${new LayerParam(x)}`);
    assertEquals(texts, [
      "LayerParam([3], float32)",
      "LayerParam([], float32)",
      "LayerParam([2,1], int32)",
      "LayerParam([1], uint32)",
      "LayerParam([], bool)",
      "LayerParam(None)",
      "LayerParam(7)",
    ]);
  });

  it("computes as its tensor, with tensors, numbers and params", () => {
    const p = new px.Param(f32(1, -2)), q = new px.Param(f32(3, 3));
    const cases: [Tensor, unknown][] = [
      [p.add(q), [4, 1]],
      [p.sub(1), [0, -3]],
      [p.mul(f32(2, 2)), [2, -4]],
      [q.div(p), [3, -1.5]],
      [q.mod(2), [1, 1]],
      [p.pow(2), [1, 4]],
      [p.neg(), [-1, 2]],
      [p.abs(), [1, 2]],
      [p.maximum(q), [3, 3]],
      [p.minimum(0), [0, -2]],
      [p.matmul(q), -3],
      [p.dot(q), -3],
      [p.equal(q.sub(2)), [true, false]],
      [p.notEqual(1), [false, true]],
      [p.less(q), [true, true]],
      [p.lessEqual(1), [true, true]],
      [p.greater(0), [true, false]],
      [p.greaterEqual(1), [true, false]],
      [p.logicalNot(), [false, false]],
      [p.logicalAnd(q), [true, true]],
      [p.logicalOr(q), [true, true]],
      [p.sum(), -1],
      [p.prod(), -2],
      [p.mean(), -0.5],
      [p.max(), 1],
      [p.min(), -2],
      [p.var(), 2.25],
      [p.std(), 1.5],
      [p.any(), true],
      [p.all(), true],
      [p.argmax(), 0],
      [p.argmin(), 1],
      [p.reshape(2, 1), [[1], [-2]]],
      [p.reshape(1, 2).T, [[1], [-2]]],
      [p.flatten(), [1, -2]],
      [p.ravel(), [1, -2]],
      [p.transpose(), [1, -2]],
      [p.T, [1, -2]],
      [p.squeeze(), [1, -2]],
      [p.at(1), -2],
      [p.slice([1, null]), [-2]],
      [p.astype("i32"), [1, -2]],
      [p.exp(), jnp.exp(f32(1, -2)).toArray()],
      [p.tanh(), jnp.tanh(f32(1, -2)).toArray()],
      [q.log(), jnp.log(f32(3, 3)).toArray()],
      [q.sqrt(), jnp.sqrt(f32(3, 3)).toArray()],
      [p.square(), [1, 4]],
    ];
    cases.forEach(([x, expected], i) => {
      assert(x instanceof Tensor && !(x instanceof px.BaseParam));
      assertEquals(x.toArray(), expected, `case ${i}`);
    });
    assertEquals([p.shape, p.dtype, p.ndim, p.size], [[2], "f32", 1, 2]);
    assertEquals(f32(1, 1).add(p).toArray(), [2, -1]);
    assertEquals(jnp.square(p).toArray(), [1, 4]);
  });

  it("is read as its tensor is", async () => {
    const p = new px.Param(f32(1, 2));
    assertEquals(p.toArray(), [1, 2]);
    assertEquals(await p.data(), p.dataSync());
    assertEquals(await new px.Param(f32(5)).item(), 5);
  });

  it("does not compute when it is empty", () => {
    const p = new px.Param();
    for (const use of [() => p.add(1), () => p.shape, () => jnp.square(p)]) {
      assertEquals(
        assertThrows(use, TreeError).message,
        "Cannot compute with Param(None): it holds no tensor, expected one: " +
          "set it first",
      );
    }
  });
});

describe("px.ParamDict", () => {
  it("reads as empty when it is cleared", () => {
    const d = new px.ParamDict();
    assertEquals([d.get(), d.get("k"), d.get("k", 5), d.has("k")], [
      null,
      null,
      5,
      false,
    ]);
    d.setItem("k", 1).setItem("l", f32(1));
    assertEquals([d.get("k"), d.has("k"), d.has("m")], [1, true, false]);
    assertEquals(`${d}`, "ParamDict(params={'k': 1, 'l': [1], float32})");
    d.set(null);
    assertEquals([d.get("k", 5), `${d}`], [5, "ParamDict(params=None)"]);
    assert(new px.ParamCache() instanceof px.ParamDict);
  });

  it("takes no names of prototypes for entries", () => {
    const d = new px.ParamDict({});
    assertEquals([d.has("toString"), d.get("constructor")], [false, null]);
  });
});

describe("px.StaticParam", () => {
  it("is made once, holds anything, and is called when that is a function", () => {
    const s = px.static((x: number) => x + 1);
    assert(px.static(s) === s);
    assertEquals(s(1), 2);
    assertEquals(
      `${px.static("tanh")} ${px.static(null)}`,
      [
        'StaticParam("tanh")',
        "StaticParam(None)",
      ].join(" "),
    );
    assertEquals(px.static(1).set(2).get(), 2);
    assertEquals(px.treeLeaves({ s, t: px.static(f32(1)) }), []);
  });

  it("refuses a call of what is no function", () => {
    const s = px.static("tanh") as unknown as () => void;
    assertEquals(
      assertThrows(() => s(), TreeError).message,
      'Cannot call StaticParam("tanh"): it holds a string, expected a ' +
        "function: give px.static a function, or read it with .get()",
    );
  });
});

describe("px.get and px.set", () => {
  it("read and write params, and pass on everything else", () => {
    const p = new px.Param(f32(1)), s = px.static("a");
    const x = f32(2);
    assertEquals([px.get(p).toArray(), px.get(s), px.get(3)], [[1], "a", 3]);
    assert(px.get(x) === x && px.set(x, f32(9)) !== x);
    assert(px.set(p, x) === p && p.get() === x);
    assert(px.set(p, new px.Param(s)) === p && p.get() as unknown === s);
    assertEquals(px.get(px.set(s, px.static("b"))), "b");
    assertEquals(px.set(1, new px.Param<number>(4)), 4);
  });

  it("want a value", () => {
    const p = new px.Param();
    assertEquals(
      assertThrows(() => px.set(p, undefined), TreeError).message,
      "Cannot set Param(None): no value was given, expected one: use null " +
        "to empty a param",
    );
  });
});

describe("a key generator", () => {
  it("refuses to draw no keys", () => {
    const rkg = new px.RandomKeyGenerator(0);
    for (const n of [0, -1, 1.5]) {
      assertEquals(
        assertThrows(() => rkg(n), ShapeError).message,
        `Cannot draw ${n} keys, expected a positive integer: leave the ` +
          "number out for a single key",
      );
    }
    assertEquals([...rkg.key.get().dataSync()], [0, 0]);
  });
});
