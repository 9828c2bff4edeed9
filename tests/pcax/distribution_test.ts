/**
 * How well the tutorial learns, beside 64 runs of pcax: where a run is chaotic,
 * or its random stream another one, only the distribution can be compared.
 */
import { assert } from "@std/assert";
import { describe } from "node:test";
import {
  data,
  jax,
  optax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";
import exact from "../goldens/moons_seed0.json" with { type: "json" };
import stats from "../goldens/moons_stats.json" with { type: "json" };
import {
  forward,
  goldenBatches,
  Model,
  predict,
  type TrainState,
  trainStep,
} from "../support/moons_model.ts";
import { loadGolden } from "../support/npz.ts";
import { onDefault } from "../support/on_devices.ts";

const golden = await loadGolden(exact);
const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Accuracies on the test points after each of 8 epochs. */
async function accuracies(seed: number, rate: number): Promise<number[]> {
  px.RKG.seed(seed);
  const model = new Model(jax.nn.leakyRelu);
  const batches = goldenBatches(golden);
  const order = Array.from({ length: 32 }, (_, i) => i);
  const shuffler = new data.PythonRandom(seed);
  pxu.step(model, pxc.STATUS.INIT, { clearParams: pxc.VodeParam.Cache }, () => {
    forward(batches[0].x, null, { model });
  });
  const state: TrainState = {
    model,
    optimH: new pxu.Optim(
      optax.sgd(rate),
      new pxu.Mask(pxc.VodeParam).apply(model),
    ),
    optimW: new pxu.Optim(
      optax.adamw(1e-2),
      new pxu.Mask(pxnn.LayerParam).apply(model),
    ),
  };
  const step = pxf.jit((x: Tensor, y: Tensor, state: TrainState) =>
    trainStep(8, x, y, state).e
  );
  const twin = pxnn.shared(model, pxnn.LayerParam);
  const points = tensor(Float32Array.from(golden.values("X_test_f64")))
    .reshape(512, 2);
  const labels = golden.values("y_test");
  const found: number[] = [];
  for (let epoch = 0; epoch < 8; epoch++) {
    shuffler.shuffle(order);
    for (const i of order) step(batches[i].x, batches[i].y, state);
    const classes = await predict(points, { model: twin }).argmax(-1).data();
    found.push(classes.filter((c, i) => c === labels[i]).length / 512);
  }
  return found;
}

/**
 * How many standard deviations the ranks of `mine` among `theirs` are from what
 * they would be if both were of one distribution, whatever that is (the rank
 * sum test of Mann and Whitney).
 */
function rankDeviation(
  mine: readonly number[],
  theirs: readonly number[],
): number {
  const [n, m] = [mine.length, theirs.length];
  const wins = mine.flatMap((a) =>
    theirs.map((b) => a > b ? 1 : a === b ? 0.5 : 0)
  ).reduce<number>((sum, win) => sum + win, 0);
  return (wins - n * m / 2) / Math.sqrt(n * m * (n + m + 1) / 12);
}

const RUNS = {
  "as published": [0.32, stats.runs["tutorial_exact(h_lr=.32)"]],
  "with the rate scaled once": [0.01, stats.runs["h_lr=.01"]],
  "with a rate between": [0.1, stats.runs["h_lr=.1"]],
} as const;

describe("the tutorial", () => {
  for (const [name, [rate, { test_acc: theirs }]] of Object.entries(RUNS)) {
    onDefault(`learns as in pcax ${name}`, async () => {
      const mine: number[][] = [];
      for (const seed of SEEDS) mine.push(await accuracies(seed, rate));
      for (let epoch = 0; epoch < 8; epoch++) {
        const deviation = rankDeviation(
          mine.map((run) => run[epoch]),
          theirs.map((run) => run[epoch]),
        );
        assert(
          Math.abs(deviation) < 4,
          `epoch ${epoch + 1}: ${deviation} standard deviations from pcax`,
        );
      }
    });
  }
});
