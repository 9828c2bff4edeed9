/**
 * Two moons: a predictive coding network (PCN) from the first line to a picture
 * of what it learnt. It builds the model, trains it for 8 epochs, evaluates it,
 * saves and loads its weights, and predicts a grid of points.
 *
 *   npx -y bun@1.4.5 run examples/moons.ts
 *   deno run -A examples/moons.ts --plot moons.svg
 */
import {
  data,
  init,
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
import process from "node:process";
import { gpuOptions } from "./support/gpu.ts";
import { readOptions } from "./support/options.ts";
import { moonsSvg, moonsTerminal } from "./support/plot.ts";
import { startProgress } from "./support/progress.ts";

const options = readOptions(process.argv.slice(2));
const { batchSize, T } = options;
if (options.device !== "wasm") {
  const { name, description } = options.device === "webgpu"
    ? await init("webgpu", await gpuOptions())
    : await init(options.device);
  console.log(`Running on ${name}: ${description}`);
}

// Weights are drawn from px.RKG, the random key generator that everything uses
// by default. It starts from the time of day; with a seed, runs repeat.
px.RKG.seed(options.seed);

// ---------------------------------------------------------------- the model

/** A function of activations. */
type Activation = (x: Tensor) => Tensor;

/**
 * A stack of linear layers with a vode after each. The types tell what a call
 * takes and gives: a sample and its target (null to predict), and the output.
 */
class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  // Whatever is not a tensor to be trained or tracked is static.
  actFn: px.Static<Activation>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(
    inputDim: number,
    hiddenDim: number,
    outputDim: number,
    layerCount: number,
    actFn: Activation,
  ) {
    super();
    this.actFn = px.static(actFn);
    const hidden = Array.from({ length: layerCount - 1 }, () => hiddenDim);
    const sizes = [inputDim, ...hidden, outputDim];
    this.layers = sizes.slice(1).map((size, i) =>
      new pxnn.Linear(sizes[i], size)
    );
    // A vode holds a state h and is given an input u. Its energy is half the
    // squared distance of the two; a classifier ends in the cross entropy.
    this.vodes = [
      ...hidden.map((size) => new pxc.Vode([size])),
      new pxc.Vode([outputDim], pxc.ceEnergy),
    ];
    // Any attribute of a param is static metadata. This one is ours, not the
    // library's: below, inference leaves frozen states alone.
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    // `x = vode(u)` stores u and gives h. In the status INIT a vode also sets
    // h to u, so that this is an ordinary forward pass.
    for (const [i, layer] of this.layers.slice(0, -1).entries()) {
      x = this.vodes[i](this.actFn(layer(x)));
    }
    const output = this.vodes.at(-1)!;
    output(this.layers.at(-1)!(x));
    // During training the last state is fixed to the target. It is frozen, so
    // setting it once per minibatch, in the INIT pass, is enough.
    if (y !== null) output.set("h", y);
    return output.get("u");
  }
}

/** What the functions below are given by name, and so may change. */
interface Tracked {
  model: Model;
}

// The model is written for one sample; vmap batches it. Everything a vode holds
// has one value per sample (axis 0), the weights are shared (null).
const batched = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);

const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Tracked): Tensor => model(x, y),
  { mask: batched, inAxes: [0, 0], outAxes: 0 },
);

// The energy is averaged over the batch, which makes it one number.
const energy = pxf.vmap(
  (x: Tensor, { model }: Tracked): [Tensor, Tensor] => {
    const y = model(x, null);
    return [lax.pmean(model.energy(), "batch"), y];
  },
  { mask: batched, inAxes: 0, outAxes: [null, 0], axisName: "batch" },
);

// ------------------------------------------------- training and evaluation

/** Gradients with respect to the states that are not frozen. */
const stateGradients = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true }), [
    false,
    true,
  ]),
  hasAux: true,
});

/** Gradients with respect to the weights. */
const weightGradients = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
  hasAux: true,
});

// After each pass the cached inputs and energies of the vodes are cleared.
const clearParams = pxc.VodeParam.Cache;

// jit traces this function once and compiles what it computes; whatever is just
// JavaScript, like T, the loop and the console, takes part in the tracing only.
const trainOnBatch = pxf.jit(
  (
    T: number,
    x: Tensor,
    y: Tensor,
    { model, optimW, optimH }: Tracked & {
      optimW: pxu.Optim;
      optimH: pxu.Optim;
    },
  ): void => {
    console.log("Training!");
    model.train();

    // The INIT pass: states start where a forward pass puts them.
    {
      using _ = pxu.step(model, pxc.STATUS.INIT, { clearParams });
      forward(x, jax.nn.oneHot(y, 2), { model });
    }
    // Inference: the states move to where the energy is lower.
    for (let t = 0; t < T; t++) {
      using _ = pxu.step(model, pxc.STATUS.NONE, { clearParams });
      const [, gradients] = stateGradients(x, { model });
      optimH.step(model, gradients.model);
    }
    // Learning: with the states found, the weights do the same.
    using _ = pxu.step(model, pxc.STATUS.NONE, { clearParams });
    const [, gradients] = weightGradients(x, { model });
    optimW.step(model, gradients.model);
  },
  { staticArgnums: 0 },
);

