/**
 * A predictive coding network and its training step as the README teaches to
 * write them: a forward pass, `T` steps of inference, an update of the weights.
 *
 * @module
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
  tensor,
} from "../../mod.ts";

/** Sizes of the layers and the number of samples of a step. */
export interface Sizes {
  readonly dims: readonly number[];
  readonly batch: number;
}

/** How fast a network learns; the slope is that of leaky ReLU. */
export interface Rates {
  readonly lrH: number;
  readonly lrW: number;
  readonly weightDecay: number;
  readonly slope: number;
}

const RATES: Rates = { lrH: 0.01, lrW: 1e-3, weightDecay: 1e-4, slope: 0.01 };

class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<(x: Tensor) => Tensor>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(dims: readonly number[], slope: number) {
    super();
    const last = dims.length - 2;
    this.act = px.static((x: Tensor) => jax.nn.leakyRelu(x, slope));
    this.layers = dims.slice(1).map((d, i) => new pxnn.Linear(dims[i], d));
    this.vodes = dims.slice(1).map((d, i) =>
      i === last ? new pxc.Vode([d], pxc.ceEnergy) : new pxc.Vode([d])
    );
    this.vodes[last].h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    const last = this.vodes.length - 1;
    for (let i = 0; i < last; i++) {
      x = this.vodes[i](this.act(this.layers[i](x)));
    }
    this.vodes[last](this.layers[last](x));
    if (y !== null) this.vodes[last].set("h", y);
    return this.vodes[last].get("u");
  }
}

const batched = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);

const forward = pxf.vmap(
  (x: Tensor, y: Tensor, { model }: { model: Model }) => model(x, y),
  { mask: batched },
);

const energy = pxf.vmap(
  (x: Tensor, { model }: { model: Model }): Tensor => {
    model(x, null);
    return lax.pmean(model.energy(), "batch");
  },
  { mask: batched, outAxes: null, axisName: "batch" },
);

const states = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const ofStates = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(states, [false, true]),
});
const ofWeights = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
});

/** What a training step changes. */
export interface Training {
  [name: string]: unknown;
  model: Model;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

/** A training step around an inference. */
function stepAround(
  x: Tensor,
  y: Tensor,
  { model, optimW }: Training,
  infer: () => void,
): Tensor {
  const clearParams = pxc.VodeParam.Cache;
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
    forward(x, y, { model });
  });
  infer();
  return pxu.step(model, null, { clearParams }, () => {
    const [e, g] = ofWeights(x, { model });
    optimW.step(model, g.model);
    return e;
  });
}

/** One step of inference. */
function relax(x: Tensor, { model, optimH }: Training): void {
  const clearParams = pxc.VodeParam.Cache;
  pxu.step(model, null, { clearParams }, () => {
    const [, g] = ofStates(x, { model });
    optimH.step(model, g.model);
  });
}

/** One training step; the energy before the update of the weights. */
export function trainStep(
  T: number,
  x: Tensor,
  y: Tensor,
  training: Training,
): Tensor {
  return stepAround(x, y, training, () => {
    for (let t = 0; t < T; t++) relax(x, training);
  });
}

/** The same with inference in a loop of the Program. */
export function trainScanned(
  T: number,
  x: Tensor,
  y: Tensor,
  training: Training,
): Tensor {
  return stepAround(x, y, training, () => {
    const body = (_: null, training: Training) => {
      relax(x, training);
      return [[], null];
    };
    pxf.scan(body, { length: T })(training);
  });
}

/** A new model, its states made by a pass over zeros, and two optimisers. */
export function makeTraining(
  { dims, batch }: Sizes,
  { lrH, lrW, weightDecay, slope }: Rates = RATES,
): Training {
  const model = new Model(dims, slope);
  const x = jnp.zeros([batch, dims[0]]);
  const y = jnp.zeros([batch, dims[dims.length - 1]]);
  pxu.step(model, pxc.STATUS.INIT, { clearParams: pxc.VodeParam.Cache }, () => {
    forward(x, y, { model });
  });
  const weights = new pxu.Mask(pxnn.LayerParam).apply(model);
  const hidden = new pxu.Mask(pxc.VodeParam).apply(model);
  return {
    model,
    optimH: new pxu.Optim(optax.sgd(lrH * batch), hidden),
    optimW: new pxu.Optim(optax.adamw(lrW, { weightDecay }), weights),
  };
}

/** A batch of some numbers, and their classes one-hot. */
export function makeBatch({ dims, batch }: Sizes): [Tensor, Tensor] {
  const classes = dims[dims.length - 1];
  const x = Float32Array.from(
    { length: batch * dims[0] },
    (_, i) => Math.sin(i),
  );
  const y = Float32Array.from(
    { length: batch * classes },
    (_, i) => Math.floor(i / classes) % classes === i % classes ? 1 : 0,
  );
  return [
    tensor(x).reshape(batch, dims[0]),
    tensor(y).reshape(batch, classes),
  ];
}
