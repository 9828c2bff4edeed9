import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import { BaseModule, type Param, paramsOf } from "../../src/core/mod.ts";
import { jit, valueAndGrad } from "../../src/functional/mod.ts";
import { LayerParam, Linear, shared } from "../../src/nn/mod.ts";
import { ones, type Tensor, tensor } from "../../src/numpy/mod.ts";
import { adam, type GradientTransformation, sgd } from "../../src/optim/mod.ts";
import { Vode, VodeParam } from "../../src/predictive_coding/mod.ts";
import { m, Mask, Optim, type Updates } from "../../src/utils/mod.ts";
import optimGolden from "../goldens/optim.json" with { type: "json" };
import rules from "../goldens/vode_rules.json" with { type: "json" };
import vodeGolden from "../goldens/vode.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(optimGolden);
const sharing = await loadGolden(vodeGolden);

/** Two params, as pcax's run of `Optim` has them. */
class Two extends BaseModule {
  w: LayerParam;
  v: VodeParam;
  constructor(w: Tensor | null, v: Tensor | null) {
    super();
    this.w = new LayerParam(w);
    this.v = new VodeParam(v);
  }
}

function f32(...data: number[]): Tensor {
  return tensor(data, "f32");
}

function two(): Two {
  return new Two(f32(1, 2), f32(3));
}

function gradients(): Two {
  return new Two(f32(10, 20), f32(30));
}

function values(module: Two): unknown {
  return [module.w, module.v].map((p) => p.get()?.toArray() ?? null);
}

function square(name: string): Tensor {
  return tensor(Float32Array.from(golden.values(name, "f32"))).reshape(2, 2);
}

describe("Optim, as pcax", () => {
  const tripled = square("Optim/mul3_grad_param_after_call");
  const update = square("Optim/mul3_update");
  const start = square("Optim/mul3_w").sub(update);
  const untouched = Float32Array.from(
    golden.values("Optim/mul3_v_untouched", "f32"),
  );
  const model = new Two(start, tensor(untouched));
  const grads = new Two(tripled.div(3), ones([3]));
  const optim = new Optim(sgd(0.1), new Mask(LayerParam).apply(model));
  const close = (name: string, x: Tensor) =>
    golden.assertClose(name, x.dataSync());

  it("scales by a number, and leaves other params", () => {
    const before = grads.w.get().toArray();
    const updates = optim.step(model, grads, { scaleBy: 3 })!;
    assertEquals(Object.keys(updates), [".w"]);
    close("Optim/mul3_update", updates[".w"]!);
    close("Optim/mul3_w", model.w.get());
    assertEquals([...model.v.get().dataSync()], [...untouched]);
    // pcax overwrites the gradients here.
    assertEquals(grads.w.get().toArray(), before);
  });

  it("scales by the first size of the gradient", () => {
    optim.step(model, grads, { scaleByBatchSize: true });
    close("Optim/scale_w", model.w.get());
  });

  it("gives updates without applying them", () => {
    const updates = optim.step(model, grads, { applyUpdates: false })!;
    close("Optim/noapply_update", updates[".w"]!);
    close("Optim/noapply_w", model.w.get());
    const before = model.w.get();
    optim.applyUpdates(model, updates);
    assertEquals(
      model.w.get().toArray(),
      before.add(updates[".w"]!).toArray(),
    );
  });

  it("updates a shared param once", () => {
    const load = (name: string) => {
      const { shape } = sharing.get(name, "f32");
      return tensor(Float32Array.from(sharing.values(name, "f32")))
        .reshape(shape);
    };
    const a = new Linear(3, 3);
    a.nn.weight.set(load("shared/.nn.weight"));
    a.nn.bias!.set(load("shared/.nn.bias"));
    const net = { a, b: shared(a) };
    const optim = new Optim(sgd(0.1), new Mask(LayerParam).apply(net));
    const loss = (x: Tensor, { net }: { net: { a: Linear; b: Linear } }) =>
      net.b(net.a(x).tanh()).tanh().square().sum();
    const mask = new Mask(LayerParam, [false, true]);
    const [value, grads] = valueAndGrad(loss, { mask })(load("shared/x"), {
      net,
    });
    sharing.assertClose("shared/value", value.dataSync());
    const found = paramsOf(grads.net).filter(({ param }) =>
      param instanceof LayerParam
    );
    assertEquals(found.map(({ path }) => path), rules.shared_grad_leaves);
    for (const { path, param } of found) {
      sharing.assertClose(
        `shared/grad/${path}`,
        (param as Param).get().dataSync(),
      );
    }
    optim.step(net, grads.net);
    const after = (name: string) => `shared/after_sgd0.1/.nn.${name}`;
    sharing.assertClose(after("weight"), a.nn.weight.get().dataSync());
    sharing.assertClose(after("bias"), a.nn.bias!.get().dataSync());
    assertEquals(
      net.b.nn.weight === a.nn.weight,
      rules.shared_still_shared_after_step,
    );
  });
});