// Without a target one forward pass is the prediction: no state disagrees.
const evalOnBatch = pxf.jit(
  (x: Tensor, y: Tensor, { model }: Tracked): [Tensor, Tensor] => {
    model.eval();
    using _ = pxu.step(model, pxc.STATUS.INIT, { clearParams });
    const classes = forward(x, null, { model }).argmax(-1);
    return [classes.equal(y).mean(), classes];
  },
);

/** The accuracy on all batches; they are read once all have been started. */
async function evaluate(
  batches: readonly data.Samples[],
  model: Model,
): Promise<number> {
  const results = batches.map(([x, y]) => evalOnBatch(x, y, { model })[0]);
  const accuracies = await Promise.all(results.map((r) => r.item()));
  return accuracies.reduce<number>((sum, a) => sum + Number(a), 0) /
    batches.length;
}

const percent = (x: number): string => `${(100 * x).toFixed(2)}%`;

// ------------------------------------------------------ model, optimisers

const newModel = (): Model => new Model(2, 32, 2, 3, jax.nn.leakyRelu);
const model = newModel();

// Optimisers look at the params there are, so the states have to exist: a pass
// on zeros makes them. Their shape depends on the batch size, as does all that
// was compiled: keep it the same.
{
  using _ = pxu.step(model, pxc.STATUS.INIT, { clearParams });
  forward(jnp.zeros([batchSize, 2]), null, { model });
}

// The energy is a mean over the batch, so the gradient of one sample's state
// comes divided by the batch size; multiplying the learning rate by it gives
// every sample a step of lr-h. Do this once: with another
// `optimH.step(..., { scaleByBatchSize: true })` the step would be 32 times
// that for batches of 32, inference would overshoot, and accuracy would end
// around 84%.
const optimH = new pxu.Optim(
  optax.sgd(options.lrH * batchSize),
  new pxu.Mask(pxc.VodeParam).apply(model),
);
const optimW = new pxu.Optim(
  optax.adamw(1e-2),
  new pxu.Mask(pxnn.LayerParam).apply(model),
);

// ------------------------------------------------------------ the training

const [X, y] = data.makeMoons({ nSamples: 1024, noise: 0.2, randomState: 42 });
const [XTest, yTest] = data.makeMoons({
  nSamples: 512,
  noise: 0.2,
  randomState: 0,
});
const trainBatches = data.batches(X, y, batchSize, { dropLast: true });
const testBatches = data.batches(XTest, yTest, batchSize, { dropLast: true });

const random = new data.PythonRandom(options.seed);
const progress = startProgress(options.epochs * trainBatches.length);
let steps = 0;
for (let epoch = 1; epoch <= options.epochs; epoch++) {
  random.shuffle(trainBatches);
  for (const [x, y] of trainBatches) {
    // "Training!" appears once, however often this is called.
    trainOnBatch(T, x, y, { model, optimW, optimH });
    if (++steps === 1) {
      const ms = performance.now().toFixed(0);
      progress.log(`First training step done ${ms} ms after the start`);
    }
  }
  const accuracy = await evaluate(testBatches, model);
  progress.log(
    `Epoch ${epoch}/${options.epochs} - Test Accuracy: ${percent(accuracy)}`,
  );
  await progress.advance(steps);
}
await progress.stop();

// -------------------------------------------------------- saving and loading

console.log(`\n${model}\n`);

// Loaded only now, so that training starts sooner.
const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
const { tmpdir } = await import("node:os");
const { join } = await import("node:path");

// The file holds the weights, as numpy arrays under their paths: pcax reads it.
const folder = await mkdtemp(join(tmpdir(), "moons-"));
await pxu.saveParams(model, join(folder, "model"));
const loaded = newModel();
await pxu.loadParams(loaded, join(folder, "model"));
await rm(folder, { recursive: true });

const accuracy = await evaluate(testBatches, loaded);
console.log(`Test accuracy of the loaded model: ${percent(accuracy)}`);

// --------------------------------------------------------------- the picture

// The states have one value for each of 32 samples, and the grid has 96 x 96:
// without the old states the model takes any number of samples.
loaded.clearParams(pxc.VodeParam);
const xs = jnp.linspace(-2.5, 2.5, 96);
const ys = jnp.linspace(-2, 2, 96);
const grid = jnp.stack(jnp.meshgrid([xs, ys])).reshape(2, -1).T;
const logits = ((): Tensor => {
  using _ = pxu.step(loaded, pxc.STATUS.INIT, { clearParams });
  return forward(grid, null, { model: loaded });
})();

const picture = {
  grid: {
    xs: await xs.data(),
    ys: await ys.data(),
    // The probability of class 1, which is drawn as a region from 1/2 on.
    prediction: await jax.nn.softmax(logits).slice(null, 1).data(),
  },
  points: { x: await XTest.data(), y: await yTest.data() },
};
console.log(moonsTerminal({ ...picture, color: process.stdout.isTTY }));
if (options.plot !== null) {
  const title = `Two moons: test accuracy ${percent(accuracy)}`;
  await writeFile(options.plot, await moonsSvg({ ...picture, title }));
  console.log(`The picture is in ${options.plot}`);
}
console.log(`Done in ${(performance.now() / 1000).toFixed(2)} s`);
