/**
 * Algorithms of predictive coding on a small network, against a program in
 * double of its own: inference with several optimisers, both energies, nudging,
 * incremental predictive coding, backpropagation, Z-IL and errors as variables.
 */
import { assert, assertEquals } from "@std/assert";
import { describe } from "node:test";
import {
  jnp,
  optax,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";
import fixtures from "../goldens/pc_fixtures.json" with { type: "json" };
import {
  energy,
  formula,
  free,
  gradients,
  Mlp,
  settle,
  start,
  weightGradients,
} from "../support/mlp.ts";
import { onReferenceToo } from "../support/on_devices.ts";

const x = formula([4, 3], 20);
const SE = formula([4, 2], 21, 0.8);
// Made from data, so that it goes to any device.
const CE = tensor([[1, 0], [0, 1], [0, 1], [1, 0]], "f32");

interface Setting {
  beta?: number;
  output?: pxc.VodeOptions;
}

/** The network of the fixtures: 3-6-5-2, tanh. */
function network({ beta = 1, output = {} }: Setting = {}): Mlp {
  const model = new Mlp([3, 6, 5, 2], jnp.tanh, beta, [{}, {}, output]);
  model.layers.forEach(({ nn }, i) => {
    nn.weight.set(formula(nn.weight.shape, i + 1, 0.6));
    nn.bias!.set(formula(nn.bias!.shape, i + 101, 0.1));
  });
  return model;
}

const norm = (g: Tensor) => g.square().sum().sqrt();

/**
 * Compares numbers to five digits.
 *
 * @param floor How far numbers may be apart at all, where the largest is 1.
 */
async function close(
  name: string,
  actual: readonly Tensor[],
  expected: readonly number[],
  floor = 1e-6,
): Promise<void> {
  const data = await Promise.all(actual.map((x) => x.data()));
  const mine = data.flatMap((d) => [...d]);
  assertEquals(mine.length, expected.length, name);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((v, i) =>
    assert(
      Math.abs(mine[i] - v) <= 1e-5 * Math.abs(v) + floor * largest,
      `${name}[${i}] is ${mine[i]}, expected ${v}`,
    )
  );
}

/** What the fixtures hold of a run of inference. */
interface Inferred {
  energy_t0_to_T: number[];
  layer_energies_T: number[];
  wgrad_norms_W1_b1_W2_b2_W3_b3: number[];
  h1_T_row0: number[];
  h2_T_row0: number[];
}

/** Compares the state after inference. */
async function closeAfter(
  model: Mlp,
  expected: Inferred,
  energies: readonly Tensor[],
  beta = 1,
  floor?: number,
): Promise<void> {
  const look = pxf.jit((x: Tensor, { model }: { model: Mlp }) => {
    const [sum, each] = pxu.step(
      model,
      null,
      { clearParams: pxc.VodeParam.Cache },
      () => energy(x, { model }),
    );
    return [sum, each, weightGradients(x, model).map(norm)] as const;
  });
  const [sum, each, norms] = look(x, { model });
  await close("energies", [...energies, sum], expected.energy_t0_to_T);
  await close("layers", each, expected.layer_energies_T);
  await close(
    "norms",
    norms.map((n) => n.div(Math.abs(beta))),
    expected.wgrad_norms_W1_b1_W2_b2_W3_b3,
    floor,
  );
  await close("h1", [model.vodes[0].h.at(0)], expected.h1_T_row0, floor);
  await close("h2", [model.vodes[1].h.at(0)], expected.h2_T_row0, floor);
}

type State = { model: Mlp; optim: pxu.Optim };

/** Eight steps of inference with an optimiser. */
const infer = pxf.jit((x: Tensor, y: Tensor, { model, optim }: State) => {
  start(x, y, model);
  optim.init(new pxu.Mask(free).apply(model));
  const energies: Tensor[] = [];
  for (let t = 0; t < 8; t++) {
    const [sum, , g] = gradients(free, x, model);
    energies.push(sum);
    optim.step(model, g);
  }
  optim.clear();
  return energies;
});

interface Case extends Setting {
  expected: Inferred;
  optim?: optax.GradientTransformation;
  y?: Tensor;
}

const output = { energyFn: pxc.ceEnergy };

const CASES: Record<string, Case> = {
  "gradient descent": { expected: fixtures["pc_se_sgd_lr0.1_T8"] },
  "momentum": {
    expected: fixtures["pc_se_momentum0.5_lr0.1_T8"],
    optim: optax.sgd(0.1, { momentum: 0.5 }),
  },
  "Nesterov's momentum": {
    expected: fixtures["pc_se_nesterov0.5_lr0.1_T8"],
    optim: optax.sgd(0.1, { momentum: 0.5, nesterov: true }),
  },
  "cross entropy": {
    expected: fixtures["pc_ce_sgd_lr0.1_T8"],
    y: CE,
    output,
  },
  "positive nudging": {
    expected: fixtures["pn_beta0.5_lr0.1_T8"],
    beta: 0.5,
  },
  "negative nudging": {
    expected: fixtures["nn_beta-0.5_lr0.1_T8"],
    beta: -0.5,
  },
};

describe("inference", () => {
  for (
    const [name, { expected, optim, y = SE, ...setting }] of Object.entries(
      CASES,
    )
  ) {
    onReferenceToo(`by ${name}`, async () => {
      const model = network(setting);
      const state = { model, optim: new pxu.Optim(optim ?? optax.sgd(0.1)) };
      await closeAfter(model, expected, infer(x, y, state), setting.beta);
    });
  }

  onReferenceToo("until it settles, in one loop", async () => {
    const model = network();
    const expected = fixtures["pc_se_sgd_lr0.1_T2000"];
    const settled = pxf.jit((x: Tensor, { model }: { model: Mlp }) => {
      start(x, SE, model);
      const [sum] = gradients(free, x, model);
      settle(x, model, 0.1, 1000);
      return sum;
    });
    // 1000 of the 2000 steps do. A state of f32 stays where it is once its step,
    // a tenth of the gradient, is below half a unit in its last place.
    await closeAfter(model, expected, [settled(x, { model })], 1, 1e-5);
  });
});

describe("learning at every inference step", () => {
  onReferenceToo("is incremental predictive coding", async () => {
    const expected = fixtures["ipc_se_lr0.1_wlr0.01_T8"];
    const model = network();
    const ipc = pxf.jit((x: Tensor, { model }: { model: Mlp }) => {
      start(x, SE, model);
      const states = new pxu.Optim(
        optax.sgd(0.1),
        new pxu.Mask(free).apply(model),
      );
      const weights = new pxu.Optim(
        optax.sgd(0.01),
        new pxu.Mask(pxnn.LayerParam).apply(model),
      );
      const energies: Tensor[] = [];
      for (let t = 0; t < 8; t++) {
        const [sum, , g] = gradients(free.or(pxnn.LayerParam), x, model);
        energies.push(sum);
        states.step(model, g);
        weights.step(model, g, { scaleBy: 1 / 4 });
      }
      return energies;
    });
    await closeAfter(model, expected, ipc(x, { model }));
    await close(
      "W1",
      [model.layers[0].nn.weight.at(0)],
      expected.W1_row0_T,
    );
  });
});

describe("backpropagation", () => {
  for (
    const [name, y, setting] of [
      ["se", SE, {}],
      ["ce", CE, { output }],
    ] as const
  ) {
    const expected = fixtures[`bp_${name}`];
    onReferenceToo(
      `is a pass in which states follow inputs (${name})`,
      async () => {
        const model = network(setting);
        const bp = pxf.jit((x: Tensor, { model }: { model: Mlp }) => {
          start(x, y, model);
          // The target stays: only hidden states follow their inputs.
          return pxu.step(model.vodes.slice(0, -1), pxc.STATUS.INIT, {}, () => {
            const [sum] = gradients(pxnn.LayerParam, x, model);
            return [sum, weightGradients(x, model)] as const;
          });
        });
        const [loss, g] = bp(x, { model });
        await close("loss", [loss], [expected.loss]);
        await close("norms", g.map(norm), expected.grad_norms);
        await close("gW1", [g[0].at(0)], expected.gW1_row0);
        await close("gW3", [g[4].at(0)], expected.gW3_row0);
      },
    );

    onReferenceToo(
      `is zero-divergence inference learning (${name})`,
      async () => {
        const model = network(setting);
        const zil = pxf.jit((x: Tensor, { model }: { model: Mlp }) => {
          start(x, y, model);
          // Layer l learns at step L - l, when its error has just arrived.
          return [2, 1, 0].flatMap((layer) => {
            const { weight, bias } = gradients(pxnn.LayerParam, x, model)[2]
              .layers[layer].nn;
            const [, , g] = gradients(free, x, model);
            [0, 1].forEach((i) => {
              const { h } = model.vodes[i];
              h.set(h.sub(g.vodes[i].h.get()));
            });
            return [weight, bias!].map((p) => norm(p.get()));
          });
        });
        const [w3, b3, w2, b2, w1, b1] = zil(x, { model });
        await close("norms", [w1, b1, w2, b2, w3, b3], expected.grad_norms);
      },
    );
  }
});

/** A perceptron whose hidden vodes hold errors, not states. */
class ErrorMlp extends Mlp {
  override call(x: Tensor, y: Tensor | null): Tensor {
    const last = this.vodes.at(-1)!;
    this.layers.slice(0, -1).forEach((layer, i) =>
      x = this.vodes[i](this.act(layer(x)), { output: "s" })
    );
    last(this.layers.at(-1)!(x));
    if (y !== null) last.set("h", y);
    return last.get("u");
  }
}

describe("errors as variables (ePC)", () => {
  onReferenceToo("have the energy of states, and local gradients", async () => {
    const expected = fixtures["epc_se_elr0.1_T5"];
    const hidden: pxc.VodeOptions = {
      energyFn: pxc.l2Energy(),
      ruleset: { init: ["h <- u:zero", "u <- u"], ".*": "s -> u:plus" },
      tforms: {
        zero: (_vode, _key, u) => jnp.zerosLike(u),
        plus: (vode, _key, u) => u.add(vode.get("h")),
      },
    };
    const errors = new ErrorMlp([3, 6, 5, 2], jnp.tanh, 1, [hidden, hidden]);
    const states = network();
    errors.layers = states.layers;
    type Two = { errors: Mlp; states: Mlp };
    const epc = pxf.jit((x: Tensor, { errors, states }: Two) => {
      start(x, SE, errors);
      start(x, SE, states);
      const energies: Tensor[] = [];
      for (let t = 0; t < 5; t++) {
        const [sum, , g] = gradients(free, x, errors);
        energies.push(sum);
        [0, 1].forEach((i) => {
          const { h } = errors.vodes[i];
          h.set(h.sub(g.vodes[i].h.mul(0.1)));
        });
      }
      energies.push(gradients(free, x, errors)[0]);
      // The states that the errors stand for.
      let s = x;
      [0, 1].forEach((i) => {
        const { weight, bias } = errors.layers[i].nn;
        s = jnp.tanh(s.matmul(weight.T).add(bias!)).add(errors.vodes[i].h);
        states.vodes[i].h.set(s);
      });
      return [
        energies,
        gradients(free, x, states)[0],
        weightGradients(x, states).map(norm),
      ] as const;
    });
    const [energies, sum, norms] = epc(x, { errors, states });
    await close("energies", energies, expected.energy_t0_to_T);
    await close("energy of states", [sum], [expected.state_energy_check]);
    await close("norms", norms, expected.local_wgrad_norms);
  });
});
