/**
 * Multilayer perceptrons against pcax: nudged targets of both signs, and vodes
 * with an energy and rules of their own.
 */
import { describe } from "node:test";
import { jax, jnp, optax, pxc } from "../../mod.ts";
import custom from "../goldens/mlp_custom_rules.json" with { type: "json" };
import negative from "../goldens/mlp_nudge_neg.json" with { type: "json" };
import positive from "../goldens/mlp_nudge_pos.json" with { type: "json" };
import { onReferenceToo } from "../support/on_devices.ts";
import { loadGolden } from "../support/npz.ts";
import { Mlp } from "../support/mlp.ts";
import { follow } from "../support/pc_golden.ts";

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
      optimW: optax.rmsprop(1e-2),
    });
  });
});
