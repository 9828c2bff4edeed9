/**
 * A convolutional network against real pcax: three training steps of predictive
 * coding, on the reference device and on wasm.
 */
import { describe, it } from "node:test";
import { jax, optax, px, pxc, pxf, pxu, tensor } from "../../mod.ts";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import file from "../goldens/conv_pc_sgd.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";
import {
  layersOf,
  makeVgg,
  trainStep,
  type Vgg,
} from "../support/vgg_model.ts";

const golden = await loadGolden(file);
const { batch, T, steps } = file.meta;
const SHAPE = { channels: [3, 6, 8], size: 8, classes: file.meta.classes };

/** The paths of pcax's weights, in order. */
const PATHS = [
  ".feature_layers[0][0]",
  ".feature_layers[1][0]",
  ".classifier_layers[0][0]",
].flatMap((path) => [`${path}.nn.weight`, `${path}.nn.bias`]);

function assertWeights(model: Vgg, where: string): void {
  const weights = layersOf(model).flatMap(({ nn }) => [nn.weight, nn.bias!]);
  weights.forEach((w, i) => {
    golden.assertClose(`${where}${PATHS[i]}`, w.get().dataSync());
  });
}

function follow(): void {
  px.RKG.seed(file.meta.seed);
  const state = makeVgg(
    SHAPE,
    batch,
    optax.sgd(0.15, { momentum: 0.3 }),
    optax.sgd(0.02, { momentum: 0.9 }),
  );
  const { model, optimH } = state;
  assertWeights(model, "init/");
  const train = pxf.jit(trainStep, { staticArgnums: 0 });
  const images = Float32Array.from(golden.values("X"));
  const labels = golden.values("y");
  const { channels: [channels], size, classes } = SHAPE;
  const pixels = batch * channels * size * size;
  for (let s = 1; s <= steps; s++) {
    optimH.clear();
    optimH.init(new pxu.Mask(pxc.VodeParam).apply(model));
    const from = (s - 1) * batch;
    const x = tensor(images.slice((s - 1) * pixels, s * pixels))
      .reshape(batch, channels, size, size);
    const y = jax.nn.oneHot(
      tensor(Int32Array.from(labels.slice(from, from + batch))),
      classes,
    );
    const { e, y: [first, last], gradW } = train(T, x, y, state);
    golden.assertClose(`step${s}/e`, e.dataSync());
    golden.assertClose(`step${s}/y_init`, first.dataSync());
    golden.assertClose(`step${s}/y_final`, last.dataSync());
    gradW.forEach((g, i) =>
      golden.assertClose(`step${s}/grad${PATHS[i]}`, g.dataSync())
    );
    assertWeights(model, `step${s}/w`);
  }
}

describe("a convolutional network", () => {
  for (const name of ["reference", "wasm"] as const) {
    it(`follows pcax for three steps on ${name}`, { timeout: 60_000 }, () => {
      const device = defaultDevice();
      setDefaultDevice(openDevice(name));
      try {
        follow();
      } finally {
        setDefaultDevice(device);
      }
    });
  }
});
