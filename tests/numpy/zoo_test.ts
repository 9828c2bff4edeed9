import { before, describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../src/numpy/mod.ts";
import zoo from "../goldens/zoo_functions.json" with { type: "json" };
import { type Golden, loadGolden } from "../support/npz.ts";
import { jax, jnp } from "./names.ts";

const { lax, nn } = jax;

let golden: Golden;
before(async () => {
  golden = await loadGolden(zoo);
});

/** The functions of `act/`, of single elements. */
const FUNCTIONS: Record<string, (x: Tensor) => Tensor> = {
  relu: nn.relu,
  relu6: nn.relu6,
  leaky_relu: (x) => nn.leakyRelu(x),
  leaky_relu_0_2: (x) => nn.leakyRelu(x, 0.2),
  gelu_tanh: (x) => nn.gelu(x),
  gelu_erf: (x) => nn.gelu(x, { approximate: false }),
  tanh: nn.tanh,
  sigmoid: nn.sigmoid,
  softplus: nn.softplus,
  silu: nn.silu,
  elu: (x) => nn.elu(x),
  celu: (x) => nn.celu(x),
  selu: nn.selu,
  mish: nn.mish,
  hard_tanh: nn.hardTanh,
  hard_sigmoid: nn.hardSigmoid,
  hard_silu: nn.hardSilu,
  log_sigmoid: nn.logSigmoid,
  soft_sign: nn.softSign,
  squareplus: (x) => nn.squareplus(x),
  sparse_plus: nn.sparsePlus,
  abs: jnp.abs,
  sign: jnp.sign,
  exp: jnp.exp,
  expm1: jnp.expm1,
  log1p_abs: (x) => jnp.log1p(x.abs()),
  erf: lax.erf,
  sin: jnp.sin,
  cos: jnp.cos,
  square: jnp.square,
  sqrt_abs: (x) => jnp.sqrt(x.abs()),
  rsqrt_1p_sq: (x) => lax.rsqrt(x.square().add(1)),
  max0: (x) => jnp.maximum(x, 0),
  min0: (x) => jnp.minimum(x, 0),
  clip: (x) => jnp.clip(x, -1, 1),
  where0: (x) => jnp.where(x.greater(0), x, x.mul(0.1)),
};

/** The functions of `op/`, of the rows of a matrix. */
const ROWS: Record<string, (m: Tensor) => Tensor> = {
  softmax: (m) => nn.softmax(m),
  log_softmax: (m) => nn.logSoftmax(m),
  softmax_ax0: (m) => nn.softmax(m, 0),
  cumsum: (m) => jnp.cumsum(m, 1),
  cumprod: (m) => jnp.cumprod(m, 1),
  standardize: (m) => nn.standardize(m),
  flip: (m) => jnp.flip(m, 1),
  sort: (m) => jnp.sort(m, 1),
  roll: (m) => jnp.roll(m, 2, 1),
  logsumexp: (m) => nn.logsumexp(m, 1),
  sum: (m) => m.sum(1),
  mean: (m) => m.mean(1),
  var: (m) => m.var(1),
  std: (m) => m.std(1),
  max: (m) => m.max(1),
  min: (m) => m.min(1),
  prod: (m) => m.prod(1),
  norm: (m) => jnp.linalg.norm(m, { axis: 1 }),
};

/** The gap of a kind of arrays: of values, or of derivatives. */
function gapOf(kind: RegExp): number {
  const gaps = Object.entries(zoo.f32_vs_f64).filter(([name]) =>
    kind.test(name)
  ).map(([, [gap]]) => gap);
  return Math.max(...gaps.filter(Number.isFinite));
}

const seen = new Set<string>();

function assertGolden(name: string, actual: Tensor, gap: number): void {
  seen.add(name);
  const { shape } = golden.get(name, "f64");
  const expected = golden.values(name);
  assertEquals(actual.shape, shape, name);
  const finite = expected.filter((v) => Number.isFinite(Math.fround(v)));
  const tolerance = 10 * gap + 1e-6 * Math.max(...finite.map(Math.abs));
  actual.dataSync().forEach((v, i) => {
    // A double may be beyond f32.
    const limit = Math.fround(expected[i]);
    const fits = Number.isFinite(limit)
      ? Math.abs(v - expected[i]) <= tolerance
      : Object.is(v, limit);
    assert(fits, `${name}[${i}] is ${v}, golden ${expected[i]}, ${tolerance}`);
  });
}

function input(name: string): Tensor {
  seen.add(name);
  const { shape } = golden.get(name, "f64");
  return jnp.tensor(golden.values(name), "f32").reshape(shape);
}

describe("golden functions of elements: values and derivatives", () => {
  for (const [name, fn] of Object.entries(FUNCTIONS)) {
    it(name, () => {
      const x = input("act/x");
      const [y, dy] = jax.jit((x: Tensor) => [
        fn(x),
        jax.grad((x: Tensor) => fn(x).sum())(x),
      ])(x);
      const ownGap = (part: string) =>
        gapOf(new RegExp(`^act/${name}/${part}$`));
      assertGolden(`act/${name}/y`, y, ownGap("y"));
      assertGolden(`act/${name}/dy`, dy, ownGap("dy"));
    });
  }
});

describe("golden functions of rows: values and derivatives", () => {
  for (const [name, fn] of Object.entries(ROWS)) {
    it(name, () => {
      const m = input("op/M"), r = input("op/R");
      const loss = (m: Tensor) => {
        const y = fn(m);
        return y.mul(y.ndim === 2 ? r : r.slice(null, 0)).sum();
      };
      const [y, dm] = jax.jit((m: Tensor) => [fn(m), jax.grad(loss)(m)])(m);
      assertGolden(`op/${name}/y`, y, gapOf(/^op\/.*\/y$/));
      assertGolden(`op/${name}/dM`, dm, gapOf(/^op\/.*\/dM$/));
    });
  }
  it("ties share the gradient, and the first of them has the index", () => {
    const m = input("op/ties/M");
    const of = (fn: (m: Tensor) => Tensor) =>
      jax.grad((m: Tensor) => fn(m).sum())(m);
    const gap = gapOf(/^op\/ties/);
    assertGolden("op/ties/max_dM", of((m) => m.max(1)), gap);
    assertGolden("op/ties/min_dM", of((m) => m.min(1)), gap);
    // Neighbours of the first three columns.
    const pairs = of((m) =>
      m.slice(null, [0, 2]).maximum(m.slice(null, [1, 3]))
    );
    assertGolden("op/ties/maximum_self_dM", pairs, gap);
    assertGolden("op/ties/argmax", m.argmax(1), 0);
    assertGolden("op/ties/argmin", m.argmin(1), 0);
  });
  it("leave no golden array out", () => {
    const all = golden.names().map((n) => n.replace("f64/", ""));
    assertEquals(all.filter((n) => !seen.has(n)), []);
  });
});
