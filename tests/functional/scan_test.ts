import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { jax, pxc, pxf, pxu, type Tensor, tensor } from "../../mod.ts";
import { isNode, type Program } from "../../src/ir/program.ts";
import {
  energy,
  forward,
  makeState,
  type TrainState,
} from "../support/moons_model.ts";

const clearParams = pxc.VodeParam.Cache;
const free = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const ofStates = pxf.valueAndGrad(energy, {
  hasAux: true,
  mask: new pxu.Mask(free, [false, true]),
});

function relax(x: Tensor, { model, optimH }: TrainState): void {
  pxu.step(model, null, { clearParams }, () => {
    const [, g] = ofStates(x, { model });
    optimH.step(model, g.model, { scaleByBatchSize: true });
  });
}

/** Inference, in a loop of the Program or unrolled; all hidden states. */
function infer(looped: boolean, T = 8) {
  return (x: Tensor, y: Tensor, state: TrainState): Tensor[] => {
    const { model } = state;
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
      forward(x, y, { model });
    });
    if (looped) {
      const body = (_: null, state: TrainState) => {
        relax(x, state);
        return [[], null];
      };
      pxf.scan(body, { length: T })(state);
    } else for (let t = 0; t < T; t++) relax(x, state);
    return model.vodes.slice(0, -1).map((vode) => vode.h.get());
  };
}

const x = tensor(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)))
  .reshape(32, 2);
const labels = Int32Array.from({ length: 32 }, (_, i) => i % 2);
const y = jax.nn.oneHot(tensor(labels), 2);
const newState = () => makeState(jax.nn.leakyRelu, 0.01, 1e-2);

const count = ({ nodes }: Program, name: string) =>
  nodes.filter((node) => node.primitive === name).length;

describe("inference by pxf.scan", () => {
  it("computes what does not change before the loop", () => {
    const state = newState();
    const { nodes, ...program } = pxf.jit(infer(true)).program(x, y, state);
    const loop = nodes.find((node) => isNode(node, "scan"));
    assert(loop !== undefined && isNode(loop, "scan"));
    const { body, constants, carries } = loop.params;
    // The clamped layer's product and the target's share of the gradient.
    assertEquals(count({ nodes, ...program }, "dot"), 2);
    assertEquals(count(body, "dot"), 4);
    assertEquals(count(body, "transpose"), 0);
    // Two layers' weights, the first layer's output, what the target yields.
    assertEquals([constants, carries], [7, 3]);
    assertEquals(body.inputs.length, 10);
  });

  it("is as long for 128 steps as for 8", () => {
    const [short, long] = [8, 128].map((T) => {
      const { nodes } = pxf.jit(infer(true, T)).program(x, y, newState());
      const loop = nodes.find((node) => isNode(node, "scan"));
      assert(loop !== undefined && isNode(loop, "scan"));
      assertEquals(loop.params.length, T);
      return [nodes.length, loop.params.body.nodes.length];
    });
    assertEquals(long, short);
  });

  it("gives what unrolled inference gives", () => {
    const [looped, unrolled] = [true, false].map((inLoop) =>
      pxf.jit(infer(inLoop))(x, y, newState()).map((h) => h.dataSync())
    );
    looped.forEach((h, layer) =>
      h.forEach((value, i) => {
        assert(Math.abs(value - unrolled[layer][i]) <= 1e-6, `${layer} ${i}`);
      })
    );
  });
});