describe("Optim", () => {
  it("optimizes what it was given", () => {
    const model = two();
    const optim = new Optim(sgd(0.1), model);
    optim.step(model, gradients());
    assertEquals(values(model), [[0, 0], [0]]);
  });

  it("skips a param without gradient, and its state", () => {
    const model = two();
    const optim = new Optim(sgd(0.5, { momentum: 0.5 }), model);
    optim.step(model, new Two(f32(1, 1), f32(1)));
    assertEquals(values(model), [[0.5, 1.5], [2.5]]);
    optim.step(model, new Two(f32(1, 1), null));
    assertEquals(values(model), [[-0.25, 0.75], [2.5]]);
    optim.step(model, new Two(null, f32(1)));
    assertEquals(values(model), [[-0.25, 0.75], [1.75]]);
  });

  it("takes the gradients of a mask that leaves out a frozen param", () => {
    const vodes = [new Vode([1]), new Vode([1])];
    for (const vode of vodes) vode.set("h", [1]).set("u", [3]);
    vodes[1].h.frozen = true;
    const optim = new Optim(adam(0.5), new Mask(VodeParam).apply(vodes));
    const energy = ({ vodes }: { vodes: Vode[] }) =>
      vodes[0].energy().add(vodes[1].energy());
    const free = m(VodeParam).hasNot({ frozen: true });
    const mask = new Mask(free, [false, true]);
    const [, grads] = valueAndGrad(energy, { mask })({ vodes });
    optim.step(vodes, grads.vodes);
    const [first, second] = vodes.map((vode) => vode.h.get().dataSync()[0]);
    assert(Math.abs(first - 1.5) < 1e-6, `${first}`);
    assertEquals(second, 1);
  });

  it("refuses a step without any gradient, unless told", () => {
    const model = two();
    const optim = new Optim(sgd(0.1), model);
    const none = new Two(null, null);
    assertEquals(
      assertThrows(() => optim.step(model, none), TreeError).message,
      "Cannot take a step: no target has a gradient, expected one for at " +
        "least one of .w, .v: differentiate with a mask that selects them, " +
        "or pass { allowNone: true }",
    );
    assertEquals(optim.step(model, none, { allowNone: true }), null);
    assertEquals(values(model), [[1, 2], [3]]);
  });

  it("refuses to start without tensors", () => {
    assertEquals(
      assertThrows(() => new Optim(sgd(0.1), new Vode([2])), TreeError).message,
      "Cannot initialize an optimizer: none of the 2 params given holds a " +
        "tensor, expected at least one: run a pass in pxu.step(model, " +
        "pxc.STATUS.INIT, ...) first, so that the states of vodes exist",
    );
  });

  it("refuses a step before init and after clear", () => {
    const model = two();
    const optim = new Optim(sgd(0.1));
    const message = "Cannot take a step: the optimizer has no targets, " +
      "expected some: call optim.init(parameters), or give the parameters " +
      "when making it";
    const fail = () =>
      assertThrows(() => optim.step(model, gradients()), TreeError).message;
    assertEquals(fail(), message);
    optim.init(model).step(model, gradients());
    optim.clear();
    assertEquals(optim.state.get(), null);
    assertEquals(fail(), message);
  });

  it("names a param that is missing or empty", () => {
    const model = two();
    const optim = new Optim(sgd(0.1), model);
    const other = assertThrows(
      () => optim.step(new Linear(2, 3), gradients()),
      TreeError,
    );
    assert(other.message.startsWith(
      "Cannot optimize .w: the module has no such param, expected",
    ));
    model.v.set(null);
    const empty = assertThrows(
      () => optim.step(model, gradients()),
      TreeError,
    );
    assert(
      empty.message.startsWith("Cannot optimize .v: it is VodeParam(None)"),
    );
    assertEquals(empty.path, ".v");
  });

  it("refuses to scale a scalar by the batch size", () => {
    const model = new Two(tensor(1, "f32"), null);
    const optim = new Optim(sgd(0.1), model);
    const grads = new Two(tensor(1, "f32"), null);
    assertEquals(
      assertThrows(
        () => optim.step(model, grads, { scaleByBatchSize: true }),
        ShapeError,
      ).message,
      "Cannot scale the gradient of .w by the batch size: it is f32[], " +
        "expected an axis for the samples: use { scaleBy: batchSize }",
    );
  });

  it("starts anew with init, which is no change of structure", () => {
    const model = two();
    const optim = new Optim(sgd(0.5, { momentum: 0.5 }), model);
    const targets = optim.targets.get();
    optim.step(model, new Two(f32(1, 1), f32(1)));
    optim.init(model);
    assertEquals(optim.targets.get(), targets);
    optim.step(model, new Two(f32(1, 1), f32(1)));
    assertEquals(values(model), [[0, 1], [2]]);
  });

  it("keeps its state through jit", () => {
    type Tracked = { model: Two; optim: Optim };
    const body = (x: Tensor, { model, optim }: Tracked): void => {
      optim.step(model, new Two(x.mul(2), x.sum().reshape(1)));
    };
    const run = (train: typeof body): unknown => {
      const model = two();
      const optim = new Optim(adam(0.1), model);
      for (const x of [f32(1, -1), f32(2, 3), f32(-4, 1)]) {
        train(x, { model, optim });
      }
      return [values(model), countOf(optim)];
    };
    assertEquals(run(jit(body)), run(body));
  });

  it("gives updates that stay what they are", () => {
    // The state of this one is the very update.
    const memory: GradientTransformation<Updates> = {
      init: (params) => params as Updates,
      update: (updates) => [updates, updates as Updates],
    };
    const model = two();
    const optim = new Optim(memory, model);
    const updates = optim.step(model, gradients())!;
    const again = jit(
      (x: Tensor, { optim, model }: { optim: Optim; model: Two }) => {
        optim.step(model, new Two(x, x.sum().reshape(1)));
      },
    );
    for (let i = 0; i < 3; i++) again(f32(i, i), { optim, model });
    assertEquals(updates[".w"]!.toArray(), [10, 20]);
  });
});

/** Number of updates of an Adam. */
function countOf(optim: Optim): unknown {
  const [{ count }] = optim.state.get() as [{ count: Tensor }];
  return count.toArray();
}
