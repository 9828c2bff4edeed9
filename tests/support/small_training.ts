/**
 * A small predictive coding network on the two moons, for runtimes where the
 * tests do not run: pages and bundles. It avoids what they may lack.
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
} from "../../mod.ts";

/** What came out. */
export interface Trained {
  /** Share of the test set that the network gets right, loaded from its file. */
  readonly accuracy: number;
  /** Paths of the params in the file. */
  readonly keys: readonly string[];
}

const BATCH_SIZE = 32;
const INFERENCE_STEPS = 8;
const EPOCHS = 4;

class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  layers = [new pxnn.Linear(2, 32), new pxnn.Linear(32, 2)];
  vodes = [new pxc.Vode([32]), new pxc.Vode([2], pxc.ceEnergy)];

  override call(x: Tensor, y: Tensor | null): Tensor {
    const [state, output] = this.vodes;
    const h = state(jax.nn.leakyRelu(this.layers[0](x)));
    output(this.layers[1](h));
    if (y !== null) output.set("h", y);
    return output.get("u");
  }
}

interface Tracked {
  model: Model;
}

interface Training extends Tracked {
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;

const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Tracked): Tensor => model(x, y),
  { mask },
);

const energy = pxf.vmap((x: Tensor, { model }: Tracked): Tensor => {
  model(x, null);
  return lax.pmean(model.energy(), "batch");
}, { mask, outAxes: null, axisName: "batch" });

const stateGradients = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true }), [
    false,
    true,
  ]),
});

const weightGradients = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
});

// Engines without `using` pass what to do in the step as a function.
const train = pxf.jit(
  (x: Tensor, y: Tensor, { model, optimW, optimH }: Training): void => {
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
      forward(x, jax.nn.oneHot(y, 2), { model });
    });
    for (let t = 0; t < INFERENCE_STEPS; t++) {
      pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
        const [, gradients] = stateGradients(x, { model });
        optimH.step(model, gradients.model, { scaleByBatchSize: true });
      });
    }
    pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
      const [, gradients] = weightGradients(x, { model });
      optimW.step(model, gradients.model);
    });
  },
);

const predict = pxf.jit((x: Tensor, { model }: Tracked): Tensor =>
  pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(x, null, { model }).argmax(-1),
  )
);

/** Trains on the default device, which need not be readable at once. */
export async function trainMoons(): Promise<Trained> {
  px.RKG.seed(0);
  const model = new Model();
  model.vodes[1].h.frozen = true;
  predict(jnp.zeros([BATCH_SIZE, 2]), { model });
  const optimW = new pxu.Optim(
    optax.adamw(1e-2),
    new pxu.Mask(pxnn.LayerParam).apply(model),
  );
  const optimH = new pxu.Optim(
    optax.sgd(1e-2),
    new pxu.Mask(pxc.VodeParam).apply(model),
  );

  const training = data.makeMoons({
    nSamples: 1024,
    noise: 0.2,
    randomState: 42,
  });
  const shuffle = new data.PythonRandom(0);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const [x, y] of data.batches(...training, BATCH_SIZE, { shuffle })) {
      train(x, y, { model, optimW, optimH });
    }
  }

  // Files are compressed by the browser; a file that were read wrongly would
  // show in the accuracy.
  const loaded = new Model();
  await pxu.decodeParams(loaded, await pxu.encodeParams(model));
  const [x, y] = data.makeMoons({ nSamples: 512, noise: 0.2, randomState: 0 });
  const accuracy = predict(x, { model: loaded }).equal(y).mean();
  return {
    accuracy: Number(await accuracy.item()),
    keys: px.paramsOf(loaded)
      .filter(({ param }) => param instanceof pxnn.LayerParam)
      .map(({ path }) => path),
  };
}
