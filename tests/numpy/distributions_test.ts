import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

const { nn: { initializers }, random } = jax;

const N = 20000;
const key = random.key(7);

/** A draw, and its distribution function in double precision. */
const DRAWS: [string, (key: Tensor) => Tensor, (x: number) => number][] = [
  ["exponential", (k) => random.exponential(k, [N]), (x) => 1 - Math.exp(-x)],
  [
    "laplace",
    (k) => random.laplace(k, [N]),
    (x) => x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2,
  ],
  [
    "cauchy",
    (k) => random.cauchy(k, [N]),
    (x) => 0.5 + Math.atan(x) / Math.PI,
  ],
  ["logistic", (k) => random.logistic(k, [N]), (x) => 1 / (1 + Math.exp(-x))],
  [
    "rayleigh",
    (k) => random.rayleigh(k, 2, [N]),
    (x) => 1 - Math.exp(-x * x / 8),
  ],
  ["pareto", (k) => random.pareto(k, 3, [N]), (x) => 1 - x ** -3],
  [
    "weibullMin",
    (k) => random.weibullMin(k, 2, 1.5, [N]),
    (x) => 1 - Math.exp(-((x / 2) ** 1.5)),
  ],
  [
    "triangular",
    (k) => random.triangular(k, -1, 0, 2, [N]),
    (x) => x < 0 ? (x + 1) ** 2 / 3 : 1 - (2 - x) ** 2 / 6,
  ],
  [
    "lognormal",
    (k) => random.lognormal(k, 0.5, [N]),
    (x) => normalCdf(Math.log(x) / 0.5),
  ],
  [
    "truncatedNormal",
    (k) => random.truncatedNormal(k, -1, jnp.tensor(2, "f32"), [N]),
    (x) => (normalCdf(x) - normalCdf(-1)) / (normalCdf(2) - normalCdf(-1)),
  ],
  [
    "maxwell",
    (k) => random.maxwell(k, [N]),
    (x) =>
      2 * normalCdf(x) - 1 -
      Math.sqrt(2 / Math.PI) * x * Math.exp(-x * x / 2),
  ],
  [
    "wald",
    (k) => random.wald(k, 1.5, [N]),
    (x) => {
      const [root, ratio] = [Math.sqrt(1 / x), x / 1.5];
      return normalCdf(root * (ratio - 1)) +
        Math.exp(2 / 1.5) * normalCdf(-root * (ratio + 1));
    },
  ],
];

/** The same for what is made of gamma. */
const GAMMAS: typeof DRAWS = [
  [
    "gamma of 3",
    (k) => random.gamma(k, 3, [N]),
    (x) => 1 - Math.exp(-x) * (1 + x + x * x / 2),
  ],
  [
    "gamma of 1/2",
    (k) => random.gamma(k, 0.5, [N]),
    (x) => 2 * normalCdf(Math.sqrt(2 * x)) - 1,
  ],
  [
    "loggamma of 1/2",
    (k) => random.loggamma(k, 0.5, [N]),
    (x) => 2 * normalCdf(Math.sqrt(2 * Math.exp(x))) - 1,
  ],
  [
    "beta",
    (k) => random.beta(k, 2, 3, [N]),
    (x) => 6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4,
  ],
  [
    "chisquare",
    (k) => random.chisquare(k, 2, [N]),
    (x) => 1 - Math.exp(-x / 2),
  ],
  [
    "t",
    (k) => random.t(k, 2, [N]),
    (x) => 0.5 + x / (2 * Math.sqrt(2 + x * x)),
  ],
  ["f", (k) => random.f(k, 4, 2, [N]), (x) => (2 * x / (1 + 2 * x)) ** 2],
  [
    "generalizedNormal",
    (k) => random.generalizedNormal(k, 2, [N]),
    (x) => normalCdf(x * Math.SQRT2),
  ],
  [
    "ball",
    (k) => random.ball(k, 3, { shape: [N] }).square().sum(-1).sqrt(),
    (r) => r ** 3,
  ],
  [
    "dirichlet",
    (k) => random.dirichlet(k, [2, 1, 2], [N]).slice(null, 0),
    (x) => 6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4,
  ],
];

/** By the trapezoidal rule from far left. */
function normalCdf(x: number): number {
  const steps = 400, low = -8;
  if (x <= low) return 0;
  const width = (x - low) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 0.5 : 1;
    sum += weight * Math.exp(-((low + i * width) ** 2) / 2);
  }
  return sum * width / Math.sqrt(2 * Math.PI);
}

function assertDistribution(
  name: string,
  x: Tensor,
  cdf: (x: number) => number,
): void {
  // Kolmogorov's distance is below 1.95 / sqrt(n) but once in a thousand.
  const sorted = [...x.dataSync()].sort((a, b) => a - b);
  assertEquals(sorted.length, N);
  let far = 0;
  for (let k = 0; k < N; k += 50) {
    far = Math.max(far, Math.abs(cdf(sorted[k]) - (k + 0.5) / N));
  }
  assert(far < 1.95 / Math.sqrt(N), `${name}: ${far}`);
}

