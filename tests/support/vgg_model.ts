/**
 * Convolutional networks as pcax users build them: blocks of convolution,
 * activation and pooling with a vode after each, and a classifier; and their
 * training step.
 */
import {
  jax,
  jnp,
  lax,
  type optax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
} from "../../mod.ts";

/** Sizes of a network over square images. */
export interface VggShape {
  /** Channels of the image, then of each block. */
  readonly channels: readonly number[];
  /** Height and width of the image; each block halves them. */
  readonly size: number;
  readonly classes: number;
}

/** VGG5 for images of 32x32x3. */
export const VGG5: VggShape = {
  channels: [3, 128, 256, 512, 512],
  size: 32,
  classes: 10,
};

/** Blocks of Conv2d, gelu and MaxPool2d, each with a vode; squared errors. */
export class Vgg extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<(x: Tensor) => Tensor>;
  features: [pxnn.Conv2d, pxnn.MaxPool2d][];
  classifier: pxnn.Linear;
  vodes: pxc.Vode[];

  constructor({ channels, size, classes }: VggShape) {
    super();
    const blocks = channels.slice(1);
    const sizeAfter = (i: number) => size / 2 ** (i + 1);
    this.act = px.static((x: Tensor) => jax.nn.gelu(x));
    this.features = blocks.map((outs, i) => [
      new pxnn.Conv2d(channels[i], outs, 3, { padding: 1 }),
      new pxnn.MaxPool2d(2, { stride: 2 }),
    ]);
    const last = sizeAfter(blocks.length - 1);
    this.classifier = new pxnn.Linear(blocks.at(-1)! * last * last, classes);
    this.vodes = [
      ...blocks.map((outs, i) =>
        new pxc.Vode([outs, sizeAfter(i), sizeAfter(i)])
      ),
      new pxc.Vode([classes]),
    ];
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    for (const [i, [conv, pool]] of this.features.entries()) {
      x = this.vodes[i](pool(this.act(conv(x))));
    }
    const last = this.vodes.at(-1)!;
    last(this.classifier(x.flatten()));
    if (y !== null) last.set("h", y);
    return last.get("u");
  }
}

type Of = { model: Vgg };

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);

/** A pass over a batch. */
export const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Of) => model(x, y),
  { mask, inAxes: [0, 0], outAxes: 0 },
);

const energy = pxf.vmap((x: Tensor, { model }: Of): [Tensor, Tensor] => {
  const y = model(x, null);
  return [lax.pmean(model.energy().sum(), "batch"), y];
}, { mask, inAxes: [0], outAxes: [null, 0], axisName: "batch" });

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

/** The tracked arguments of a training step. */
export interface VggState {
  [name: string]: unknown;
  model: Vgg;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

/** What a training step hands out. */
export interface VggRecord {
  /** Energies of the T inference steps, then of the weight step. */
  e: Tensor;
  /** Output after init and at the weight step. */
  y: Tensor[];
  /** Gradients of weight and bias, layer by layer. */
  gradW: Tensor[];
}

/** The layers with weights. */
export function layersOf(model: Vgg): (pxnn.Conv2d | pxnn.Linear)[] {
  return [...model.features.map(([conv]) => conv), model.classifier];
}

const clearParams = pxc.VodeParam.Cache;

/** One training step: T steps of inference, then learning. */
export function trainStep(
  T: number,
  x: Tensor,
  y: Tensor,
  { model, optimW, optimH }: VggState,
): VggRecord {
  model.train();
  const first = pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(x, y, { model }),
  );
  const energies: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    pxu.step(model, null, { clearParams }, () => {
      const [[e], g] = ofStates(x, { model });
      energies.push(e);
      optimH.step(model, g.model, { scaleByBatchSize: true });
    });
  }
  return pxu.step(model, null, { clearParams }, () => {
    const [[e, last], g] = ofWeights(x, { model });
    optimW.step(model, g.model);
    const gradW = layersOf(g.model as Vgg).flatMap(({ nn }) => [
      nn.weight.get(),
      nn.bias!.get(),
    ]);
    return { e: jnp.stack([...energies, e]), y: [first, last], gradW };
  });
}

/** A model with weights from `RKG`, and its optimisers. */
export function makeVgg(
  shape: VggShape,
  batch: number,
  ofH: optax.GradientTransformation,
  ofW: optax.GradientTransformation,
): VggState {
  const model = new Vgg(shape);
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
    const { channels, size } = shape;
    forward(jnp.zeros([batch, channels[0], size, size]), null, { model });
  });
  const optimH = new pxu.Optim(ofH, new pxu.Mask(pxc.VodeParam).apply(model));
  const weights = new pxu.Mask(pxnn.LayerParam).apply(model);
  return { model, optimH, optimW: new pxu.Optim(ofW, weights) };
}
