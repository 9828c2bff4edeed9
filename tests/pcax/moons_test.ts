/**
 * The whole road against real pcax: the two-moons tutorial step by step, on the
 * reference device and on wasm.
 */
import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { jax, px, pxf, type Tensor, tensor } from "../../mod.ts";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import leaky from "../goldens/moons_leaky_lowlr_seed0.json" with {
  type: "json",
};
import exact from "../goldens/moons_seed0.json" with { type: "json" };
import stable from "../goldens/moons_stable_seed0.json" with { type: "json" };
import {
  goldenBatches,
  makeState,
  type Model,
  predict,
  type TrainState,
  trainStep,
} from "../support/moons_model.ts";
import { type Golden, loadGolden } from "../support/npz.ts";

/** bun test gives a test five seconds otherwise. */
const LONG = { timeout: 120_000 };

const SUFFIXES = ["weight", "bias"];

function weights(model: Model): [string, Tensor][] {
  return model.layers.flatMap((layer, i) =>
    SUFFIXES.map((s): [string, Tensor] => [
      `.layers[${i}].nn.${s}`,
      (s === "weight" ? layer.nn.weight : layer.nn.bias!).get(),
    ])
  );
}

function assertBits(golden: Golden, name: string, actual: Tensor): void {
  assertEquals([...actual.dataSync()], [...golden.values(name, "f32")], name);
}

function checkStart(golden: Golden, state: TrainState): void {
  for (const [path, w] of weights(state.model)) {
    assertBits(golden, `init/${path}`, w);
  }
  assertBits(golden, "rkg/after_dummy_forward", px.RKG.key.get());
}

function train(
  golden: Golden,
  state: TrainState,
  steps: number,
  afterEpoch: (epoch: number) => void,
): void {
  const step = pxf.jit(trainStep, { staticArgnums: 0 });
  const batches = goldenBatches(golden);
  const order = golden.values("order");
  const e = golden.values("e"), e32 = golden.values("e", "f32");
  const T = e.length / order.length - 1;
  const rows = T + 1;
  // The tolerance rule with the noise of the run so far: the noise of early
  // steps is far below that of late ones.
  let noise = 0;
  const largest = e.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  for (let s = 0; s < steps; s++) {
    const { x, y } = batches[order[s]];
    const record = step(T, x, y, state);
    const mine = record.e.dataSync();
    for (let t = 0; t < rows; t++) {
      const i = s * rows + t;
      noise = Math.max(noise, Math.abs(e32[i] - e[i]));
      const error = Math.abs(mine[t] - e[i]);
      assert(
        error <= 10 * noise + 1e-6 * Math.min(largest, 1),
        `energy of step ${s}, t ${t}: ${mine[t]}, golden ${e[i]}`,
      );
    }
    if (s === 0) {
      record.h.forEach((hs, t) =>
        hs.forEach((h, i) =>
          golden.assertClose(`step1/h${i}/t${t}`, h.dataSync())
        )
      );
      record.gradH.forEach((gs, t) =>
        gs.forEach((g, i) =>
          golden.assertClose(`step1/grad_h${i}/t${t}`, g.dataSync())
        )
      );
      state.model.vodes.forEach((_, i) =>
        golden.assertClose(
          `step1/E${i}`,
          record.E.flatMap((es) => [...es[i].dataSync()]),
        )
      );
      golden.assertClose("step1/y_init", record.y[0].dataSync());
      golden.assertClose("step1/y_final", record.y[1].dataSync());
      weights(state.model).forEach(([path], i) =>
        golden.assertClose(`step1/grad${path}`, record.gradW[i].dataSync())
      );
      assertBits(golden, "rkg/after_step1", px.RKG.key.get());
    }
    if ((s + 1) % 32 === 0) afterEpoch((s + 1) / 32);
  }
  assertEquals(step.traces, 1);
}

function testLogits(golden: Golden, model: Model): Tensor {
  const X = Float32Array.from(golden.values("X_test_f64"));
  return predict(tensor(X).reshape(512, 2), { model });
}

for (const name of ["reference", "wasm"] as const) {
  describe(`the two-moons tutorial on ${name}`, () => {
    const on = async (run: () => Promise<void>) => {
      const before = defaultDevice();
      setDefaultDevice(openDevice(name));
      try {
        await run();
      } finally {
        setDefaultDevice(before);
      }
    };

    it(
      "follows pcax through 256 steps (tanh, stable)",
      LONG,
      () =>
        on(async () => {
          const golden = await loadGolden(stable);
          const state = makeState(jax.nn.tanh, 0.05, 5e-3);
          checkStart(golden, state);
          train(golden, state, 256, (epoch) => {
            for (const [path, w] of weights(state.model)) {
              golden.assertClose(`epoch${epoch}/w${path}`, w.dataSync());
            }
          });
          golden.assertClose(
            "epoch8/test_logits",
            testLogits(golden, state.model).dataSync(),
          );
        }),
    );

    it(
      "follows pcax through the first 32 steps of the tutorial as published",
      LONG,
      () =>
        on(async () => {
          const golden = await loadGolden(exact);
          const state = makeState(jax.nn.leakyRelu, 0.32, 1e-2);
          checkStart(golden, state);
          train(golden, state, 32, () => {});
        }),
    );

    it(
      "predicts as pcax after 256 steps with the rate scaled once",
      LONG,
      () =>
        on(async () => {
          const golden = await loadGolden(leaky);
          const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
          checkStart(golden, state);
          train(golden, state, 256, () => {});
          const predicted = testLogits(golden, state.model).argmax(-1)
            .dataSync();
          const expected = golden.values("test_pred").slice(-512);
          assertEquals([...predicted], [...expected]);
        }),
    );
  });
}