describe("gamma and what is made of it", () => {
  for (const [name, draw, cdf] of GAMMAS) {
    it(name, () => assertDistribution(name, draw(key), cdf));
  }
  it("takes the shape of its parameters", () => {
    assertEquals(random.gamma(key, [1, 2, 3]).shape, [3]);
    assertEquals(random.beta(key, [1, 2], [[1], [2]]).shape, [2, 2]);
    assertEquals(random.dirichlet(key, [1, 2, 3]).shape, [3]);
    const x = random.dirichlet(key, [1, 2, 3], [5]);
    const sums = x.sum(-1).sub(1).abs().max().toArray();
    assert(Number(sums) < 1e-6);
    assertThrows(
      () => random.dirichlet(key, 1),
      ShapeError,
      "Cannot draw with alpha f32[], expected at least one axis",
    );
    assertThrows(
      () => random.gamma(key, [1, 2], [3]),
      ShapeError,
      "Cannot draw with f32[3] and f32[2]",
    );
  });
  it("runs in a jitted function, and in a batch of keys", () => {
    const draw = (k: Tensor) => random.gamma(k, 2, [3]);
    assertEquals(jax.jit(draw)(key).toArray(), draw(key).toArray());
    const keys = random.split(key, 2);
    assertEquals(
      jax.vmap(draw)(keys).toArray(),
      [0, 1].map((i) => draw(keys.at(i)).toArray() as number[]),
    );
  });
});

describe("distributions", () => {
  const all = jax.jit((keys: Tensor) =>
    DRAWS.map(([, draw], i) => draw(keys.at(i)))
  )(random.split(key, DRAWS.length));
  DRAWS.forEach(([name, , cdf], i) => {
    it(name, () => assertDistribution(name, all[i], cdf));
  });
  it("geometric", () => {
    const x = random.geometric(key, 0.3, [N]);
    assertEquals(x.dtype, "i32");
    [1, 2, 3].forEach((n) => {
      const share = Number(x.equal(n).mean().toArray());
      assert(Math.abs(share - 0.3 * 0.7 ** (n - 1)) < 0.017, `${n}: ${share}`);
    });
    assertEquals(Number(x.min().toArray()), 1);
  });
  it("rademacher and doubleSidedMaxwell have both signs", () => {
    const signs = random.rademacher(key, [N]);
    assertEquals(signs.abs().min().toArray(), 1);
    assert(Math.abs(Number(signs.mean().toArray())) < 0.036);
    const x = random.doubleSidedMaxwell(key, 1, 2, [N]);
    assertEquals(x.shape, [N]);
    const mean = Number(x.mean().toArray());
    const spread = Number(x.sub(1).square().mean().toArray());
    // Its variance is 3 scale^2, and that of a square 6 scale^4.
    assert(Math.abs(mean - 1) < 0.13, `${mean}`);
    assert(Math.abs(spread - 12) < 0.36, `${spread}`);
    assertEquals(random.doubleSidedMaxwell(key, [0, 1], 2).shape, [2, 2]);
  });
  it("take the shape of their parameters", () => {
    assertEquals(random.pareto(key, [1, 2, 3]).shape, [3]);
    assertEquals(random.rayleigh(key, [[1], [2]], [2, 3]).shape, [2, 3]);
    assertEquals(random.truncatedNormal(key, [-1, -2], [[1], [2]]).shape, [
      2,
      2,
    ]);
    assertThrows(
      () => random.pareto(key, [1, 2, 3], [2]),
      ShapeError,
      "Cannot draw with f32[3] and f32[2]: axis 0 has sizes 3 and 2",
    );
  });
  it("truncatedNormal stays inside", () => {
    const x = random.truncatedNormal(key, -0.01, 0.01, [N]);
    assert(Number(x.abs().max().toArray()) < 0.01);
  });
});

