/** An optimizer for each part of a module. */
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import { Module } from "../../src/core/mod.ts";
import { jit, valueAndGrad } from "../../src/functional/mod.ts";
import { Linear } from "../../src/nn/linear.ts";
import { LayerParam } from "../../src/nn/mod.ts";
import { ones, type Tensor } from "../../src/numpy/mod.ts";
import { sgd } from "../../src/optim/mod.ts";
import { Mask, Optim, OptimTree } from "../../src/utils/mod.ts";

class Net extends Module<[Tensor], Tensor> {
  layers = [new Linear(2, 2), new Linear(2, 1)];
  bias: LayerParam = new LayerParam(ones([1]));

  override call(x: Tensor): Tensor {
    const [first, second] = this.layers;
    return second(first(x)).add(this.bias);
  }
}

const loss = (x: Tensor, { net }: { net: Net }) => net(x).square().sum();
const isLayer = (node: unknown) => node instanceof Linear;

/** Gradients of everything, or of one layer only. */
function gradients(net: Net, layer?: number): Net {
  const mask = new Mask(LayerParam, [false, true]).apply(net) as Net;
  if (layer !== undefined) {
    for (const i of [0, 1]) {
      const { nn } = mask.layers[i] as unknown as {
        nn: Record<string, unknown>;
      };
      for (const name of ["weight", "bias"]) nn[name] = i === layer;
    }
    (mask as unknown as { bias: boolean }).bias = false;
  }
  const [, found] = valueAndGrad(loss, { mask: { net: mask } })(ones([2]), {
    net,
  });
  return found.net as unknown as Net;
}

const values = (net: Net) =>
  [...net.layers.map((l) => l.nn.weight.get()), net.bias.get()!]
    .map((x) => x.toArray());

describe("OptimTree", () => {
  const tree = (net: Net) =>
    new OptimTree(
      () => sgd(0.1, { momentum: 0.9 }),
      isLayer,
      new Mask(LayerParam).apply(net),
    );

  it("has an optimizer for each part, and for params of no part", () => {
    const net = new Net();
    assertEquals(tree(net).paths, [".layers[0]", ".layers[1]", ".bias"]);
  });

  it("does what one optimizer does where all parts have gradients", () => {
    const [one, many] = [new Net(), new Net()];
    one.layers.forEach((layer, i) => {
      many.layers[i].nn.weight.set(layer.nn.weight.get());
      many.layers[i].nn.bias!.set(layer.nn.bias!.get());
    });
    const optim = new Optim(
      sgd(0.1, { momentum: 0.9 }),
      new Mask(LayerParam).apply(one),
    );
    const optims = tree(many);
    for (let step = 0; step < 3; step++) {
      optim.step(one, gradients(one));
      assertEquals(optims.step(many, gradients(many)), optims.paths);
    }
    assertEquals(values(many), values(one));
  });

  it("scales gradients as one optimizer does", () => {
    const [once, twice] = [new Net(), new Net()];
    once.layers.forEach((layer, i) => {
      twice.layers[i].nn.weight.set(layer.nn.weight.get());
      twice.layers[i].nn.bias!.set(layer.nn.bias!.get());
    });
    const before = once.layers[1].nn.weight.get();
    const step = (net: Net, scaleBy: number) => {
      tree(net).step(net, gradients(net), { scaleBy });
      return net.layers[1].nn.weight.get().sub(before);
    };
    const [small, large] = [step(once, 1), step(twice, 4)];
    const gap = large.sub(small.mul(4)).abs().max().dataSync()[0];
    assertEquals(gap < 1e-5 && large.abs().max().dataSync()[0] > 0, true);
  });

  it("leaves a part without gradients, and its state", () => {
    const net = new Net();
    const optims = tree(net);
    const [before] = values(net);
    const states = () =>
      optims.optims.map(({ state }) => JSON.stringify(state.get()));
    const [first] = states();
    assertEquals(optims.step(net, gradients(net, 1)), [".layers[1]"]);
    assertEquals(values(net)[0], before);
    assertEquals(states()[0], first);
  });

  it("works in a jitted function", () => {
    const net = new Net();
    const optims = tree(net);
    const [, before] = values(net);
    const step = jit((_: Tensor, { net, optims }: Tracked) => {
      optims.step(net, gradients(net, 1), { scaleBy: 2 });
    });
    type Tracked = { net: Net; optims: OptimTree };
    step(ones([2]), { net, optims });
    step(ones([2]), { net, optims });
    assertEquals(
      JSON.stringify(values(net)[1]) === JSON.stringify(before),
      false,
    );
    assertEquals(step.traces, 1);
  });

  it("refuses what it cannot do", () => {
    const net = new Net();
    const optims = tree(net);
    assertThrows(
      () => optims.step(net, null),
      TreeError,
      "Cannot take a step: no part has a gradient, expected one for at least " +
        "one of .layers[0], .layers[1], .bias: differentiate with a mask that " +
        "selects them, or pass { allowNone: true }",
    );
    assertEquals(optims.step(net, null, { allowNone: true }), []);
    assertThrows(
      () => optims.step(net.layers, gradients(net)),
      TreeError,
      "Cannot take a step: the module has no .layers[0], .layers[1], .bias, " +
        "expected the module that the optimizers were initialized with: call " +
        "optim.init for this one",
    );
    assertThrows(
      () => new OptimTree(sgd(0.1), isLayer, [null]),
      TreeError,
      "Cannot initialize optimizers: no part given holds a tensor, expected " +
        "at least one",
    );
    assertThrows(
      () => optims.clear().step(net, gradients(net)),
      TreeError,
      "Cannot take a step: there are no optimizers, expected some: call " +
        "optim.init(parameters), or give the parameters when making it",
    );
  });
});

describe("Optim of a function", () => {
  it("makes an optimizer at each init", () => {
    let made = 0;
    const net = new Net();
    const parameters = new Mask(LayerParam).apply(net);
    const optim = new Optim(() => {
      made++;
      return sgd(0.1);
    }, parameters);
    assertEquals(made, 1);
    optim.init(parameters);
    assertEquals(made, 2);
    const before = JSON.stringify(values(net));
    optim.step(net, gradients(net));
    assertEquals(JSON.stringify(values(net)) === before, false);
  });
});
