/**
 * Monte Carlo predictive coding: with noise in the inference of states they do
 * not settle but sample, so the network learns a distribution. Here the data are
 * normal with mean 1 and deviation 2, and the network a single linear path: what
 * it generates after training should be as normal as that.
 *
 * With seeds 0 to 4 the Wasserstein distance between generated numbers and data
 * ends between 0.06 and 0.18; before training it is above 1.
 *
 * Oliviers et al., Learning probability distributions of sensory inputs with
 * Monte Carlo predictive coding, 2024.
 *
 *   bun run examples/mcpc.ts
 */
import {
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

const { quick } = await start(
  "mcpc",
  "Learns a normal distribution by sampling its states.",
);
const [batchSize, T, steps] = [64, 50, quick ? 20 : 300];
const [mean, deviation] = [1, 2];

class Model extends pxc.EnergyModule<[Tensor | null], Tensor> {
  layer = new pxnn.Linear(1, 1);
  latent: pxc.Vode = new pxc.Vode([1], pxc.seEnergy, {
    // The prior is normal, around 0: that is what comes in, always.
    ruleset: { init: "h, u <- u" },
  });
  output: pxc.Vode = new pxc.Vode([1]);

  override call(x: Tensor | null): Tensor {
    const h = this.latent(jnp.zeros([1]));
    this.output(this.layer(h));
    if (x !== null) this.output.set("h", x);
    return this.output.get("u");
  }
}

interface Tracked {
  model: Model;
}
const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;
const see = pxf.vmap((x: Tensor, { model }: Tracked) => model(x), {
  mask,
  inAxes: [0],
  outAxes: 0,
});
const energy = pxf.vmap((_: Tensor, { model }: Tracked) => {
  model(null);
  return lax.psum(model.energy(), "batch");
}, { mask, inAxes: [0], outAxes: null, axisName: "batch" });

const frozen = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const byStates = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(frozen, [false, true]),
});
const byWeights = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
});

// Langevin dynamics: gradient descent with noise of the variance 2 / rate, so
// that after the learning rate each step has the variance 2 rate.
const rate = 0.05;
const langevin = (seed: Tensor) =>
  optax.chain(optax.addNoise(2 / rate, 0, seed), optax.scale(-rate));

const train = pxf.jit(
  (x: Tensor, { model, optimW }: Tracked & { optimW: pxu.Optim }) => {
    model.output.h.frozen = true;
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => see(x, { model }));
    const optimH = new pxu.Optim(
      langevin(px.RKG()),
      new pxu.Mask(frozen).apply(model),
    );
    pxf.scan((_: null, { model, optimH }: Tracked & { optimH: pxu.Optim }) => {
      pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
        optimH.step(model, byStates(x, { model })[1].model);
      });
      return [[], null];
    }, { length: T })({ model, optimH });
    pxu.step(model, pxc.STATUS.NONE, { clearParams }, () => {
      const [, gradients] = byWeights(x, { model });
      optimW.step(model, gradients.model, { scaleBy: 1 / batchSize });
    });
  },
);

/** What the model generates: a latent of its prior, the layer, and noise. */
const generate = pxf.jit((key: Tensor, { model }: Tracked) => {
  const [latent, noise] = [0, 1].map((i) =>
    jax.random.normal(jax.random.foldIn(key, i), [4096, 1])
  );
  const { weight, bias } = model.layer.nn;
  return latent.mul(weight.get()).add(bias!.get()).add(noise).reshape(-1);
});

/** The Wasserstein distance of samples, one sorted against the other. */
async function distance(model: Model): Promise<number> {
  const made = jnp.sort(generate(jax.random.key(3), { model }));
  const real = jnp.sort(
    jax.random.normal(jax.random.key(4), [4096]).mul(deviation).add(mean),
  );
  return Number(await made.sub(real).abs().mean().item());
}

const model = new Model();
const optimW = new pxu.Optim(
  optax.adam(5e-2),
  new pxu.Mask(pxnn.LayerParam).apply(model),
);
console.log(`Before training: distance ${(await distance(model)).toFixed(3)}`);
for (let step = 1; step <= steps; step++) {
  const x = jax.random.normal(px.RKG(), [batchSize, 1]).mul(deviation)
    .add(mean);
  train(x, { model, optimW });
  if (step % 100 !== 0 && step !== steps) continue;
  const found = Array.from(
    await generate(jax.random.key(5), { model }).data(),
    Number,
  );
  const average = found.reduce((sum, v) => sum + v, 0) / found.length;
  const spread = Math.sqrt(
    found.reduce((sum, v) => sum + (v - average) ** 2, 0) / found.length,
  );
  console.log(
    `Step ${step}: mean ${average.toFixed(2)}, deviation ` +
      `${spread.toFixed(2)}, distance ${(await distance(model)).toFixed(3)}`,
  );
}
