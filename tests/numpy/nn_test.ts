import { describe, it } from "node:test";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import golden from "../goldens/pcax_golden.json" with { type: "json" };

const { nn } = jax;
const { x, log_softmax, one_hot, argmax_ties, ...activations } =
  golden.activations;

const FUNCTIONS: Record<keyof typeof activations, (x: Tensor) => Tensor> = {
  relu: nn.relu,
  leaky_relu: (x) => nn.leakyRelu(x),
  gelu: (x) => nn.gelu(x),
  tanh: nn.tanh,
  hard_tanh: nn.hardTanh,
  sigmoid: nn.sigmoid,
  silu: nn.silu,
  selu: nn.selu,
  softplus: nn.softplus,
  elu: (x) => nn.elu(x),
};

/** Both are f32: a few ulp of numbers up to 4, here and in JAX. */
const TOLERANCE = 1e-6;

/**
 * The derivative of gelu has a factor of 10 on the error of a tanh near 1,
 * which may be 7 ulp: at 4, x (1 + 3 * 0.044715 x^2) sqrt(2 / pi) is 10.
 */
const GELU_SLOPE = 10 * 7 * 2 ** -24;

function assertClose(
  actual: Tensor,
  expected: readonly number[],
  tolerance = TOLERANCE,
): void {
  const data = actual.dataSync();
  assertEquals(data.length, expected.length);
  expected.forEach((v, i) => assertAlmostEquals(data[i], v, tolerance));
}

describe("activations of JAX, at kinks too", () => {
  const points = jnp.tensor(x, "f32");
  for (const [name, { y, dy }] of Object.entries(activations)) {
    const fn = FUNCTIONS[name as keyof typeof activations];
    it(`${name}: values`, () => assertClose(fn(points), y));
    it(`${name}: derivatives`, () => {
      const slope = jax.grad((x: Tensor) => fn(x).sum())(points);
      assertClose(slope, dy, name === "gelu" ? GELU_SLOPE : TOLERANCE);
    });
  }
  it("let NaN through", () => {
    for (const fn of Object.values(FUNCTIONS)) {
      assert(Number.isNaN(fn(jnp.tensor([NaN])).dataSync()[0]));
    }
  });
  it("do not overflow", () => {
    const far = jnp.tensor([-200, 200], "f32");
    assertEquals(nn.softplus(far).toArray(), [0, 200]);
    assertEquals(nn.logSigmoid(far).toArray(), [-200, -0]);
    assertEquals(nn.elu(far).toArray(), [-1, 200]);
    const slope = jax.grad((x: Tensor) => nn.softplus(x).sum());
    assertEquals(slope(far).toArray(), [0, 1]);
    const bend = jax.grad((x: Tensor) => slope(x).sum());
    assertEquals(bend(jnp.tensor([0], "f32")).toArray(), [0.25]);
  });
  it("take integers", () => {
    assertEquals(nn.relu(jnp.tensor([-1, 2])).toArray(), [0, 2]);
    assertEquals(nn.leakyRelu(jnp.tensor([2])).dtype, "f32");
    assertEquals(nn.sigmoid(0).toArray(), 0.5);
    assertEquals(nn.identity([1]).toArray(), [1]);
    assertEquals(nn.relu6([-1, 3, 9]).toArray(), [0, 3, 6]);
    assertEquals(nn.swish(0).toArray(), 0);
    assertEquals(nn.softSign([1, -3]).toArray(), [0.5, -0.75]);
  });
  it("gelu knows the exact formula", () => {
    // x/2 (1 + erf(x / sqrt 2)) at 1.
    const y = nn.gelu(1, { approximate: false }).toArray() as number;
    assertAlmostEquals(y, 0.8413447460685429, TOLERANCE);
  });
});

describe("softmax and its kin", () => {
  const scores = jnp.tensor(log_softmax.x, "f32");
  it("agree with JAX", () => {
    assertClose(nn.logSoftmax(scores), log_softmax.y.flat());
    assertClose(nn.softmax(scores), log_softmax.softmax.flat());
    assertClose(
      nn.softmax(scores.T, 0).T,
      log_softmax.softmax.flat(),
    );
  });
  it("logsumexp", () => {
    const y = nn.logsumexp(scores, 1).dataSync();
    log_softmax.x.forEach((row, i) => {
      const top = Math.max(...row);
      const sum = row.reduce((s, v) => s + Math.exp(v - top), 0);
      assertAlmostEquals(y[i], top + Math.log(sum), 1e-4);
    });
    assertEquals(nn.logsumexp(scores, 1, { keepdims: true }).shape, [2, 1]);
    assertEquals(nn.logsumexp(scores).shape, []);
    assertEquals(nn.logsumexp([-Infinity, -Infinity]).toArray(), -Infinity);
  });
  it("oneHot gives zeros outside", () => {
    const rows = nn.oneHot(jnp.tensor(one_hot.x), one_hot.n);
    assertEquals([rows.dtype, rows.toArray()], ["f32", one_hot.y]);
    assertEquals(
      nn.oneHot(jnp.tensor(one_hot.x), one_hot.n, { axis: 0 }).T.toArray(),
      one_hot.y,
    );
  });
  it("argmax takes the first of ties", () => {
    assertEquals(jnp.argmax(argmax_ties.x).toArray(), argmax_ties.y);
  });
});

