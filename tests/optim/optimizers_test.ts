/**
 * Optimizers against optax: ten updates of two parameters with given gradients
 * (the goldens' `optNN`), and five with gradients that depend on the parameter.
 */
import { describe, it } from "node:test";
import { assert } from "@std/assert";
import { exp, type Tensor, tensor } from "../../src/numpy/mod.ts";
import {
  adam,
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  clip,
  clipByGlobalNorm,
  cosineDecaySchedule,
  type GradientTransformation,
  scale,
  scaleByAdam,
  scaleBySchedule,
  sgd,
  trace,
} from "../../src/optim/mod.ts";
import optim from "../goldens/optim.json" with { type: "json" };
import pcax from "../goldens/pcax_golden.json" with { type: "json" };
import { type Golden, loadGolden } from "../support/npz.ts";

/** 0.1 * 0.5 ** (count / 3), as a user would write it. */
const exponential = (count: Tensor): Tensor =>
  exp(count.mul(Math.log(0.5) / 3)).mul(0.1);

const cosine = cosineDecaySchedule(0.1, 8, { alpha: 0.1 });

const CASES: Record<string, GradientTransformation> = {
  opt00: sgd(0.1),
  opt01: sgd(0.1, { momentum: 0.9 }),
  opt02: sgd(0.1, { momentum: 0.9, nesterov: true }),
  opt03: sgd(0.1, { momentum: 0.3 }),
  opt04: adam(1e-2),
  opt05: adam(1e-2, { b1: 0.8, b2: 0.95, eps: 1e-6, epsRoot: 1e-8 }),
  opt08: adamw(1e-2),
  opt09: adamw(1e-2, { weightDecay: 0.1 }),
  opt35: adam(cosine),
  opt36: sgd(exponential),
  opt41: chain(clipByGlobalNorm(1), adam(1e-2)),
  opt42: chain(clipByGlobalNorm(1), sgd(0.1)),
  opt43: chain(clip(0.5), sgd(0.1, { momentum: 0.9 })),
  opt45: chain(addDecayedWeights(0.1), sgd(0.1)),
  opt46: chain(scaleByAdam(), scale(-0.01)),
  opt47: chain(trace(0.9), scaleBySchedule(exponential), scale(-1)),
  opt48: chain(sgd(0.05, { momentum: 0.3 })),
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
  const out: { a: number[]; b: number[] } = { a: [], b: [] };
  for (let step = 0; step < 10; step++) {
    let updates: Params = { a: at("a", step), b: at("b", step) };
    [updates, state] = optimizer.update(updates, state, params);
    params = applyUpdates(params, updates);
    out.a.push(...params.a.dataSync());
    out.b.push(...params.b.dataSync());
  }
  return out;
}

describe("optimizers equal optax's", () => {
  const names: Record<string, string> = optim.meta.optimisers;
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
