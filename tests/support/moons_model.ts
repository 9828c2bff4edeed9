/**
 * The two-moons network of the golden traces, and its training step with
 * everything the traces recorded.
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
import type { Golden } from "./npz.ts";

type Activation = (x: Tensor) => Tensor;

/** 2-32-32-2, cross entropy at the end. */
export class Model extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<Activation>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(act: Activation, dims: readonly number[] = [2, 32, 32, 2]) {
    super();
    const n = dims.length - 1;
    this.act = px.static(act);
    this.layers = dims.slice(1).map((d, i) => new pxnn.Linear(dims[i], d));
    this.vodes = dims.slice(1).map((d, i) =>
      i === n - 1 ? new pxc.Vode([d], pxc.ceEnergy) : new pxc.Vode([d])
    );
    this.vodes.at(-1)!.h.frozen = true;
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

/** A pass over a batch. */
export const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: { model: Model }) => model(x, y),
  { mask: batched, inAxes: [0, 0], outAxes: 0 },
);

/** Mean energy, the model's output, and each vode's energy. */
export const energy = pxf.vmap(
  (x: Tensor, { model }: { model: Model }): [Tensor, Tensor, Tensor[]] => {
    const y = model(x, null);
    const total = lax.pmean(model.energy().sum(), "batch");
    return [total, y, model.vodes.map((v) => v.energy())];
  },
  { mask: batched, inAxes: [0], outAxes: [null, 0, 0], axisName: "batch" },
);

const ofStates = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true }), [
    false,
    true,
  ]),
  hasAux: true,
});

const ofWeights = pxf.valueAndGrad(energy, {
  mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
  hasAux: true,
});

/** What a training step records. */
export interface Record {
  /** Energies of the T inference steps, then of the weight step. */
  e: Tensor;
  /** Per inference step and vode, the gradient with respect to h. */
  gradH: Tensor[][];
  /** Per moment (after init, after each inference step) and vode, h. */
  h: Tensor[][];
  /** Per vode, the energies per sample at each pass. */
  E: Tensor[][];
  /** Output after init and at the weight step. */
  y: Tensor[];
  /** Gradients of weight and bias, layer by layer. */
  gradW: Tensor[];
}

/** The tracked arguments of a training step. */
export interface TrainState {
  [name: string]: unknown;
  model: Model;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

/** One training step that hands out everything. */
export function trainStep(
  T: number,
  x: Tensor,
  y: Tensor,
  { model, optimW, optimH }: TrainState,
): Record {
  model.train();
  const record: Record = { e: x, gradH: [], h: [], E: [], y: [], gradW: [] };
  const clearParams = pxc.VodeParam.Cache;
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
    record.y.push(forward(x, y, { model }));
  });
  const states = () => model.vodes.map((v) => v.h.get());
  record.h.push(states());
  const energies: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    pxu.step(model, null, { clearParams }, () => {
      const [[e, , each], g] = ofStates(x, { model });
      energies.push(e);
      record.E.push(each);
      record.gradH.push(
        g.model.vodes.slice(0, -1).map((v: pxc.Vode) => v.h.get()),
      );
      optimH.step(model, g.model, { scaleByBatchSize: true });
      record.h.push(states());
    });
  }
  pxu.step(model, null, { clearParams }, () => {
    const [[e, out, each], g] = ofWeights(x, { model });
    energies.push(e);
    record.E.push(each);
    record.y.push(out);
    record.gradW = g.model.layers.flatMap((l: pxnn.Linear) => [
      l.nn.weight.get(),
      l.nn.bias!.get(),
    ]);
    optimW.step(model, g.model);
  });
  record.e = jnp.stack(energies);
  return record;
}

/** Model and optimizers as the golden runs made them. */
export function makeState(
  act: Activation,
  lrH: number,
  lrW: number,
): TrainState {
  px.RKG.seed(0);
  const model = new Model(act);
  pxu.step(model, pxc.STATUS.INIT, { clearParams: pxc.VodeParam.Cache }, () => {
    forward(jnp.zeros([32, 2]), null, { model });
  });
  const optimH = new pxu.Optim(
    optax.sgd(lrH),
    new pxu.Mask(pxc.VodeParam).apply(model),
  );
  const optimW = new pxu.Optim(
    optax.adamw(lrW),
    new pxu.Mask(pxnn.LayerParam).apply(model),
  );
  return { model, optimW, optimH };
}

/** Mini-batches of 32, inputs rounded to f32, targets one-hot. */
export function goldenBatches(golden: Golden): { x: Tensor; y: Tensor }[] {
  const X = golden.values("X_f64"), y = golden.values("y");
  return Array.from({ length: X.length / 64 }, (_, b) => {
    const labels = Int32Array.from(y.subarray(b * 32, b * 32 + 32));
    return {
      x: tensor(Float32Array.from(X.subarray(b * 64, b * 64 + 64)))
        .reshape(32, 2),
      y: jax.nn.oneHot(tensor(labels), 2),
    };
  });
}

/** Logits of the model for any number of points. */
export const predict = pxf.jit((x: Tensor, { model }: { model: Model }) => {
  model.eval();
  model.clearParams(pxc.VodeParam);
  return pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams: pxc.VodeParam.Cache },
    () => forward(x, null, { model }),
  );
});