describe("more of jax.nn", () => {
  it("celu, sparseSigmoid, glu", () => {
    assertClose(nn.celu(jnp.tensor([-2, 3], "f32"), 2), [
      2 * Math.expm1(-1),
      3,
    ]);
    assertEquals(nn.sparseSigmoid([-2, -1, 0, 1, 5]).toArray(), [
      0,
      0,
      0.5,
      1,
      1,
    ]);
    assertEquals(nn.hardSwish([-4, 6]).toArray(), [-0, 6]);
    const half = 1 / (1 + Math.exp(-3));
    assertClose(nn.glu([[1, 2, 3, 0]]), [half, 1]);
    assertEquals(nn.glu(jnp.ones([4, 3]), 0).shape, [2, 3]);
    assertThrows(
      () => nn.glu([1, 2, 3]),
      ShapeError,
      "Cannot glu f32[3]: axis 0 has size 3, expected an even one",
    );
    checkGrads((x) => nn.glu(x), [[1, 2, 3, -1]]);
  });
  it("standardize with numbers of its own", () => {
    const x = jnp.tensor([1, 3], "f32");
    const options = { mean: 1, variance: 4, epsilon: 0 };
    assertEquals(nn.standardize(x, -1, options).toArray(), [0, 1]);
    checkGrads((x) => nn.standardize(x), [[[1, 3, 2], [0, 4, 9]]]);
  });
  it("logmeanexp, and weights of logsumexp", () => {
    assertClose(nn.logmeanexp([1, 3]), [Math.log((Math.E + Math.E ** 3) / 2)]);
    assertEquals(
      nn.logmeanexp([[1, 1]], 1, { keepdims: true }).toArray(),
      [[1]],
    );
    assertClose(nn.logsumexp([1, 3], null, { b: [2, 1] }), [
      Math.log(2 * Math.E + Math.E ** 3),
    ]);
  });
  it("softmax of what counts", () => {
    const where = [true, false, true];
    const half = 1 / (1 + Math.exp(-2));
    assertClose(nn.softmax([3, 99, 1], -1, { where }), [half, 0, 1 - half]);
    const log = nn.logSoftmax([3, 99, 1], -1, { where }).dataSync();
    assertEquals(log[1], -Infinity);
    assertAlmostEquals(log[0], Math.log(half), TOLERANCE);
    const slope = jax.grad((x: Tensor) =>
      nn.softmax(x, -1, { where }).slice([0, 1]).sum()
    )(jnp.tensor([3, 99, 1], "f32"));
    assertClose(slope, [half * (1 - half), 0, -half * (1 - half)]);
  });
});

describe("attention", () => {
  const key = jax.random.key(0);
  const [q, k, v] = [0, 1, 2].map((i) =>
    jax.random.normal(jax.random.foldIn(key, i), [2, 3, 4, 5])
  );
  /** One head of one sample, in double precision. */
  const byHand = (
    b: number,
    h: number,
    seen: (query: number, key: number) => boolean,
    kvHead = h,
    bias = 0,
  ) => {
    const at = (t: Tensor, head: number) =>
      t.slice(b, null, head).toArray() as number[][];
    const [Q, K, V] = [at(q, h), at(k, kvHead), at(v, kvHead)];
    return Q.flatMap((row, i) => {
      const weights = K.map((other, j) =>
        seen(i, j)
          ? Math.exp(
            row.reduce((s, x, d) => s + x * other[d], 0) / Math.sqrt(5) +
              bias * j,
          )
          : 0
      );
      const total = weights.reduce((a, b) => a + b);
      return V[0].map((_, d) =>
        weights.reduce((s, w, j) => s + w * V[j][d], 0) / total
      );
    });
  };
  it("looks at all keys, at earlier ones, or where a mask says", () => {
    const all = nn.dotProductAttention(q, k, v);
    assertEquals(all.shape, [2, 3, 4, 5]);
    assertClose(all.slice(1, null, 2), byHand(1, 2, () => true));
    const causal = nn.dotProductAttention(q, k, v, { isCausal: true });
    assertClose(causal.slice(0, null, 3), byHand(0, 3, (i, j) => j <= i));
    const mask = jnp.tensor([true, false, true]);
    const masked = nn.dotProductAttention(q, k, v, { mask });
    assertClose(masked.slice(0, null, 0), byHand(0, 0, (_, j) => j !== 1));
    const bias = jnp.arange(3).mul(0.5);
    const biased = nn.dotProductAttention(q, k, v, { bias });
    assertClose(biased.slice(0, null, 0), byHand(0, 0, () => true, 0, 0.5));
  });
  it("shares heads of keys, and needs no batch", () => {
    const pair = (t: Tensor) => t.slice(null, null, [0, 2]);
    const y = nn.dotProductAttention(q, pair(k), pair(v));
    assertClose(y.slice(1, null, 3), byHand(1, 3, () => true, 1));
    assertEquals(
      nn.dotProductAttention(q.at(0), k.at(0), v.at(0)).shape,
      [3, 4, 5],
    );
    assertThrows(
      () => nn.dotProductAttention(q, k, v.at(0)),
      ShapeError,
      "Cannot attend with query, key and value f32[2,3,4,5], f32[2,3,4,5], " +
        "f32[3,4,5]",
    );
  });
});
