import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Module, RandomKeyGenerator } from "../../src/core/mod.ts";
import { valueAndGrad, vmap } from "../../src/functional/mod.ts";
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  Conv,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose,
  LayerParam,
  Linear,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "../../src/nn/mod.ts";
import { jax, ones, random, type Tensor, tensor } from "../../src/numpy/mod.ts";
import { Mask } from "../../src/utils/mod.ts";
import rngGolden from "../goldens/rng.json" with { type: "json" };
import zooGolden from "../goldens/zoo_windows.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(zooGolden);
const rng = await loadGolden(rngGolden);

type Layer = Module<[Tensor], Tensor>;

/** The layers of the golden file; `meta` there tells what pcax was given. */
const LAYERS: Record<string, () => Layer> = {
  conv1d: () => new Conv1d(3, 4, 3, { padding: 1 }),
  conv1d_s2_d2: () =>
    new Conv(1, 3, 4, 3, { stride: 2, padding: 2, dilation: 2 }),
  conv2d: () => new Conv2d(3, 8, 3),
  conv2d_s1p1: () =>
    new Conv2d(3, 6, [3, 3], { stride: [1, 1], padding: [1, 1] }),
  conv2d_s2p1: () => new Conv2d(3, 6, 3, { stride: 2, padding: 1 }),
  conv2d_asym: () =>
    new Conv2d(2, 5, [3, 2], { stride: [2, 1], padding: [[1, 0], [0, 1]] }),
  conv2d_groups2: () => new Conv2d(4, 6, 3, { padding: 1, groups: 2 }),
  conv2d_depthwise: () => new Conv2d(4, 8, 3, { padding: 1, groups: 4 }),
  conv2d_dil2: () => new Conv2d(2, 3, 3, { padding: 2, dilation: 2 }),
  conv2d_nobias: () => new Conv2d(2, 3, 1, { useBias: false }),
  conv2d_5x5: () => new Conv2d(3, 4, 5, { stride: 2, padding: 2 }),
  conv2d_same: () => new Conv2d(2, 3, 4, { stride: 2, padding: "SAME" }),
  conv2d_valid: () => new Conv2d(2, 3, 2, { stride: 2, padding: "VALID" }),
  conv3d: () => new Conv3d(2, 3, 2),
  conv3d_s2p1: () => new Conv3d(2, 3, 3, { stride: 2, padding: 1 }),
  convT1d: () =>
    new ConvTranspose(1, 3, 4, 3, { stride: 2, padding: 1, outputPadding: 1 }),
  convT2d: () => new ConvTranspose(2, 3, 4, 3),
  convT2d_s2p1o1: () =>
    new ConvTranspose(2, 4, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
  convT2d_k5s2p2o1: () =>
    new ConvTranspose(2, 4, 3, 5, { stride: 2, padding: 2, outputPadding: 1 }),
  convT2d_dil2: () =>
    new ConvTranspose(2, 2, 3, 3, { padding: 1, dilation: 2 }),
  convT2d_groups2: () =>
    new ConvTranspose(2, 4, 6, 3, {
      stride: 2,
      padding: 1,
      outputPadding: 1,
      groups: 2,
    }),
  convT2d_nobias: () =>
    new ConvTranspose(2, 2, 2, 2, { stride: 2, useBias: false }),
  convT3d: () =>
    new ConvTranspose(3, 2, 2, 3, { stride: 2, padding: 1, outputPadding: 1 }),
  maxpool2d: () => new MaxPool2d(2, { stride: 2 }),
  maxpool2d_default_stride: () => new MaxPool2d(2),
  maxpool2d_k3s2p1: () => new MaxPool2d(3, { stride: 2, padding: 1 }),
  maxpool2d_odd: () => new MaxPool2d(2, { stride: 2 }),
  maxpool2d_ceil: () => new MaxPool2d(2, { stride: 2, useCeil: true }),
  maxpool2d_asym: () =>
    new MaxPool2d([3, 2], { stride: [2, 1], padding: [[1, 0], [0, 1]] }),
  maxpool2d_ties: () => new MaxPool2d(2, { stride: 2 }),
  maxpool2d_ties_overlap: () => new MaxPool2d(3, { padding: 1 }),
  avgpool2d: () => new AvgPool2d(2, { stride: 2 }),
  avgpool2d_k3s2p1: () => new AvgPool2d(3, { stride: 2, padding: 1 }),
  avgpool2d_ceil: () => new AvgPool2d(2, { stride: 2, useCeil: true }),
  avgpool2d_overlap: () => new AvgPool2d(3),
  maxpool1d: () => new MaxPool1d(2, { stride: 2 }),
  avgpool1d: () => new AvgPool1d(3, { stride: 2 }),
  maxpool3d: () => new MaxPool3d(2, { stride: 2 }),
  avgpool3d: () => new AvgPool3d(2),
  adaptive_avgpool2d: () => new AdaptiveAvgPool2d([2, 3]),
  adaptive_avgpool2d_1: () => new AdaptiveAvgPool2d(1),
  adaptive_maxpool2d: () => new AdaptiveMaxPool2d([2, 3]),
};

function given(name: string): Tensor {
  const { shape, data } = golden.get(name, "f64");
  return tensor(Float32Array.from(data as Float64Array)).reshape(shape);
}

function assertGolden(name: string, x: Tensor): void {
  assertEquals([...x.shape], golden.get(name, "f64").shape, name);
  golden.assertClose(name, x.dataSync());
}

type Weights = { nn: { weight?: LayerParam; bias?: LayerParam | null } };

function setWeights(layer: Layer, name: string): [string, LayerParam][] {
  const { weight, bias } = (layer as unknown as Weights).nn;
  const params: [string, LayerParam][] = [];
  if (weight) params.push([".nn.weight", weight]);
  if (bias) params.push([".nn.bias", bias]);
  for (const [path, param] of params) {
    const value = given(`${name}/param/${path}`);
    assertEquals([...param.shape], [...value.shape], `${name}${path}`);
    param.set(value);
  }
  return params;
}

describe("layers with windows", () => {
  it("are those of the golden file, all of them", () => {
    const names = Object.keys(zooGolden.meta.config);
    assertEquals(Object.keys(LAYERS).sort(), names.sort());
  });
  for (const [name, make] of Object.entries(LAYERS)) {
    it(`${name} computes what pcax computes, with gradients`, () => {
      const layer = make();
      const params = setWeights(layer, name);
      const R = given(`${name}/R`);
      const x = given(`${name}/x`);
      assertGolden(`${name}/y`, layer(x));
      const [, pullback] = jax.vjp((x: Tensor) => layer(x), x);
      assertGolden(`${name}/grad_x`, pullback(R)[0]);
      if (params.length === 0) return;
      const [, g] = valueAndGrad(
        (x: Tensor, { layer }: { layer: Layer }) => layer(x).mul(R).sum(),
        { mask: new Mask(LayerParam, [false, true]) },
      )(x, { layer });
      const gradients = (g.layer as unknown as Weights).nn;
      for (const [path] of params) {
        const part = path === ".nn.weight" ? gradients.weight : gradients.bias;
        assertGolden(`${name}/grad/${path}`, part!.get());
      }
    });
  }
  for (const seed of [0, 1, 42]) {
    it(`Conv2d starts as in equinox, bit by bit: seed ${seed}`, () => {
      const rkg = new RandomKeyGenerator(seed);
      new Linear(2, 32, { rkg });
      const { weight, bias } = new Conv2d(3, 8, 3, { rkg }).nn;
      const at = (
        name: string,
      ) => [
        ...rng.values(`part1/seed${seed}/then_Conv2d(3,8,3).${name}`, "f32"),
      ];
      assertEquals([...weight.get().dataSync()], at("weight"));
      assertEquals([...bias!.get().dataSync()], at("bias"));
      assertEquals(bias!.shape, [8, 1, 1]);
    });
  }
  it("are batched by vmap", () => {
    const conv = new Conv2d(2, 3, 3, { padding: 1 });
    const pool = new MaxPool2d(2, { stride: 2 });
    const x = random.normal(random.key(1), [5, 2, 4, 4]);
    const all = vmap((x: Tensor) => pool(conv(x)), { inAxes: [0], outAxes: 0 });
    const y = all(x);
    assertEquals(y.shape, [5, 3, 2, 2]);
    const third = pool(conv(x.slice(2)));
    const difference = y.slice(2).sub(third).abs().max();
    assert(Number(difference.toArray()) < 1e-6);
  });
  it("print their weights", () => {
    assertEquals(
      `${new Conv2d(2, 3, [3, 5])}`,
      "(Conv2d):\n" +
        "  .nn.weight: LayerParam([3,2,3,5], float32)\n" +
        "  .nn.bias: LayerParam([3,1,1], float32)",
    );
  });
  it("say what does not fit", () => {
    const error = (message: string, body: () => unknown) =>
      assertThrows(body, Error, message);
    error(
      "Cannot apply Conv(2, 3, 4) to f32[8,3,9,9]: expected f32[3,h,w], one " +
        "sample: batch with pxf.vmap",
      () => new Conv2d(3, 4, 3)(ones([8, 3, 9, 9])),
    );
    error(
      "Cannot apply Conv(1, 3, 4) to f32[2,9]: expected f32[3,w], one sample: " +
        "reshape it, or make the layer fit",
      () => new Conv1d(3, 4, 3)(ones([2, 9])),
    );
    error(
      "Cannot make Conv(2, 3, 4) with 2 groups, expected numbers of channels " +
        "that are multiples of it",
      () => new Conv2d(3, 4, 3, { groups: 2 }),
    );
    error(
      "Cannot make a layer: stride [1,2,3] was given, expected an integer from " +
        "1, or 2, one per spatial axis",
      () => new Conv2d(3, 4, 3, { stride: [1, 2, 3] }),
    );
    error(
      "Cannot make a layer: padding [1] was given, expected an integer or 2 " +
        "integers or pairs, one per spatial axis",
      () => new Conv2d(3, 4, 3, { padding: [1] }),
    );
    error(
      "Cannot make a pooling layer: padding [[3,3],[3,3]] was given, expected " +
        "none larger than the window [2,2]",
      () => new MaxPool2d(2, { padding: 3 }),
    );
    error(
      "Cannot make a ConvTranspose: outputPadding [1,1] was given, expected " +
        "less than the stride [1,1]",
      () => new ConvTranspose(2, 1, 1, 3, { outputPadding: 1 }),
    );
    error(
      "Cannot pool f32[2,3,3] to [4,4]: axis 1 has size 3, expected at least 4",
      () => new AdaptiveAvgPool2d(4)(ones([2, 3, 3])),
    );
    error(
      "Cannot apply MaxPool to f32[4]: expected f32[c,h,w], one sample",
      () => new MaxPool2d(2)(ones([4])),
    );
  });
});
