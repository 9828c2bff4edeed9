/**
 * Multilayer perceptrons against pcax: nudged targets of both signs, and vodes
 * with an energy and rules of their own.
 */
import { describe } from "node:test";
import { jax, jnp, optax, px, pxc, pxnn, type Tensor } from "../../mod.ts";
import custom from "../goldens/mlp_custom_rules.json" with { type: "json" };
import negative from "../goldens/mlp_nudge_neg.json" with { type: "json" };
import positive from "../goldens/mlp_nudge_pos.json" with { type: "json" };
import { onReferenceToo } from "../support/on_devices.ts";
import { loadGolden } from "../support/npz.ts";
import { follow } from "../support/pc_golden.ts";

/** A perceptron whose target is `u - beta (u - y)`, fixed at the first pass. */
class Mlp extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  act: px.Static<(x: Tensor) => Tensor>;
  beta: px.Static<number>;
  layers: pxnn.Linear[];
  vodes: pxc.Vode[];

  constructor(
    dims: readonly number[],
    act: (x: Tensor) => Tensor,
    beta: number,
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

/** Divides gradients by the root of their mean square, as `optax.rmsprop`. */
function rmsprop(rate: number): optax.GradientTransformation {
  type Tree = Record<string, Tensor>;
  const map = (f: (key: string) => Tensor, tree: Tree): Tree =>
    Object.fromEntries(Object.keys(tree).map((key) => [key, f(key)]));
  return {
    init: (params) => map((k) => (params as Tree)[k].mul(0), params as Tree),
    update: (gradients, state) => {
      const g = gradients as Tree, before = state as Tree;
      const mean = map(
        (k) => before[k].mul(0.9).add(g[k].square().mul(0.1)),
        g,
      );
      const updates = map((k) => g[k].div(mean[k].add(1e-8).sqrt()), g);
      return [map((k) => updates[k].mul(-rate), g), mean];
    },
  } as optax.GradientTransformation;
}

/** Silu between layers, and vodes with rules. */
const CUSTOM: pxc.VodeOptions[] = [{
  energyFn: pxc.sumEnergies(
    pxc.gaussianEnergy({ precision: 2.5 }),
    pxc.l1Energy(0.01),
  ),
}, {
  ruleset: { init: ["h <- u:half", "u <- u"], "": "u, z <- u:gain" },
  tforms: {
    half: (_vode, _key, v) => v.mul(0.5),
    gain: (_vode, _key, v) => jnp.tanh(v).mul(1.2),
  },
}];

const NUDGED = {
  positive: {
    file: positive,
    energyFn: pxc.seEnergy,
    optimW: optax.sgd(0.05, { momentum: 0.9 }),
  },
  negative: {
    file: negative,
    energyFn: pxc.ceEnergy,
    optimW: optax.adam(1e-2),
  },
};

for (const [sign, { file, energyFn, optimW }] of Object.entries(NUDGED)) {
  describe(`a perceptron with ${sign} nudging`, () => {
    onReferenceToo("follows pcax for three steps", async () => {
      const run = file.meta;
      await follow(await loadGolden(file), {
        run,
        sample: [6],
        make: () =>
          new Mlp([6, 9, 7, 3], jnp.tanh, run.beta, [{}, {}, { energyFn }]),
        optimH: optax.sgd(0.1),
        optimW,
      });
    });
  });
}

describe("a perceptron with rules and energies of its own", () => {
  onReferenceToo("follows pcax for three steps", async () => {
    const run = custom.meta;
    await follow(await loadGolden(custom), {
      run,
      sample: [4],
      make: () => new Mlp([4, 6, 5, 3], jax.nn.silu, run.beta, CUSTOM),
      optimH: optax.adam(0.05),
      optimW: rmsprop(1e-2),
    });
  });
});
