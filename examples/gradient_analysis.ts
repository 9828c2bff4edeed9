/**
 * What the learning rate of the states does in networks of different width:
 * accuracy on the two moons, and how large the gradients of the first weights
 * are beside those of the second. Inference carries the error down from the
 * output, so with few steps and small rates little of it arrives below.
 *
 * With seed 0 the widest network ends at 94.5 to 97.3 % after these 4 epochs, the
 * narrowest at 84 to 89 %, and in each the ratio of the variances grows with the
 * rate, from below 0.001 to between 0.3 and 0.6.
 *
 * Pinchetti et al., Benchmarking predictive coding networks made simple, 2024.
 *
 *   bun run examples/gradient_analysis.ts
 */
import {
  data,
  jax,
  jnp,
  lax,
  optax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
} from "../mod.ts";
import { start } from "./support/start.ts";

const { seed, quick } = await start(
  "gradient_analysis",
  "Compares widths and learning rates of the states on the two moons.",
);
const widths = quick ? [16] : [16, 32, 128];
const rates = quick ? [0.01, 0.1] : [0.001, 0.005, 0.01, 0.05, 0.1];
const [batchSize, T, epochs] = [64, 8, quick ? 1 : 4];

class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(width: number) {
    super();
    const sizes = [2, width, width, width, 2];
    this.layers = sizes.slice(1).map((n, i) => new pxnn.Linear(sizes[i], n));
    this.vodes = sizes.slice(1).map((n, i) =>
      i === 3 ? new pxc.Vode([n], pxc.ceEnergy) : new pxc.Vode([n])
    );
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    this.vodes.forEach((vode, i) => {
      const u = this.layers[i](x);
      x = vode(i < 3 ? jax.nn.leakyRelu(u) : u);
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
const free = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const byStates = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(free, [false, true]),
});
const byWeights = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
});

// The rate is a tensor, so trying another one compiles nothing.
type Training = Tracked & { optimW: pxu.Optim };
const train = pxf.jit(
  (x: Tensor, y: Tensor, rate: Tensor, { model, optimW }: Training) => {
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
      forward(x, jax.nn.oneHot(y, 2), { model });
    });
    const optimH = new pxu.Optim(
      optax.sgd(rate),
      new pxu.Mask(free).apply(model),
    );
    for (let t = 0; t < T; t++) {
      pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
        optimH.step(model, byStates(x, { model })[1].model);
      });
    }
    return pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
      const [, { model: gradients }] = byWeights(x, { model });
      optimW.step(model, gradients, { scaleBy: 1 / batchSize });
      // Gradients are trees like the model: here is that of one weight.
      const [first, second] = [0, 1].map((i) =>
        jnp.var(gradients.layers[i].nn.weight.get())
      );
      return first.div(second);
    });
  },
);
const accuracyOf = pxf.jit((x: Tensor, y: Tensor, { model }: Tracked) =>
  pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(x, null, { model }).argmax(-1).equal(y).mean(),
  )
);

const [X, y] = data.makeMoons({ nSamples: 512, noise: 0.2, randomState: 42 });
const [XTest, yTest] = data.makeMoons({
  nSamples: 256,
  noise: 0.2,
  randomState: 0,
});

console.log("width | rate of states | test accuracy | var(W1') / var(W2')");
for (const width of widths) {
  for (const rate of rates) {
    px.RKG.seed(seed);
    const model = new Model(width);
    const optimW = new pxu.Optim(
      optax.adamw(1e-2),
      new pxu.Mask(pxnn.LayerParam).apply(model),
    );
    const batches = data.batches(X, y, batchSize);
    const random = new data.PythonRandom(seed);
    let ratio = jnp.zeros([]);
    for (let epoch = 0; epoch < epochs; epoch++) {
      random.shuffle(batches);
      for (const [x, y] of batches) {
        ratio = train(x, y, jnp.asarray(rate), { model, optimW });
      }
    }
    model.clearParams(pxc.VodeParam);
    const [accuracy, last] = await Promise.all([
      accuracyOf(XTest, yTest, { model }).item(),
      ratio.item(),
    ]);
    console.log(
      `${String(width).padStart(5)} | ${String(rate).padStart(14)} | ` +
        `${(100 * Number(accuracy)).toFixed(2).padStart(12)}% | ` +
        `${Number(last).toFixed(3)}`,
    );
  }
}
