/**
 * The whole road against real pcax: the two-moons tutorial step by step, on
 * each device.
 */
import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { init, jax, pxnn } from "../../mod.ts";
import leaky from "../goldens/moons_leaky_lowlr_seed0.json" with {
  type: "json",
};
import exact from "../goldens/moons_seed0.json" with { type: "json" };
import stable from "../goldens/moons_stable_seed0.json" with { type: "json" };
import { findGpu } from "../support/gpu.ts";
import { keepDefault } from "../support/keep_default.ts";
import {
  assertWeights,
  checkEnd,
  checkStart,
  evaluation,
  testLogits,
  train,
} from "../support/moons_golden.ts";
import { makeState } from "../support/moons_model.ts";
import { forgotten } from "../support/excluded.ts";
import { loadGolden } from "../support/npz.ts";

/** bun test gives a test five seconds otherwise. */
const LONG = { timeout: 120_000 };

const options = await findGpu();
const devices: { [name: string]: () => Promise<unknown> } = {
  reference: () => init("reference"),
  wasm: () => init("wasm"),
  ...options === null ? {} : { webgpu: () => init("webgpu", options) },
};

for (const [name, open] of Object.entries(devices)) {
  describe(`the two-moons tutorial on ${name}`, () => {
    const on = (run: () => Promise<void>) => () =>
      keepDefault(async () => {
        await open();
        await run();
      });

    it(
      "follows pcax through 256 steps (tanh, stable)",
      LONG,
      on(async () => {
        const golden = await loadGolden(stable);
        const state = makeState(jax.nn.tanh, 0.05, 5e-3);
        await checkStart(golden, state);
        const evaluate = evaluation(golden, state);
        await train(golden, state, 256, async (epoch) => {
          await assertWeights(golden, state, epoch);
          await evaluate(epoch);
        });
        await checkEnd(golden, state);
        assertEquals(
          forgotten("moons_stable_seed0", golden.unchecked()),
          [],
        );
      }),
    );

    it(
      "follows pcax through the first 32 steps of the tutorial as published",
      LONG,
      on(async () => {
        const golden = await loadGolden(exact);
        const state = makeState(jax.nn.leakyRelu, 0.32, 1e-2);
        await checkStart(golden, state);
        await train(golden, state, 32, async (epoch) => {
          await assertWeights(golden, state, epoch);
          const twin = pxnn.shared(state.model, pxnn.LayerParam);
          golden.assertClose(
            "epoch1/test_logits",
            await testLogits(golden, twin).data(),
          );
        });
        assertEquals(forgotten("moons_seed0", golden.unchecked()), []);
      }),
    );

    it(
      "follows pcax through 256 steps with the rate scaled once",
      LONG,
      on(async () => {
        const golden = await loadGolden(leaky);
        const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
        await checkStart(golden, state);
        const evaluate = evaluation(golden, state);
        await train(golden, state, 256, async (epoch) => {
          await assertWeights(golden, state, epoch);
          await evaluate(epoch);
        });
        await checkEnd(golden, state);
        assertEquals(
          forgotten("moons_leaky_lowlr_seed0", golden.unchecked()),
          [],
        );
      }),
    );
  });
}
