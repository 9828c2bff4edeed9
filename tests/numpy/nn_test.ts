import { describe, it } from "node:test";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
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
