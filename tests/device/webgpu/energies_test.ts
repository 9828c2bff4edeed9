/** A network trains on a GPU as it does on wasm. */
import { assert } from "@std/assert";
import { describe, it } from "node:test";
import { init, jax, pxf, type Tensor } from "../../../mod.ts";
import exact from "../../goldens/moons_seed0.json" with { type: "json" };
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import {
  goldenBatches,
  makeState,
  type TrainState,
  trainStep,
} from "../../support/moons_model.ts";
import { loadGolden } from "../../support/npz.ts";

const options = await findGpu();

/** bun test gives a test five seconds otherwise. */
const LONG = { timeout: 120_000 };

const T = 8;
const STEPS = 32;
const TOLERANCE = 1e-4;

const SETTINGS = {
  "tanh, stable": () => makeState(jax.nn.tanh, 0.05, 5e-3),
  "leaky_relu, the rate scaled once": () =>
    makeState(jax.nn.leakyRelu, 0.01, 1e-2),
  "leaky_relu, as published": () => makeState(jax.nn.leakyRelu, 0.32, 1e-2),
};

/** Energies of the first steps, T + 1 in each. */
async function energies(make: () => TrainState): Promise<number[]> {
  const golden = await loadGolden(exact);
  const batches = goldenBatches(golden);
  const order = golden.values("order");
  const step = pxf.jit(
    (x: Tensor, y: Tensor, state: TrainState) => trainStep(T, x, y, state).e,
  );
  const state = make();
  const all: Promise<ArrayLike<number>>[] = [];
  for (let s = 0; s < STEPS; s++) {
    const { x, y } = batches[order[s]];
    all.push(step(x, y, state).data());
  }
  return (await Promise.all(all)).flatMap((e) => Array.from(e));
}

if (options !== null) {
  describe("the energies of two moons on a GPU", () => {
    for (const [name, make] of Object.entries(SETTINGS)) {
      it(`are those of wasm: ${name}`, LONG, () =>
        keepDefault(async () => {
          await init("wasm");
          const expected = await energies(make);
          await init("webgpu", options);
          const actual = await energies(make);
          const errors = actual.map((e, i) => Math.abs(e / expected[i] - 1));
          const worst = Math.max(...errors);
          assert(
            worst < TOLERANCE,
            `${worst} apart at ${errors.indexOf(worst)}`,
          );
        }));
    }
  });
}
