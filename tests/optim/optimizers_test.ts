/**
 * Optimizers against optax: ten updates of two parameters with given gradients
 * (the goldens' `optNN`), and five with gradients that depend on the parameter.
 */
import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { jax, type Tensor, tensor } from "../../src/numpy/mod.ts";
import * as optax from "../../src/optim/mod.ts";
import type { GradientTransformation } from "../../src/optim/mod.ts";
import optim from "../goldens/optim.json" with { type: "json" };
import pcax from "../goldens/pcax_golden.json" with { type: "json" };
import { type Golden, loadGolden } from "../support/npz.ts";

const { adam, adamw, applyUpdates, chain, sgd } = optax;

const cosine = optax.cosineDecaySchedule(0.1, 8, { alpha: 0.1 });
const exponential = optax.exponentialDecay(0.1, 3, 0.5);
const warmupCosine = (warmup: number) =>
  optax.warmupCosineDecaySchedule(1e-2, 0.11, warmup, 9, { endValue: 1e-3 });

const CASES: Record<string, GradientTransformation> = {
  opt00: sgd(0.1),
  opt01: sgd(0.1, { momentum: 0.9 }),
  opt02: sgd(0.1, { momentum: 0.9, nesterov: true }),
  opt03: sgd(0.1, { momentum: 0.3 }),
  opt04: adam(1e-2),
  opt05: adam(1e-2, { b1: 0.8, b2: 0.95, eps: 1e-6, epsRoot: 1e-8 }),
  opt06: adam(1e-2, { nesterov: true }),
  opt07: optax.nadam(1e-2),
  opt08: adamw(1e-2),
  opt09: adamw(1e-2, { weightDecay: 0.1 }),
  opt10: optax.nadamw(1e-2),
  opt11: optax.adamax(1e-2),
  opt12: optax.adamaxw(1e-2),
  opt13: optax.amsgrad(1e-2),
  opt14: optax.adabelief(1e-2),
  opt15: optax.radam(1e-2),
  opt16: optax.yogi(1e-2),
  opt17: optax.adan(1e-2),
  opt18: optax.novograd(1e-2),
  opt19: optax.rmsprop(1e-2),
  opt20: optax.rmsprop(1e-2, { decay: 0.95, centered: true }),
  opt21: optax.rmsprop(1e-2, { momentum: 0.9 }),
  opt22: optax.rmsprop(1e-2, {
    momentum: 0.9,
    nesterov: true,
    initialScale: 0.1,
  }),
  opt23: optax.adagrad(0.1),
  opt24: optax.adagrad(0.1, { initialAccumulatorValue: 0, eps: 1e-5 }),
  opt25: optax.adadelta(1),
  opt26: optax.lion(1e-2),
  opt27: optax.lion(1e-2, { b1: 0.95, b2: 0.98, weightDecay: 0.1 }),
  opt28: optax.lamb(1e-2),
  opt29: optax.lamb(1e-2, { weightDecay: 0.1 }),
  opt30: optax.lars(1e-1),
  opt31: optax.fromage(1e-2),
  opt32: optax.sm3(0.1),
  opt33: optax.rprop(1e-2),
  opt34: optax.signSgd(1e-2),
  opt35: adam(cosine),
  opt36: sgd(exponential),
  opt37: adamw(warmupCosine(3), { weightDecay: 6e-3 }),
  opt38: adamw(warmupCosine(2.5), { weightDecay: 6e-3 }),
  opt39: sgd(warmupCosine(3), { momentum: 0.9 }),
  opt40: optax.lion(cosine),
  opt41: chain(optax.clipByGlobalNorm(1), adam(1e-2)),
  opt42: chain(optax.clipByGlobalNorm(1), sgd(0.1)),
  opt43: chain(optax.clip(0.5), sgd(0.1, { momentum: 0.9 })),
  opt44: chain(optax.clipByBlockRms(0.5), sgd(0.1)),
  opt45: chain(optax.addDecayedWeights(0.1), sgd(0.1)),
  opt46: chain(optax.scaleByAdam(), optax.scale(-0.01)),
  opt47: chain(
    optax.trace(0.9),
    optax.scaleBySchedule(exponential),
    optax.scale(-1),
  ),
  opt48: chain(sgd(0.05, { momentum: 0.3 })),
  opt49: chain(optax.ema(0.9), optax.scale(-0.1)),
  opt50: chain(optax.ema(0.9, { debias: false }), optax.scale(-0.1)),
  opt51: chain(optax.centralize(), sgd(0.1)),
  opt52: chain(optax.normalizeByUpdateNorm(), sgd(0.1)),
  opt53: optax.multiSteps(adam(1e-2), 2),
  opt54: chain(optax.applyEvery(3), sgd(0.1)),
  opt55: optax.setToZero(),
  opt56: chain(optax.zeroNans(), sgd(0.1)),
  opt57: chain(sgd(0.1), optax.keepParamsNonnegative()),
  opt58: optax.masked(adamw(1e-2), { a: true, b: false }),
  opt59: optax.multiTransform({ slow: adam(1e-2), fast: sgd(0.1) }, {
    a: "slow",
    b: "fast",
  }),
  opt60: optax.injectHyperparams(({ rate }) => adam(rate), { rate: cosine }),
};

