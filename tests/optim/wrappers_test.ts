/** Transformations of transformations, noise, and what they refuse. */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import { jax, ones, type Tensor, tensor } from "../../src/numpy/mod.ts";
import * as optax from "../../src/optim/mod.ts";

const f32 = (...values: number[]) => tensor(values, "f32");

describe("masked()", () => {
  const params = { a: f32(1, 2), b: { w: f32(3), c: f32(4) } };
  const one = { a: f32(1, 1), b: { w: f32(1), c: f32(1) } };
  it("takes a mask that ends above the leaves, or a function", () => {
    for (const mask of [{ a: false, b: true }, () => ({ a: false, b: true })]) {
      const decay = optax.masked(optax.addDecayedWeights(0.5), mask);
      const [updates] = decay.update(one, decay.init(params), params);
      assertEquals(updates.a.toArray(), [1, 1]);
      assertEquals(updates.b.w.toArray(), [2.5]);
      assertEquals(updates.b.c.toArray(), [3]);
    }
  });
  it("keeps no state for what it leaves alone", () => {
    const moments = optax.masked(optax.scaleByAdam(), { a: false, b: true });
    const { mu } = moments.init(params) as { mu: typeof params };
    assertEquals(mu.a, null as unknown);
    assertEquals(mu.b.w.toArray(), [0]);
  });
  it("names what the mask does not speak of", () => {
    const decay = optax.masked(optax.addDecayedWeights(0.5), {
      a: true,
      b: { w: true },
    });
    assertThrows(
      () => decay.init(params),
      TreeError,
      `Cannot mask a transformation: nothing is given for "['b']['c']", ` +
        "expected a value for it or for what it belongs to: the tree given " +
        "has {['w']}",
    );
  });
});

describe("multiTransform()", () => {
  it("names a label without a transformation", () => {
    const optimizer = optax.multiTransform(
      { slow: optax.sgd(1) },
      {
        a: "slow",
        b: "fast",
      } as const,
    );
    assertThrows(
      () => optimizer.init({ a: f32(1), b: f32(1) }),
      TreeError,
      'Cannot transform by label: "fast" labels a parameter, expected one of ' +
        "slow: add a transformation of that name",
    );
  });
  it("leaves a parameter without a gradient", () => {
    const optimizer = optax.multiTransform(
      { slow: optax.sgd(1), fast: optax.sgd(10) },
      { a: "slow", b: "fast" },
    );
    const params = { a: f32(1), b: f32(1) };
    const [updates] = optimizer.update(
      { a: null, b: f32(1) },
      optimizer.init(params),
      params,
    );
    assertEquals(updates.a, null);
    assertEquals(updates.b.toArray(), [-10]);
  });
});

describe("collected updates", () => {
  it("are refused for no number of times", () => {
    for (const k of [0, -1, 1.5]) {
      assertThrows(
        () => optax.applyEvery(k),
        TreeError,
        `Cannot apply updates every few times: ${k} was given, expected a ` +
          "whole number from 1: say how many updates to collect",
      );
      assertThrows(
        () => optax.multiSteps(optax.sgd(1), k),
        TreeError,
        `Cannot take steps of several gradients: ${k} was given`,
      );
    }
  });
  it("make one step of their mean, and none in between", () => {
    const optimizer = optax.multiSteps(optax.sgd(1, { momentum: 0.5 }), 2);
    let state = optimizer.init(f32(0));
    const steps = [1, 3, 5, 7].map((g) => {
      let update: Tensor;
      [update, state] = optimizer.update(f32(g), state, f32(0));
      return update.at(0).dataSync()[0];
    });
    // Means 2 and 6; the trace is 2, then 6 + 1.
    assertEquals(steps.map((s) => s + 0), [0, -2, 0, -7]);
    assertEquals(state.gradientStep.dataSync()[0], 2);
  });
});

describe("addNoise()", () => {
  it("draws what optax 0.2.8 draws", () => {
    const noise = optax.addNoise(0.5, 0.55, 7);
    const gradients = { a: f32(1, 2, 3), b: ones([2, 2]) };
    const expected = [
      [0.511893630, 2.628953457, 3.539138079, 0.498656631],
      [1.717912436, 1.818124533, 2.022855997, 0.709078074],
    ];
    let state = noise.init(gradients);
    const keys = [[3625411723, 1954958720], [2737751932, 2099591257]];
    for (const [i, values] of expected.entries()) {
      let noisy: typeof gradients;
      [noisy, state] = noise.update(gradients, state);
      const got = [...noisy.a.dataSync(), noisy.b.dataSync()[0]];
      values.forEach((value, j) => {
        assert(Math.abs(got[j] - value) < 2e-6, `${got}`);
      });
      assertEquals(state.rngKey.toArray(), keys[i]);
    }
  });
});

describe("noisySgd()", () => {
  it("goes downhill by noisy gradients", () => {
    const params = f32(0, 0);
    const noise = optax.addNoise(0.01, 0.55, 0);
    const [noisy] = noise.update(f32(1, 2), noise.init(params));
    const optimizer = optax.noisySgd(0.5);
    const [updates] = optimizer.update(f32(1, 2), optimizer.init(params));
    assertEquals(updates.toArray(), noisy.mul(-0.5).toArray());
  });
});

