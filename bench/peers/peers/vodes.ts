/**
 * vodes, written as its README teaches: modules, vodes and transforms, one
 * jitted call per training step. The key chain of the random state is part of
 * the step, as in any program written that way.
 *
 * @module
 */
import {
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
  tensor,
} from "../../../mod.ts";
import type {
  Batch,
  Floats,
  Layer,
  Peer,
  Trainer,
  Workload,
} from "../lib/types.ts";

class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<(x: Tensor) => Tensor>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor({ dims, slope }: Workload) {
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
    for (const [i, vode] of this.vodes.slice(0, -1).entries()) {
      x = vode(this.act(this.layers[i](x)));
    }
    const last = this.vodes.at(-1)!;
    last(this.layers.at(-1)!(x));
    if (y !== null) last.set("h", y);
    return last.get("u");
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

const ofStates = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true }), [
    false,
    true,
  ]),
});

const ofWeights = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
});

interface State {
  [name: string]: unknown;
  model: Model;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

function trainStep(
  T: number,
  x: Tensor,
  y: Tensor,
  { model, optimW, optimH }: State,
): Tensor {
  const clearParams = pxc.VodeParam.Cache;
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
    forward(x, y, { model });
  });
  for (let t = 0; t < T; t++) {
    pxu.step(model, null, { clearParams }, () => {
      const [, g] = ofStates(x, { model });
      optimH.step(model, g.model);
    });
  }
  return pxu.step(model, null, { clearParams }, () => {
    const [e, g] = ofWeights(x, { model });
    optimW.step(model, g.model);
    return e;
  });
}

function makeTrainer(work: Workload, layers: Layer[]): Trainer {
  const { dims, batch, T, lrH, lrW, weightDecay } = work;
  const model = new Model(work);
  model.layers.forEach(({ nn }, i) => {
    nn.weight.set(tensor(layers[i].w).reshape(dims[i + 1], dims[i]));
    nn.bias!.set(tensor(layers[i].b));
  });
  const x0 = jnp.zeros([batch, dims[0]]);
  const y0 = jnp.zeros([batch, dims.at(-1)!]);
  pxu.step(model, pxc.STATUS.INIT, { clearParams: pxc.VodeParam.Cache }, () => {
    forward(x0, y0, { model });
  });
  const state: State = {
    model,
    optimH: new pxu.Optim(
      optax.sgd(lrH * batch),
      new pxu.Mask(pxc.VodeParam).apply(model),
    ),
    optimW: new pxu.Optim(
      optax.adamw(lrW, { weightDecay }),
      new pxu.Mask(pxnn.LayerParam).apply(model),
    ),
  };
  const step = pxf.jit(trainStep, { staticArgnums: 0 });
  return {
    step({ x, y }: Batch): number {
      const e = step(
        T,
        tensor(x).reshape(batch, dims[0]),
        tensor(y).reshape(batch, dims.at(-1)!),
        state,
      );
      return e.dataSync()[0];
    },
    weights: (): Layer[] =>
      model.layers.map(({ nn }) => ({
        w: nn.weight.get().dataSync() as Floats,
        b: nn.bias!.get().dataSync() as Floats,
      })),
  };
}

/** Opens vodes on `wasm`, or `wasm-2` with so many threads. */
export async function open(variant: string): Promise<Peer> {
  const [name, threads = "1"] = variant.split("-");
  const device = await init(name as "wasm", { threads: Number(threads) });
  return {
    info: `${device.name}, ${device.description}, jitted step`,
    trainer: makeTrainer,
    matmul(n, a, b) {
      const x = tensor(a).reshape(n, n), y = tensor(b).reshape(n, n);
      const product = pxf.jit((x: Tensor, y: Tensor) => x.matmul(y));
      let last = new Float32Array(0);
      return {
        run: () => {
          last = product(x, y).dataSync() as Floats;
        },
        result: () => last,
      };
    },
  };
}