interface Params {
  a: Tensor;
  b: Tensor;
}

/** The parameter after each update, as the goldens stack them. */
function trajectory(
  golden: Golden,
  optimizer: GradientTransformation,
): { a: number[]; b: number[] } {
  const at = (name: string, step: number): Tensor => {
    const { shape } = golden.get(`params0/${name}`, "f32");
    const size = shape.reduce((product, n) => product * n, 1);
    const values = golden.values(
      step < 0 ? `params0/${name}` : `grads/${name}`,
      "f32",
    );
    const start = Math.max(step, 0) * size;
    return tensor([...values.slice(start, start + size)], "f32")
      .reshape(shape);
  };
  let params: Params = { a: at("a", -1), b: at("b", -1) };
  let state = optimizer.init(params);
  const take = jax.jit((gradients: Params, state: unknown, params: Params) => {
    const [updates, next] = optimizer.update(gradients, state, params);
    return [applyUpdates(params, updates), next] as const;
  });
  const out: { a: number[]; b: number[] } = { a: [], b: [] };
  for (let step = 0; step < 10; step++) {
    const gradients: Params = { a: at("a", step), b: at("b", step) };
    [params, state] = take(gradients, state, params);
    out.a.push(...params.a.dataSync());
    out.b.push(...params.b.dataSync());
  }
  return out;
}

describe("optimizers equal optax's", () => {
  const names: Record<string, string> = optim.meta.optimisers;
  it("all of the goldens", () => {
    assertEquals(Object.keys(CASES), Object.keys(names));
  });
  for (const [key, optimizer] of Object.entries(CASES)) {
    it(names[key], async () => {
      const golden = await loadGolden({
        npz: optim.npz,
        f32_vs_f64: optim.f32_vs_f64,
      });
      const { a, b } = trajectory(golden, optimizer);
      golden.assertClose(`${key}/a`, a);
      golden.assertClose(`${key}/b`, b);
    });
  }
});

/** The optimizer, and how far its f32 golden is from the same run in double. */
const FEEDBACK: [
  name: keyof typeof pcax.optax,
  optimizer: GradientTransformation,
  noise: number,
][] = [
  ["sgd .1", sgd(0.1), 4e-8],
  ["sgd .1 mom .9", sgd(0.1, { momentum: 0.9 }), 9e-8],
  [
    "sgd .1 mom .5 nesterov",
    sgd(0.1, { momentum: 0.5, nesterov: true }),
    5e-8,
  ],
  ["adam 1e-2", adam(1e-2), 4e-7],
  ["adamw 1e-2", adamw(1e-2), 5e-7],
  ["adamw 1e-2 wd .1", adamw(1e-2, { weightDecay: 0.1 }), 4e-7],
];

describe("optimizers equal optax's where gradients follow parameters", () => {
  for (const [name, optimizer, noise] of FEEDBACK) {
    it(name, () => {
      const golden = pcax.optax[name] as number[][];
      let p = tensor([1, -2, 0.5]);
      let state = optimizer.init(p);
      golden.forEach((expected, i) => {
        const g = tensor([0.1, -0.2, 0.3]).mul(i + 1).sub(p.mul(0.05));
        let updates: Tensor;
        [updates, state] = optimizer.update(g, state, p);
        p = applyUpdates(p, updates);
        const actual = [...p.dataSync()];
        const worst = Math.max(
          ...expected.map((value, k) => Math.abs(value - actual[k])),
        );
        const tolerance = 10 * noise +
          1e-6 * Math.max(...expected.map(Math.abs));
        assert(
          worst <= tolerance,
          `step ${i}: [${actual}], golden [${expected}]: ${worst} apart`,
        );
      });
    });
  }
});
