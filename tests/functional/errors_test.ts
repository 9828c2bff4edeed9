/** What users are told when a transform cannot do what they ask. */
import { describe, it } from "node:test";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
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
  TraceError,
  TreeError,
} from "../../mod.ts";
import { jax } from "../../mod.ts";
import { forward, Model } from "../support/moons_model.ts";

function message(
  fn: () => unknown,
  kind: new (message: string) => Error,
): string {
  return assertThrows(fn, kind).message;
}

function run(model: Model, n: number): void {
  pxu.step(model, pxc.STATUS.INIT, { clearParams: pxc.VodeParam.Cache }, () => {
    forward(jnp.zeros([n, 2]), null, { model });
  });
}

describe("pxf.vmap()", () => {
  it("names both sizes when a model holds another batch", () => {
    const model = new Model(jax.nn.tanh);
    run(model, 32);
    assertEquals(
      message(() => run(model, 9216), ShapeError),
      'Cannot vmap "function": model.vodes[0].h has size 32 on axis 0, ' +
        "argument 0 has size 9216 on axis 0: call " +
        "model.clearParams(VodeParam) first",
    );
    model.clearParams(pxc.VodeParam);
    run(model, 9216);
    assertEquals(model.vodes[0].h.shape, [9216, 32]);
  });

  it("refuses a null out axis for a value per sample", () => {
    const double = (x: Tensor) => x.mul(2);
    assertEquals(
      message(
        () => pxf.vmap(double, { outAxes: null })(jnp.ones([4, 3])),
        ShapeError,
      ),
      'Cannot vmap: result of "double", f32[3] per sample, depends on the ' +
        "sample but its axis is null, expected the same value for all " +
        "samples: give it an axis (0), or reduce it over the batch with " +
        "lax.pmean or lax.psum and an axisName",
    );
  });

  it("refuses a batched value in a shared param", () => {
    const p = new px.Param(jnp.zeros([]));
    const store = (x: Tensor, { p }: { p: px.Param }) => {
      p.set(x);
      return x;
    };
    const text = message(
      () => pxf.vmap(store, { mask: { p: null } })(jnp.ones([4]), { p }),
      ShapeError,
    );
    assertStringIncludes(text, 'Cannot vmap: p, set in "store", f32[]');
    assertEquals(p.get().dataSync()[0], 0);
  });

  it("asks for a batch axis and for a mask", () => {
    const same = (x: Tensor) => x;
    assertStringIncludes(
      message(
        () => pxf.vmap(same, { inAxes: null })(jnp.ones([4])),
        ShapeError,
      ),
      'Cannot vmap "same": no argument has a batch axis',
    );
    const p = new px.Param(jnp.zeros([]));
    const two = (x: Tensor, { p }: { p: px.Param }) => x.add(p);
    assertStringIncludes(
      message(() => pxf.vmap(two)(jnp.ones([4]), { p }), TreeError),
      'Cannot vmap "two": no mask was given for the tracked argument "p"',
    );
    assertStringIncludes(
      message(
        () => pxf.vmap(two, { mask: { q: null } })(jnp.ones([4]), { p }),
        TreeError,
      ),
      'the mask has the keys [q], expected [p]: add an entry for "p"',
    );
  });

  it("restores the random state when it fails", () => {
    px.RKG.seed(3);
    const before = [...px.RKG.key.get().dataSync()];
    const fail = (_: Tensor): Tensor => {
      px.RKG();
      throw new Error("stop");
    };
    assertThrows(() => pxf.vmap(fail)(jnp.ones([4])), Error, "stop");
    assertEquals([...px.RKG.key.get().dataSync()], before);
    px.RKG();
  });

  it("names an axis that no vmap binds", () => {
    assertStringIncludes(
      message(() => lax.psum(jnp.ones([2]), "rows"), TraceError),
      '"rows"',
    );
  });
});

