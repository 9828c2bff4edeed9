/**
 * Zero-divergence inference learning (Z-IL): with one inference step per layer,
 * and each layer changed at its own moment, predictive coding takes the very
 * steps of backpropagation. States start at the forward pass and have the
 * learning rate 1; at step t only the vode that the error has just reached moves,
 * and only the layer above it learns.
 *
 * With seeds 0 to 4 the test accuracy ends between 95.9 and 97.1 %, as by
 * backpropagation (`backprop.ts`).
 *
 * Song et al., Can the brain do backpropagation? NeurIPS 2020.
 *
 *   bun run examples/zil.ts
 */
import {
  data,
  jax,
  lax,
  optax,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
} from "../mod.ts";
import { start } from "./support/start.ts";

const { seed, quick } = await start(
  "zil",
  "Trains a network on the two moons, each layer at its own moment.",
);

class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  layers = [
    new pxnn.Linear(2, 32),
    new pxnn.Linear(32, 32),
    new pxnn.Linear(32, 2),
  ];
  vodes = [new pxc.Vode([32]), new pxc.Vode([32]), new pxc.Vode([2])];

  constructor() {
    super();
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    this.vodes.forEach((vode, i) => {
      const u = this.layers[i](x);
      x = vode(i < 2 ? jax.nn.leakyRelu(u) : u);
    });
    const output = this.vodes.at(-1)!;
    if (y !== null) output.set("h", y);
    return output.get("u");
  }
}

interface Tracked {
  model: Model;
}
const batched = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;
const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Tracked) => model(x, y),
  { mask: batched, inAxes: [0, 0], outAxes: 0 },
);
const energy = pxf.vmap((x: Tensor, { model }: Tracked) => {
  model(x, null);
  return lax.psum(model.energy(), "batch");
}, { mask: batched, inAxes: [0], outAxes: null, axisName: "batch" });

/** Gradients of one layer and, if there is one, of the vode below it. */
function gradientsOf(x: Tensor, layer: number, { model }: Tracked): unknown {
  // A mask is a tree like the model. All of it is false, but for what learns now.
  const mask = pxu.M(null).to([false, false]).apply(model);
  mask.layers[layer].nn.weight = true;
  mask.layers[layer].nn.bias = true;
  if (layer > 0) mask.vodes[layer - 1].h = true;
  const differentiate = pxf.valueAndGrad(energy, { mask: { model: mask } });
  return differentiate(x, { model })[1].model;
}

type Training = Tracked & { optimW: pxu.OptimTree; optimH: pxu.OptimTree };
const train = pxf.jit(
  (x: Tensor, y: Tensor, { model, optimW, optimH }: Training) => {
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
      forward(x, jax.nn.oneHot(y, 2), { model });
    });
    // The error goes down one layer with each step.
    for (let layer = 2; layer >= 0; layer--) {
      pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
        const gradients = gradientsOf(x, layer, { model });
        optimH.step(model, gradients, { allowNone: true });
        optimW.step(model, gradients, { scaleBy: 1 / x.shape[0] });
      });
    }
  },
);
const accuracyOf = pxf.jit((x: Tensor, y: Tensor, { model }: Tracked) => {
  model.clearParams(pxc.VodeParam);
  return pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(x, null, { model }).argmax(-1).equal(y).mean(),
  );
});

const batchSize = 64;
const [X, y] = data.makeMoons({ nSamples: 1024, noise: 0.2, randomState: 42 });
const [XTest, yTest] = data.makeMoons({
  nSamples: batchSize * 8,
  noise: 0.2,
  randomState: 0,
});
const batches = data.batches(X, y, batchSize);
const model = new Model();
pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
  forward(batches[0][0], null, { model });
});
// An optimiser for each layer and each vode: a part without gradients keeps its
// momentum as it is.
const optimW = new pxu.OptimTree(
  () => optax.sgd(0.2, { momentum: 0.9, nesterov: true }),
  (node) => node instanceof pxnn.Linear,
  new pxu.Mask(pxnn.LayerParam).apply(model),
);
const optimH = new pxu.OptimTree(
  () => optax.sgd(1),
  (node) => node instanceof pxc.Vode,
  new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true })).apply(model),
);
const random = new data.PythonRandom(seed);
for (let epoch = 1; epoch <= (quick ? 2 : 8); epoch++) {
  random.shuffle(batches);
  for (const [x, y] of batches) train(x, y, { model, optimW, optimH });
  const accuracies = await Promise.all(
    data.batches(XTest, yTest, batchSize).map(([x, y]) =>
      accuracyOf(x, y, { model }).item()
    ),
  );
  const mean = accuracies.reduce<number>((sum, a) => sum + Number(a), 0) /
    accuracies.length;
  console.log(`Epoch ${epoch}: test accuracy ${(100 * mean).toFixed(2)}%`);
}
