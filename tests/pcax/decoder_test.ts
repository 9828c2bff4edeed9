/**
 * The decoder of the tutorial against pcax: states that start at zero, a mode
 * that passes inputs on, and a loss of what is reconstructed.
 */
import { assertEquals } from "@std/assert";
import { describe } from "node:test";
import {
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
import file from "../goldens/decoder.json" with { type: "json" };
import { onReferenceToo } from "../support/on_devices.ts";
import { loadGolden } from "../support/npz.ts";
import { assertAll, type ByPath, weightsOf } from "../support/pc_golden.ts";

const golden = await loadGolden(file);
const { batch, T, steps, dims: [inner, hidden, outer] } = file.meta;

const zeros: pxc.Tform = (vode) => jnp.zeros(vode.shape.get()!);

/** Makes images out of a state that has no prior. */
class Decoder extends pxc.EnergyModule<[Tensor | null], Tensor> {
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor() {
    super();
    const sizes = [inner, hidden, hidden, hidden, outer];
    this.layers = sizes.slice(1).map((n, i) => new pxnn.Linear(sizes[i], n));
    const init = "h, u <- u:zeros", tforms = { zeros };
    this.vodes = [
      new pxc.Vode([inner], pxc.zeroEnergy, { ruleset: { init }, tforms }),
      ...[1, 2, 3].map(() =>
        new pxc.Vode([hidden], {
          ruleset: { init, forward: "h -> u" },
          tforms,
        })
      ),
      new pxc.Vode([outer]),
    ];
    this.vodes.at(-1)!.h.frozen = true;
  }

  override call(y: Tensor | null): Tensor {
    const [first, ...rest] = this.vodes;
    // What it is set to makes no difference: its rule makes it zeros.
    let x = first(-1);
    rest.forEach((vode, i) => {
      const u = this.layers[i](x);
      x = vode(i === rest.length - 1 ? u : jnp.tanh(u));
    });
    const last = rest.at(-1)!;
    if (y !== null) last.set("h", y);
    return last.get("u");
  }
}

type Of = { model: Decoder };
type State = Of & { optimW: pxu.Optim; optimH: pxu.Optim };

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;

/** Sets the images, and everything else to zero. */
const start = pxf.vmap((y: Tensor, { model }: Of) => model(y), { mask });

/** A pass with nothing but the model: its params tell how many samples. */
const pass = pxf.vmap(({ model }: Of) => model(null), { mask });

const energy = pxf.vmap(({ model }: Of): [Tensor, Tensor[]] => {
  model(null);
  const total = lax.pmean(model.energy().sum(), "batch");
  return [total, model.vodes.map((vode) => vode.energy())];
}, { mask, outAxes: [null, 0], axisName: "batch" });

const free = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const differentiate = (filter: pxu.Filter) =>
  pxf.valueAndGrad(energy, {
    mask: new pxu.Mask(filter, [false, true]),
    hasAux: true,
  });
const ofStates = differentiate(free);
const ofWeights = differentiate(pxnn.LayerParam);

interface Record {
  e: Tensor[];
  E: Tensor[][];
  h: Tensor[][];
  gradients: ByPath;
}

/** Infers the states of images. */
function infer(y: Tensor, { model, optimH }: State): Record {
  const record: Record = { e: [], E: [], h: [], gradients: [] };
  const states = () => record.h.push(model.vodes.map((v) => v.h.get()));
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => start(y, { model }));
  states();
  optimH.init(new pxu.Mask(free).apply(model));
  for (let t = 0; t < T; t++) {
    pxu.step(model, null, { clearParams }, () => {
      const [[e, each], g] = ofStates({ model });
      record.e.push(e);
      record.E.push(each);
      optimH.step(model, g.model, { scaleByBatchSize: true });
    });
    states();
  }
  return record;
}

const train = pxf.jit((y: Tensor, state: State): Record => {
  const { model, optimW, optimH } = state;
  const record = infer(y, state);
  pxu.step(model, null, { clearParams }, () => {
    const [[e, each], g] = ofWeights({ model });
    record.e.push(e);
    record.E.push(each);
    record.gradients = weightsOf(g.model, (path) => path);
    optimW.step(model, g.model);
  });
  optimH.clear();
  return record;
});

/** The images that inferred states give, and their distance. */
const evaluate = pxf.jit((y: Tensor, state: State): [Tensor, Tensor] => {
  const { model, optimH } = state;
  infer(y, state);
  optimH.clear();
  return pxu.step(model, "forward", { clearParams }, () => {
    const image = pass({ model });
    return [jnp.square(jnp.clip(image, 0, 1).sub(y)).mean(), image];
  });
});

describe("a decoder", () => {
  onReferenceToo("follows pcax for three steps, and reconstructs", async () => {
    px.RKG.seed(file.meta.seed);
    const model = new Decoder();
    const state = {
      model,
      optimH: new pxu.Optim(optax.sgd(5e-2, { momentum: 0.1 })),
      optimW: new pxu.Optim(
        optax.adamw(1e-3),
        new pxu.Mask(pxnn.LayerParam).apply(model),
      ),
    };
    const weights = () => weightsOf(model, (path) => path);
    for (const [path, w] of weights()) {
      golden.assertClose(`init/${path}`, await w.data());
    }
    const X = Float32Array.from(golden.values("X"));
    const size = batch * outer;
    const images = (s: number) =>
      tensor(X.slice(s * size, (s + 1) * size)).reshape(batch, outer);
    for (let s = 0; s < steps; s++) {
      const record = train(images(s), state);
      const perVode = (name: string, passes: Tensor[][]) =>
        model.vodes.map((_, i): [string, Tensor] => [
          `${name}${i}`,
          jnp.stack(passes.map((each) => each[i])),
        ]);
      await assertAll(golden, s + 1, [
        ["e", jnp.stack(record.e)],
        ...perVode("E", record.E),
        ...s > 0 ? [] : perVode("h", record.h),
        ...record.gradients.map(([path, g]) => [`grad${path}`, g] as const),
        ...weights().map(([path, w]) => [`w${path}`, w] as const),
      ]);
    }
    const [loss, image] = evaluate(images(0), state);
    golden.assertClose("eval/loss", await loss.data());
    golden.assertClose("eval/x_hat", await image.data());
    assertEquals(golden.unchecked(), ["X"]);
  });
});