describe("pxf.valueAndGrad()", () => {
  it("wants a scalar loss", () => {
    const loss = (x: Tensor) => x.mul(2);
    assertEquals(
      message(
        () => pxf.valueAndGrad(loss, { argnums: 0 })(jnp.ones([3])),
        ShapeError,
      ),
      'Cannot differentiate "loss": its loss is f32[3], expected f32[]: ' +
        "reduce it with .sum() or .mean()",
    );
  });

  it("tells what a mask could have selected", () => {
    const p = new px.Param(jnp.ones([2]));
    const loss = ({ p }: { p: px.Param }) => p.sum();
    const mask = new pxu.Mask(pxnn.LayerParam, [false, true]);
    assertEquals(
      message(() => pxf.valueAndGrad(loss, { mask })({ p }), TreeError),
      "Cannot select params with Mask(LayerParam): none of the 1 params given " +
        "matches, expected at least one: choose among ['p']: Param",
    );
    assertEquals(
      message(
        () => pxf.valueAndGrad(loss, { mask: { p: false } })({ p }),
        TreeError,
      ),
      'Cannot differentiate "loss": the mask selects no param that holds a ' +
        "tensor, expected at least one of p: Param",
    );
  });

  it("wants booleans and floats", () => {
    const p = new px.Param(jnp.ones([2]));
    const loss = ({ p }: { p: px.Param }) => p.sum();
    assertStringIncludes(
      message(
        () => pxf.valueAndGrad(loss, { mask: { p: 1 } })({ p }),
        TreeError,
      ),
      "the mask says 1 for p, expected true or false",
    );
    const q = new px.Param(tensor([1, 2], "i32"));
    assertStringIncludes(
      message(
        () => pxf.valueAndGrad(loss, { mask: { p: true } })({ p: q }),
        ShapeError,
      ),
      "p is i32[2], expected f32",
    );
  });
});

describe("pxf.jit()", () => {
  it("refuses a raw function as attribute", () => {
    class Net extends px.Module<[Tensor], Tensor> {
      act = (x: Tensor) => x;
      override call(x: Tensor): Tensor {
        return this.act(x);
      }
    }
    const apply = pxf.jit(function apply(
      x: Tensor,
      { net }: { net: Net },
    ) {
      return net(x);
    });
    assertEquals(
      message(() => apply(jnp.ones([2]), { net: new Net() }), TreeError),
      'Cannot jit "apply": net.act is the function act, expected tensors, ' +
        "params or plain values: wrap it in px.static(...), or list the " +
        "argument in staticArgnums",
    );
  });

  it("tells of a leaked value", () => {
    let leaked: Tensor | undefined;
    const leak = pxf.jit(function leak(x: Tensor) {
      leaked = x.mul(2);
      return x;
    });
    leak(jnp.ones([2]));
    assertEquals(
      message(() => leaked!.add(1), TraceError),
      "Cannot run an operation: f32[2] is a traced value that leaked out of " +
        '"leak", expected a value of the code that uses it: return it from ' +
        "the function instead of storing it outside",
    );
  });

  it("tells that a traced value has no elements", () => {
    const peek = pxf.jit(function peek(x: Tensor) {
      return x.mul(x.dataSync()[0]);
    });
    assertStringIncludes(
      message(() => peek(jnp.ones([2])), TraceError),
      'f32[2] is being traced in "peek" and has no elements yet',
    );
  });

  it("warns once when a plain number changes again and again", () => {
    const scale = pxf.jit(function scale(k: number, x: Tensor) {
      return x.mul(k);
    });
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => warnings.push(text);
    try {
      for (let k = 0; k < 40; k++) scale(k, jnp.ones([2]));
    } finally {
      console.warn = warn;
    }
    assertEquals(warnings, [
      'jit "scale" was traced 17 times because argument 0 changes from call ' +
      "to call (now 16): pass it as a tensor, tensor(16)",
    ]);
  });

  it("leaves params as they were when the function throws", () => {
    const p = new px.Param(jnp.ones([2]));
    const fail = pxf.jit(function fail({ p }: { p: px.Param }): Tensor {
      p.set(p.mul(2));
      throw new Error("stop");
    });
    assertThrows(() => fail({ p }), Error, "stop");
    assertEquals([...p.get().dataSync()], [1, 1]);
  });
});

describe("pxf.scan()", () => {
  it("wants a carry that keeps its structure", () => {
    const grow = (c: Tensor) => [jnp.concatenate([c, c]), null];
    const body = (_: null, c: Tensor) => grow(c);
    assertStringIncludes(
      message(() => pxf.scan(body, { length: 2 })(jnp.ones([2])), ShapeError),
      "carry[0] was f32[2] and is f32[4] after the body",
    );
    assertStringIncludes(
      message(() => pxf.scan(body, {})(jnp.ones([2])), TreeError),
      "neither xs nor length was given",
    );
    const each = (
      x: Tensor,
      carry: Tensor,
    ): [Tensor, null] => [carry, x && null];
    assertStringIncludes(
      message(
        () => pxf.scan(each, { xs: jnp.ones([3]), length: 5 })(jnp.ones([2])),
        ShapeError,
      ),
      "has size 3 on axis 0, expected 5",
    );
  });
});
