/** Training the two-moons network beside the run of pcax that was recorded. */
import { assert, assertEquals } from "@std/assert";
import { px, pxf, type Tensor, tensor } from "../../mod.ts";
import {
  goldenBatches,
  type Model,
  predict,
  type TrainState,
  trainStep,
} from "./moons_model.ts";
import type { Golden } from "./npz.ts";

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
  assertEquals([...await actual.data()], [...golden.values(name, "f32")], name);
}

/** Checks tensors, all read in one tick. */
async function assertClose(
  golden: Golden,
  tensors: readonly (readonly [name: string, Tensor])[],
): Promise<void> {
  const data = await Promise.all(tensors.map(([, x]) => x.data()));
  tensors.forEach(([name], i) => golden.assertClose(name, data[i]));
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
    if ((s + 1) % 32 === 0) await afterEpoch((s + 1) / 32);
  }
  assertEquals(step.traces, 1);
}

async function checkFirst(
  golden: Golden,
  { model }: TrainState,
  record: ReturnType<typeof trainStep>,
): Promise<void> {
  const perMoment = (name: string, moments: readonly Tensor[][]) =>
    moments.flatMap((list, t) =>
      list.map((x, i): [string, Tensor] => [`step1/${name}${i}/t${t}`, x])
    );
  await assertClose(golden, [
    ...perMoment("h", record.h),
    ...perMoment("grad_h", record.gradH),
    ["step1/y_init", record.y[0]],
    ["step1/y_final", record.y[1]],
    ...weights(model).map(([path], i): [string, Tensor] => [
      `step1/grad${path}`,
      record.gradW[i],
    ]),
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