describe("injectHyperparams()", () => {
  it("lets a rate be changed without tracing again", () => {
    const optimizer = optax.injectHyperparams(
      ({ rate }) => optax.sgd(rate),
      { rate: 0.5 },
    );
    let traces = 0;
    const update = jax.jit((g: Tensor, state: unknown) => {
      traces++;
      return optimizer.update(g, state as ReturnType<typeof optimizer.init>);
    });
    const state = optimizer.init(f32(1));
    assertEquals(update(f32(2), state)[0].toArray(), [-1]);
    state.hyperparams.rate = tensor(3, "f32");
    assertEquals(update(f32(2), state)[0].toArray(), [-6]);
    assertEquals(traces, 1);
  });
  it("shows the values of schedules", () => {
    const optimizer = optax.injectHyperparams(
      ({ rate }) => optax.sgd(rate),
      { rate: optax.linearSchedule(1, 0, 4) },
    );
    let state = optimizer.init(f32(1));
    const rates = [0, 1, 2].map(() => {
      [, state] = optimizer.update(f32(1), state);
      return state.hyperparams.rate.dataSync()[0];
    });
    assertEquals(rates, [1, 0.75, 0.5]);
  });
  it("is not needed for a rate that is a tensor", () => {
    let traces = 0;
    const step = jax.jit((rate: Tensor, g: Tensor) => {
      traces++;
      const optimizer = optax.adam(rate);
      return optimizer.update(g, optimizer.init(g))[0];
    });
    const [slow, fast] = [0.1, 1].map((rate) =>
      step(tensor(rate, "f32"), f32(2))
    );
    assert(Math.abs(fast.dataSync()[0] / slow.dataSync()[0] - 10) < 1e-4);
    assertEquals(traces, 1);
  });
});

describe("transformations refuse", () => {
  const g = { w: f32(1) };
  const needy: [string, optax.GradientTransformation][] = [
    ["scale by trust ratios", optax.scaleByTrustRatio()],
    ["scale by NovoGrad", optax.scaleByNovograd()],
    ["keep parameters from being negative", optax.keepParamsNonnegative()],
  ];
  for (const [action, transformation] of needy) {
    it(`to ${action} without parameters`, () => {
      assertThrows(
        () => transformation.update(g, transformation.init(g)),
        TreeError,
        `Cannot ${action}: params is undefined, expected the parameters: call ` +
          "update(updates, state, params)",
      );
    });
  }
  it("schedules that do not fit together", () => {
    assertThrows(
      () => optax.joinSchedules([optax.linearSchedule(0, 1, 2)], [3]),
      ShapeError,
      "Cannot join schedules: 1 schedules and 1 boundaries were given, " +
        "expected one boundary between each two",
    );
    assertThrows(
      () => optax.piecewiseInterpolateSchedule("cubic" as "linear", 1),
      ShapeError,
      'Cannot make a schedule of pieces: the kind is "cubic", expected ' +
        '"linear" or "cosine"',
    );
    assertThrows(
      () => optax.warmupCosineDecaySchedule(0, 1, 5, 5),
      ShapeError,
      "Cannot make a cosine schedule: decaySteps is 0",
    );
    assertThrows(
      () => optax.clipByBlockRms(-1),
      ShapeError,
      "Cannot clip updates: threshold is -1, expected a number from 0",
    );
  });
});

describe("a parameter that is frozen for a while", () => {
  const optimizers: Record<string, optax.GradientTransformation> = {
    adamax: optax.adamax(0.1),
    amsgrad: optax.amsgrad(0.1),
    adabelief: optax.adabelief(0.1),
    radam: optax.radam(0.1),
    yogi: optax.yogi(0.1),
    adan: optax.adan(0.1),
    novograd: optax.novograd(0.1),
    rmsprop: optax.rmsprop(0.1),
    centered: optax.rmsprop(0.1, { centered: true }),
    adagrad: optax.adagrad(0.1),
    adadelta: optax.adadelta(0.1),
    lion: optax.lion(0.1),
    sm3: optax.sm3(0.1),
    rprop: optax.rprop(0.1),
    ema: optax.ema(0.9),
    applyEvery: optax.applyEvery(1),
    multiSteps: optax.multiSteps(optax.adam(0.1), 1),
  };
  for (const [name, optimizer] of Object.entries(optimizers)) {
    it(`keeps its state: ${name}`, () => {
      const params = { w: f32(1, 2), v: f32(3) };
      const gradients = { w: f32(1, -1), v: f32(2) };
      const [, state] = optimizer.update(
        gradients,
        optimizer.init(params),
        params,
      );
      const [updates, next] = optimizer.update(
        { w: null, v: f32(1) },
        state,
        params,
      );
      assertEquals(updates.w, null);
      assert(updates.v instanceof Object);
      assertEquals(ofW(next), ofW(state));
    });
  }
});

/** All that a state says of the parameter `w`, by where it stands. */
function ofW(state: unknown): unknown {
  const [leaves, { paths }] = jax.tree.flatten(state) as unknown as [
    Tensor[],
    { paths: readonly string[] },
  ];
  return paths.flatMap((path, i) =>
    path.includes("['w']") ? [[path, leaves[i].toArray()]] : []
  );
}
