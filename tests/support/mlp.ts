/**
 * Perceptrons with a vode after each layer, and what the tests of algorithms do
 * with them. The weights of fixtures are given by a formula.
 */
import {
  jnp,
  lax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";

type Activation = (x: Tensor) => Tensor;

/** A perceptron whose target is `u - beta (u - y)`, fixed at the first pass. */
export class Mlp extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<Activation>;
  beta: px.Static<number>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(
    dims: readonly number[],
    act: Activation,
    beta = 1,
    options: readonly pxc.VodeOptions[] = [],
  ) {
    super();
    this.act = px.static(act);
    this.beta = px.static(beta);
    this.layers = dims.slice(1).map((d, i) => new pxnn.Linear(dims[i], d));
    this.vodes = dims.slice(1).map((d, i) => new pxc.Vode([d], options[i]));
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    const last = this.vodes.at(-1)!;
    this.layers.forEach((layer, i) => {
      const vode = this.vodes[i];
      const u = layer(x);
      x = vode(vode === last ? u : this.act(u));
    });
    const u = last.get("u");
    if (y !== null) last.set("h", u.sub(u.sub(y).mul(this.beta.get())));
    return u;
  }
}

/** `s sin(1 + 13 k + 7 i)` for the i-th element: the data of the fixtures. */
export function formula(shape: readonly number[], k: number, s = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from(
    { length: size },
    (_, i) => s * Math.sin(1 + 13 * k + 7 * i),
  );
  return tensor(data).reshape(...shape);
}

/** Gives the layers the weights of the fixtures, of size `s`; no biases. */
export function setWeights(model: Mlp, s: number): void {
  model.layers.forEach(({ nn }, i) => {
    nn.weight.set(formula(nn.weight.shape, i + 1, s));
    nn.bias!.set(jnp.zeros(nn.bias!.shape));
  });
}

type Of = { model: Mlp };

const clearParams = pxc.VodeParam.Cache;
const axes = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);

/** A pass over a batch; with a target that is set. */
export const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Of) => model(x, y),
  { mask: axes, inAxes: [0, 0] },
);

/** The energy of a batch, and of each vode. */
export const energy = pxf.vmap((x: Tensor, { model }: Of): [
  Tensor,
  Tensor[],
] => {
  model(x, null);
  const sum = (e: Tensor) => lax.psum(e, "batch");
  return [sum(model.energy()), model.vodes.map((v) => sum(v.energy()))];
}, { mask: axes, inAxes: [0], outAxes: [null, null], axisName: "batch" });

/** What is clamped is left out. */
export const free: pxu.MaskExpression = pxu.m(pxc.VodeParam)
  .hasNot({ frozen: true });

/** The energies of a pass, and gradients of what a filter means. */
export function gradients(
  filter: pxu.Filter,
  x: Tensor,
  model: Mlp,
): [sum: Tensor, each: Tensor[], gradients: Mlp] {
  // Without a step, so that vodes keep the statuses they are given.
  const [[sum, each], g] = pxf.valueAndGrad(energy, {
    mask: new pxu.Mask(filter, [false, true]),
    hasAux: true,
  })(x, { model });
  model.clearParams(clearParams);
  return [sum, each, g.model];
}

/** Begins with a pass forward, and clamps the target. */
export function start(x: Tensor, y: Tensor, model: Mlp): Tensor {
  return pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(x, y, { model }),
  );
}

/** `steps` of gradient descent on the states, as one loop. */
export function settle(
  x: Tensor,
  model: Mlp,
  rate: number,
  steps: number,
): void {
  pxf.scan((_: null, x: Tensor, { model }: Of) => {
    const [, , g] = gradients(free, x, model);
    model.vodes.slice(0, -1).forEach(({ h }, i) =>
      h.set(h.sub(g.vodes[i].h.mul(rate)))
    );
    return [x, null];
  }, { length: steps })(x, { model });
}

/** Gradients of weight and bias, layer by layer. */
export function weightGradients(x: Tensor, model: Mlp): Tensor[] {
  const [, , g] = gradients(pxnn.LayerParam, x, model);
  return g.layers.flatMap(({ nn }) => [nn.weight.get(), nn.bias!.get()]);
}
