/**
 * JAX's older random stream, which pcax pins: initial weights, the state of the
 * generator after transforms, and the first batch of the tutorial.
 */
import { after, before, describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { jax, jnp, px, pxf, pxnn, type Tensor, tensor } from "../../mod.ts";
import pcax from "../goldens/pcax_golden.json" with { type: "json" };
import {
  makeState,
  predict,
  type TrainState,
  trainStep,
} from "../support/moons_model.ts";

const { random } = jax;

function numbers(x: unknown): number[] {
  return Array.isArray(x) ? x.flatMap(numbers) : [Number(x)];
}

function same(actual: Tensor, expected: unknown): void {
  assertEquals([...actual.dataSync()], numbers(expected).map(Math.fround));
}

function sameKey(actual: Tensor, expected: unknown): void {
  assertEquals([...actual.dataSync()], numbers(expected));
}

/** Within `ulp` f32 roundings of numbers of size 1. */
function close(actual: Tensor, expected: unknown, ulp: number): void {
  const mine = actual.dataSync();
  numbers(expected).forEach((v, i) =>
    assert(
      Math.abs(mine[i] - v) <= ulp * 2 ** -24,
      `${mine[i]} is not ${v} (${i})`,
    )
  );
}

interface Init {
  "seed0 Linear(3,2)": { w: number[][]; b: number[]; rkg_after: number[] };
  "then Conv2d(2,3,3)": { rkg_after: number[] };
  "then RKG(3)": { keys: number[][]; rkg_after: number[] };
  "seed0 vmap(4) uniform() per sample": { out: number[]; rkg_after: number[] };
  "seed0 vmap(4) no draw": { rkg_after: number[] };
  "seed0 scan(3) uniform": { ys: number[]; rkg_after: number[] };
}

const state = () => px.RKG.key.get();

for (const partitionable of [false, true]) {
  const golden: Init = partitionable ? pcax.init_part : pcax.init_legacy;
  describe(`pcax's generator, partitionable ${partitionable}`, () => {
    before(() => random.configure({ threefryPartitionable: partitionable }));
    after(() => random.configure({ threefryPartitionable: true }));

    it("makes the same weights and keys", () => {
      px.RKG.seed(0);
      const { nn } = new pxnn.Linear(3, 2);
      const linear = golden["seed0 Linear(3,2)"];
      same(nn.weight.get(), linear.w);
      same(nn.bias!.get(), linear.b);
      sameKey(state(), linear.rkg_after);
      // A convolution draws one key, as every layer does.
      px.RKG();
      sameKey(state(), golden["then Conv2d(2,3,3)"].rkg_after);
      sameKey(px.RKG(3), golden["then RKG(3)"].keys);
      sameKey(state(), golden["then RKG(3)"].rkg_after);
    });

    it("gives every sample of a vmap its key", () => {
      px.RKG.seed(0);
      const draw = pxf.vmap((_: Tensor) => random.uniform(px.RKG()));
      const drawn = golden["seed0 vmap(4) uniform() per sample"];
      same(draw(jnp.zeros([4])), drawn.out);
      sameKey(state(), drawn.rkg_after);
    });

    it("moves on at a vmap that draws nothing", () => {
      px.RKG.seed(0);
      pxf.vmap((x: Tensor) => x)(jnp.zeros([4]));
      sameKey(state(), golden["seed0 vmap(4) no draw"].rkg_after);
    });

    it("carries its key through a scan", () => {
      px.RKG.seed(0);
      const body = (_: null, c: Tensor) => [c, random.uniform(px.RKG())];
      const [, ys] = pxf.scan(body, { length: 3 })(jnp.zeros([]));
      const drawn = golden["seed0 scan(3) uniform"];
      same(ys as Tensor, drawn.ys);
      sameKey(state(), drawn.rkg_after);
    });
  });
}

const variants = Object.entries(pcax.moons_train_legacy_rng);

describe("the first batch of the tutorial, legacy random stream", () => {
  before(() => random.configure({ threefryPartitionable: false }));
  after(() => random.configure({ threefryPartitionable: true }));

  for (const [name, golden] of variants) {
    it(name, () => {
      const scaled = name.startsWith("published");
      const { model, optimW, optimH } = makeState(
        jax.nn.leakyRelu,
        scaled ? 0.32 : 0.01,
        1e-2,
      );
      same(model.layers[0].nn.weight.get(), golden.w0_init);
      sameKey(state(), golden.rkg_after_dummy_forward);
      const x = tensor(pcax.moons.X.slice(0, 32), "f32");
      const y = jax.nn.oneHot(tensor(pcax.moons.y.slice(0, 32)), 2);
      const step = pxf.jit(trainStep, { staticArgnums: 0 });
      const record = step(8, x, y, { model, optimW, optimH });
      const batch = golden.first_batch;
      // Sums of 32 terms in another order.
      close(record.e, batch.energy_per_step, 8);
      close(record.y[0], batch.logits_init, 8);
      // Means over the batch of differences h - u of numbers of size 1.
      close(record.gradH[1][1].at(0), batch.grad_h1_row0_t1, 1);
      close(record.gradW[4], batch.grad_w2, 2);
      close(record.gradW[3], batch.grad_b1, 2);
      close(record.gradW[0], batch.grad_w0, 2);
      close(record.gradH[1][0].at(0), batch.grad_h0_row0_t1, 1);
      close(model.layers[2].nn.weight.get(), batch.w2_after, 2);
      close(record.h[8][0].at(0), batch.h0_row0, 8);
    });
  }

  it("with the rate scaled once learns as pcax, in order", async () => {
    const golden = variants.find(([name]) => name.startsWith("single"))![1];
    const tracked = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
    const twin = pxnn.shared(tracked.model, pxnn.LayerParam);
    const inputs = tensor(pcax.moons.X, "f32");
    const targets = jax.nn.oneHot(tensor(pcax.moons.y), 2);
    const points = tensor(pcax.moons.X_test, "f32");
    const step = pxf.jit((x: Tensor, y: Tensor, state: TrainState) =>
      trainStep(8, x, y, state).e
    );
    const rows = (x: Tensor, b: number) => x.slice([32 * b, 32 * b + 32]);
    for (const accuracy of golden.test_acc_per_epoch_unshuffled) {
      for (let b = 0; b < 32; b++) {
        step(rows(inputs, b), rows(targets, b), tracked);
      }
      const classes = await predict(points, { model: twin }).argmax(-1).data();
      const right = classes.filter((c, i) => c === pcax.moons.y_test[i]).length;
      // Both are f32: a point on the border may fall on either side.
      assert(Math.abs(right - 512 * accuracy) <= 1, `${right / 512}`);
    }
    const w2 = await tracked.model.layers[2].nn.weight.data();
    numbers(golden.final_w2).forEach((w, i) =>
      // Ten times what f32 and f64 of JAX are apart in such a run.
      assert(Math.abs(w2[i] - w) <= 10 * 0.0035, `${w2[i]} is not ${w} (${i})`)
    );
  });
});
