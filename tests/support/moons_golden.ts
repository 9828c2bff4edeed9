/** Training the two-moons network beside the run of pcax that was recorded. */
import { assert, assertEquals } from "@std/assert";
import { jax, jnp, px, pxf, pxnn, type Tensor, tensor } from "../../mod.ts";
import {
  goldenBatches,
  type Model,
  predict,
  type TrainState,
  trainStep,
} from "./moons_model.ts";
import type { Golden } from "./npz.ts";

const { split } = jax.random;

const SUFFIXES = ["weight", "bias"];

/** The weights of a model, by pcax's paths. */
export function weights(model: Model): [string, Tensor][] {
  return model.layers.flatMap((layer, i) =>
    SUFFIXES.map((s): [string, Tensor] => [
      `.layers[${i}].nn.${s}`,
      (s === "weight" ? layer.nn.weight : layer.nn.bias!).get(),
    ])
  );
}

async function assertBits(
  golden: Golden,
  name: string,
  actual: Tensor,
): Promise<void> {
  golden.note(name);
  assertEquals([...await actual.data()], [...golden.values(name, "f32")], name);
}

/** Checks tensors, all read in one tick. */
async function assertClose(
  golden: Golden,
  tensors: readonly (readonly [name: string, Tensor])[],
): Promise<void> {
  const data = await Promise.all(tensors.map(([, x]) => x.data()));
  tensors.forEach(([name], i) => {
    // The noise of a step is that of all arrays of a kind.
    const [, step, kind] = /^(step\d+|epoch\d+)\/([a-z_]+)\./.exec(name) ?? [];
    const family = step && new RegExp(`^${step}/${kind}\\.`);
    golden.assertClose(name, data[i], family || undefined);
  });
}

/** Checks all weights after an epoch. */
export function assertWeights(
  golden: Golden,
  { model }: TrainState,
  epoch: number,
): Promise<void> {
  return assertClose(
    golden,
    weights(model).map(([path, w]) => [`epoch${epoch}/w${path}`, w]),
  );
}

/** Checks what the run starts from. */
export async function checkStart(
  golden: Golden,
  state: TrainState,
): Promise<void> {
  for (const [path, w] of weights(state.model)) {
    await assertBits(golden, `init/${path}`, w);
  }
  await assertBits(golden, "rkg/after_dummy_forward", px.RKG.key.get());
  px.RKG.seed(0);
  await assertBits(golden, "rkg/after_seed", px.RKG.key.get());
  px.RKG(), px.RKG(), px.RKG();
  await assertBits(golden, "rkg/after_model", px.RKG.key.get());
  // The pass forward of the start is one vmap of 32 samples.
  px.RKG.key.set(split(px.RKG.key.get(), 33).at(1));
}

/** Trains, and checks the energies of each step and all of the first one. */
export async function train(
  golden: Golden,
  state: TrainState,
  steps: number,
  afterEpoch: (epoch: number) => void | Promise<void>,
): Promise<void> {
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
    const mine = await record.e.data();
    for (let t = 0; t < rows; t++) {
      const i = s * rows + t;
      noise = Math.max(noise, Math.abs(e32[i] - e[i]));
      const error = Math.abs(mine[t] - e[i]);
      assert(
        error <= 10 * noise + 1e-6 * Math.min(largest, 1),
        `energy of step ${s}, t ${t}: ${mine[t]}, golden ${e[i]}`,
      );
    }
    if (s === 0) await checkFirst(golden, state, record);
    if (s < 5) await checkStep(golden, s + 1, state, record);
    if ((s + 1) % 32 === 0) await afterEpoch((s + 1) / 32);
  }
  assertEquals(step.traces, 1);
  golden.note("e");
}

/** Checks gradients, weights and moments of one of the first steps. */
async function checkStep(
  golden: Golden,
  s: number,
  { model, optimW }: TrainState,
  record: ReturnType<typeof trainStep>,
): Promise<void> {
  const [{ mu, nu }] = optimW.state.get() as [
    { mu: Record<string, Tensor>; nu: Record<string, Tensor> },
  ];
  const all = weights(model).flatMap(([path, w], i): [string, Tensor][] => [
    [`step${s}/grad${path}`, record.gradW[i]],
    [`step${s}/w${path}`, w],
    ...s === 1 || s === 5
      ? [
        [`step${s}/adam_mu${path}`, mu[path]],
        [`step${s}/adam_nu${path}`, nu[path]],
      ] as [string, Tensor][]
      : [],
  ]);
  await assertClose(golden, [...all, [`step${s}/e`, record.e]]);
}