describe("choice", () => {
  it("draws parts of a tensor along an axis", () => {
    const x = jnp.arange(12).reshape(3, 4);
    const places = random.choice(key, 4, [2, 3]);
    assertEquals(
      random.choice(key, x, [2, 3], { axis: 1 }).toArray(),
      jnp.take(x, places, 1).toArray(),
    );
    assertEquals(random.choice(key, [5, 7]).shape, []);
    const all = random.choice(key, 9, [9], { replace: false });
    assertEquals(jnp.sort(all).toArray(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
  it("follows probabilities", () => {
    const p = [0.2, 0.5, 0.3];
    const x = random.choice(key, 3, [N], { p });
    p.forEach((share, i) => {
      const found = Number(x.equal(i).mean().toArray());
      // Five standard deviations.
      assert(Math.abs(found - share) < 0.018, `${i}: ${found}`);
    });
    const keys = random.split(key, 2000);
    const firsts = jax.vmap((k: Tensor) =>
      random.choice(k, 3, [2], { p, replace: false })
    )(keys);
    assertEquals(
      firsts.slice(null, 0).equal(firsts.slice(null, 1)).any().toArray(),
      false,
    );
    const first = Number(firsts.slice(null, 0).equal(1).mean().toArray());
    assert(Math.abs(first - 0.5) < 0.056, `${first}`);
  });
  it("says what does not fit", () => {
    assertThrows(
      () => random.choice(key, 3, [4], { replace: false }),
      ShapeError,
      "Cannot choose 4 of 3 elements without replacement: expected as many",
    );
    assertThrows(
      () => random.choice(key, 0),
      ShapeError,
      "Cannot choose 1 of 0 elements: expected at least one element",
    );
    assertThrows(
      () => random.choice(key, 3, [4], { p: [0.5, 0.5] }),
      ShapeError,
      "Cannot choose: p f32[2] was given, expected one probability for each of 3",
    );
  });
});

describe("vectors and matrices", () => {
  it("orthogonal matrices", () => {
    const q = random.orthogonal(key, 3, [2]);
    const unit = jnp.matmul(q, jnp.matrixTranspose(q)).sub(jnp.eye(3));
    assertEquals(q.shape, [2, 3, 3]);
    assert(Number(unit.abs().max().toArray()) < 2e-6);
  });
  it("normal vectors with a covariance", () => {
    const cov = [[2, 0.8], [0.8, 1]];
    const x = random.multivariateNormal(key, [1, -1], cov, [N]);
    const found = jnp.cov(x.T).sub(cov).abs().max().toArray();
    assert(Number(found) < 0.1, `${found}`);
    const mean = x.mean(0).sub([1, -1]).abs().max().toArray();
    assert(Number(mean) < 0.05, `${mean}`);
    assertThrows(
      () => random.multivariateNormal(key, [1, 2], [[1]]),
      ShapeError,
      "Cannot draw normal vectors of mean i32[2] and covariance i32[1,1]",
    );
  });
});

describe("initial weights", () => {
  const shape = [3, 20, 30];
  const spread = (x: Tensor) => Number(x.square().mean().toArray());
  it("constants and plain distributions", () => {
    assertEquals(initializers.zeros(key, [2]).toArray(), [0, 0]);
    assertEquals(initializers.ones(key, [2]).toArray(), [1, 1]);
    assertEquals(initializers.constant(5)(key, [2]).toArray(), [5, 5]);
    const near = (x: Tensor, variance: number) =>
      assert(Math.abs(spread(x) / variance - 1) < 0.1, `${spread(x)}`);
    near(initializers.uniform(2)(key, [N]), 4 / 3);
    near(initializers.normal(2)(key, [N]), 4);
    // The variance of normal numbers that are cut off at 2.
    near(
      initializers.truncatedNormal(2)(key, [N]),
      4 * 0.8796256610342398 ** 2,
    );
  });
  it("are scaled by the number of units", () => {
    const cases: [jax.nn.initializers.Initializer, number][] = [
      [initializers.glorotUniform(), 2 / (60 + 90)],
      [initializers.xavierNormal(), 2 / (60 + 90)],
      [initializers.xavierUniform(), 2 / (60 + 90)],
      [initializers.heUniform(), 2 / 60],
      [initializers.kaimingUniform(), 2 / 60],
      [initializers.kaimingNormal(), 2 / 60],
      [initializers.lecunUniform(), 1 / 60],
      [initializers.heNormal({ inAxis: -1, outAxis: -2 }), 2 / 90],
      [initializers.heNormal({ batchAxis: 0 }), 2 / 20],
      [
        initializers.varianceScaling(3, {
          mode: "fanOut",
          distribution: "normal",
        }),
        3 / 90,
      ],
    ];
    for (const [make, variance] of cases) {
      const ratio = spread(make(key, shape)) / variance;
      assert(Math.abs(ratio - 1) < 0.15, `${ratio}`);
    }
    assertThrows(
      () => initializers.heNormal()(key, [5]),
      ShapeError,
      "Cannot scale initial weights of shape [5]: expected at least two axes",
    );
  });
  it("are orthogonal, along either axis", () => {
    const far = (x: Tensor) =>
      Number(x.sub(jnp.eye(x.shape[0])).abs().max().toArray());
    const wide = initializers.orthogonal()(key, [2, 5]);
    assert(far(wide.matmul(wide.T)) < 2e-6);
    const tall = initializers.orthogonal({ scale: 2 })(key, [3, 2, 2]);
    const columns = tall.reshape(6, 2).div(2);
    assert(far(columns.T.matmul(columns)) < 2e-6);
    const rows = initializers.orthogonal({ columnAxis: 0 })(key, [2, 5]);
    assert(far(rows.matmul(rows.T)) < 2e-6);
    const delta = initializers.deltaOrthogonal(2)(key, [3, 3, 2, 4]);
    const middle = delta.slice(1, 1).div(2);
    assert(far(middle.matmul(middle.T)) < 2e-6);
    assertEquals(delta.notEqual(0).any([2, 3]).sum().toArray(), 1);
    assertThrows(
      () => initializers.deltaOrthogonal()(key, [3, 4, 2]),
      ShapeError,
      "Cannot make orthogonal weights of shape [3,4,2]: expected a window of",
    );
    assertThrows(
      () => initializers.orthogonal()(key, [5]),
      ShapeError,
      "Cannot make orthogonal weights of shape [5]",
    );
  });
});
