import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { Module, RandomKeyGenerator } from "../../src/core/mod.ts";
import { vmap } from "../../src/functional/mod.ts";
import { Layer, LayerParam, Linear } from "../../src/nn/mod.ts";
import { ones, random, type Tensor, tensor } from "../../src/numpy/mod.ts";
import rngGolden from "../goldens/rng.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(rngGolden);

function elements(x: Tensor): number[] {
  return [...x.dataSync()];
}

function expectedOf(name: string): number[] {
  return [...golden.values(name, "f32")];
}

describe("Linear", () => {
  for (const seed of [0, 1, 42]) {
    for (const part of [1, 0]) {
      it(`starts as in equinox, bit by bit: seed ${seed}, part ${part}`, () => {
        const before = random.configuration();
        random.configure({ threefryPartitionable: part === 1 });
        try {
          const rkg = new RandomKeyGenerator(seed);
          const at = (name: string) => `part${part}/seed${seed}/${name}`;
          const first = new Linear(2, 32, { rkg });
          assertEquals([...first.nn.weight.shape], [32, 2]);
          assertEquals(
            elements(first.nn.weight.get()),
            expectedOf(at("Linear(2,32).weight")),
          );
          assertEquals(
            elements(first.nn.bias!.get()),
            expectedOf(at("Linear(2,32).bias")),
          );
          rkg(); // The recorded run makes a Conv2d here, which takes one key.
          const second = new Linear(784, 64, { rkg });
          assertEquals(
            elements(second.nn.weight.get()).slice(0, 2 * 784),
            expectedOf(at("then_Linear(784,64).weight[:2]")),
          );
          const third = new Linear(5, 3, { bias: false, rkg });
          assertEquals(third.nn.bias, null);
          assertEquals(
            elements(third.nn.weight.get()),
            expectedOf(at("then_Linear(5,3,False).weight")),
          );
        } finally {
          random.configure(before);
        }
      });
    }
  }

  /** A layer with weights 1, 2, 3 .. and biases 10, 20 .. */
  function counted(layer: Linear): Linear {
    const { weight, bias } = layer.nn;
    const { length: n } = weight.get().dataSync();
    const counts = Array.from({ length: n }, (_, i) => i + 1);
    weight.set(tensor(counts, "f32").reshape(weight.shape));
    const [outputs] = weight.shape;
    bias?.set(
      tensor(counts.slice(0, outputs), "f32").mul(10),
    );
    return layer;
  }

  it("computes W x + b", () => {
    const layer = counted(new Linear(2, 3));
    assertEquals(layer([1, -1]).toArray(), [9, 19, 29]);
    assertEquals(
      counted(new Linear(2, 3, { bias: false }))([1, -1]).toArray(),
      [-1, -1, -1],
    );
  });

  it("takes and gives scalars", () => {
    assertEquals(counted(new Linear("scalar", 2))(3).toArray(), [13, 26]);
    assertEquals(counted(new Linear(2, "scalar"))([1, 1]).toArray(), 13);
    const both = counted(new Linear("scalar", "scalar"));
    assertEquals(both(tensor(2, "f32")).toArray(), 12);
  });

  it("refuses what is not one sample", () => {
    const message = (layer: Linear, x: Tensor) =>
      assertThrows(() => layer(x), ShapeError).message;
    const layer = new Linear(2, 32);
    assertEquals(
      message(layer, ones([32, 2])),
      "Cannot apply Linear(2, 32) to f32[32,2]: expected f32[2], one sample: " +
        "batch with pxf.vmap",
    );
    assertEquals(
      message(layer, ones([3])),
      "Cannot apply Linear(2, 32) to f32[3]: expected f32[2], one sample: " +
        "reshape it, or make the layer fit",
    );
    assertEquals(
      message(new Linear("scalar", 1), ones([4])),
      "Cannot apply Linear(scalar, 1) to f32[4]: expected f32[], one sample: " +
        "batch with pxf.vmap",
    );
  });

  it("is batched by vmap", () => {
    const layer = counted(new Linear(2, 3));
    const forward = vmap((x: Tensor) => layer(x), { inAxes: [0], outAxes: 0 });
    assertEquals(
      forward(tensor([[1, -1], [0, 1]], "f32")).toArray(),
      [[9, 19, 29], [12, 24, 36]],
    );
  });

  it("prints its params by path", () => {
    const text = `${new Linear(2, 32)}`;
    assert(text.includes(".nn.weight: LayerParam([32,2], float32)"), text);
    assert(text.includes(".nn.bias: LayerParam([32], float32)"), text);
    assert(!`${new Linear(2, 3, { bias: false })}`.includes("bias"));
  });
});

describe("Layer", () => {
  it("calls the module it wraps", () => {
    class Double extends Module<[Tensor], Tensor> {
      factor = new LayerParam(tensor(2, "f32"));
      override call(x: Tensor): Tensor {
        return x.mul(this.factor);
      }
    }
    const layer = new Layer(new Double());
    assertEquals(layer(ones([2])).toArray(), [2, 2]);
    assertEquals(
      `${layer}`.split("\n")[1],
      "  .nn.factor: LayerParam([], float32)",
    );
  });
});