/**
 * A check of the model on the test points after each epoch, in batches of 32 as
 * in pcax, by a twin with the same weights and states of its own.
 */
export function evaluation(
  golden: Golden,
  { model }: TrainState,
): (epoch: number) => Promise<void> {
  const twin = pxnn.shared(model, pxnn.LayerParam);
  const labels = golden.values("y_test");
  const points = tensor(Float32Array.from(golden.values("X_test_f64")))
    .reshape(512, 2);
  return async (epoch) => {
    const batches = Array.from(
      { length: 16 },
      (_, b) => predict(points.slice([32 * b, 32 * b + 32]), { model: twin }),
    );
    const logits = await jnp.concatenate(batches).data();
    golden.assertClose(`epoch${epoch}/test_logits`, logits);
    const predicted = labels.map((_, i) =>
      logits[2 * i] >= logits[2 * i + 1] ? 0 : 1
    );
    const wanted = golden.values("test_pred").slice(
      512 * (epoch - 1),
      512 * epoch,
    );
    const { length: off } = predicted.filter((p, i) => p !== wanted[i]);
    assertEquals(off, 0, `${off} predictions of epoch ${epoch}`);
    const right = predicted.filter((p, i) => p === labels[i]).length / 512;
    const accuracy = golden.values("test_acc")[epoch - 1];
    assert(Math.abs(right - accuracy) < 1e-6, `${right}, not ${accuracy}`);
    golden.note("test_pred");
    golden.note("test_acc");
  };
}

/** Checks the random state of the end, and the tutorial's grid of points. */
export async function checkEnd(
  golden: Golden,
  { model }: TrainState,
): Promise<void> {
  await assertBits(golden, "rkg/final", px.RKG.key.get());
  const points = new Float32Array(2 * 96 * 96);
  for (let i = 0; i < 96 * 96; i++) {
    points[2 * i] = -2.5 + 5 * (i % 96) / 95;
    points[2 * i + 1] = -2 + 4 * Math.floor(i / 96) / 95;
  }
  const logits = await predict(tensor(points).reshape(96 * 96, 2), { model })
    .data();
  golden.assertClose("grid_logits", logits);
  const tolerance = golden.tolerance("grid_logits");
  golden.values("grid_pred").forEach((wanted, i) => {
    const ahead = logits[2 * i + 1] - logits[2 * i];
    // Where both logits are equal to a rounding, either is right.
    assert(
      Math.abs(ahead) <= 2 * tolerance || (ahead > 0 ? 1 : 0) === wanted,
      `point ${i}`,
    );
  });
  golden.note("grid_pred");
}

async function checkFirst(
  golden: Golden,
  { model }: TrainState,
  record: ReturnType<typeof trainStep>,
): Promise<void> {
  const perMoment = (name: string, moments: readonly Tensor[][]) =>
    moments.flatMap((list, t) =>
      list.map((x, i): [string, Tensor] => [`step1/${name}${i}/t${t}`, x])
        .filter(([name]) => golden.has(name, "f64"))
    );
  await assertClose(golden, [
    ...perMoment("h", record.h),
    ...perMoment("grad_h", record.gradH),
    ["step1/y_init", record.y[0]],
    ["step1/y_final", record.y[1]],
  ]);
  for (const i of model.vodes.keys()) {
    const data = await Promise.all(record.E.map((es) => es[i].data()));
    golden.assertClose(`step1/E${i}`, data.flatMap((d) => [...d]));
  }
  await assertBits(golden, "rkg/after_step1", px.RKG.key.get());
}

/** What the model says of the test points. */
export function testLogits(golden: Golden, model: Model): Tensor {
  const X = Float32Array.from(golden.values("X_test_f64"));
  return predict(tensor(X).reshape(512, 2), { model });
}
