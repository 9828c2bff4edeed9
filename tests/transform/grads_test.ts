import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { TraceError } from "../../src/base/errors.ts";
import type { BinaryOp, UnaryOp } from "../../src/ir/primitives.ts";
import * as jnp from "../../src/numpy/mod.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { bind } from "../../src/transform/trace.ts";
import { BINARY_VJP, UNARY_VJP } from "../../src/transform/scalar_rules.ts";
import { checkGrads, type Numbers } from "../support/check_grads.ts";

const { jax, lax, nn } = jnp;

const unary = (op: UnaryOp) => (x: Tensor) =>
  new jnp.Tensor(bind("unary", [x.value], { op })[0]);
const binary = (op: BinaryOp) => (a: Tensor, b: Tensor) =>
  new jnp.Tensor(bind("binary", [a.value, b.value], { op })[0]);

/** Where each op is smooth. */
const ANYWHERE = [-1.3, -0.4, 0.3, 0.9];
const POSITIVE = [0.2, 0.7, 1.4, 2.5];
const INSIDE = [-0.7, -0.2, 0.3, 0.8];
const DOMAIN: Partial<Record<UnaryOp, number[]>> = {
  log: POSITIVE,
  log1p: [-0.5, 0.2, 1, 3],
  sqrt: POSITIVE,
  rsqrt: POSITIVE,
  reciprocal: [-2, -0.7, 0.6, 1.5],
  erfinv: INSIDE,
};

describe("derivatives of scalar ops", () => {
  for (const op of Object.keys(UNARY_VJP) as UnaryOp[]) {
    if (op === "not" || op === "isnan") continue;
    it(op, () => checkGrads(unary(op), [DOMAIN[op] ?? ANYWHERE]));
  }
  const second = [0.7, -0.6, 1.5, -2.2];
  const pairs: Partial<Record<BinaryOp, [Numbers, Numbers]>> = {
    pow: [POSITIVE, [1.5, -0.5, 2, 3]],
    rem: [[5.3, -5.1, 2.2, 7.7], [2, 2, -1.5, -3]],
  };
  for (const op of Object.keys(BINARY_VJP) as BinaryOp[]) {
    if (BINARY_VJP[op] === null) continue;
    it(op, () => checkGrads(binary(op), pairs[op] ?? [ANYWHERE, second]));
  }
});

const MATRIX = [[0.5, -1.2, 2.1], [1.7, 0.3, -0.8]];
const CUBE = [[[1, -2], [0.5, 3]], [[-1, 0.2], [2, -0.4]], [[0.1, 1], [
  -3,
  0.7,
]]];

describe("derivatives of structural primitives", () => {
  const cases: Record<string, [(...xs: Tensor[]) => Tensor, Numbers[]]> = {
    select: [
      (a, b) => jnp.where([true, false, true], a, b).square(),
      [[1, 2, 3], [4, 5, 6]],
    ],
    "select on itself": [
      (a, b) => jnp.where(a.greater(b), a.mul(b), b.square()),
      [[1, 5, 3], [4, 2, 6]],
    ],
    affine: [
      (x) =>
        new jnp.Tensor(
          bind("affine", [x.value], { scale: 1.5, shift: -2 })[0],
        ).square(),
      [[1, 2, 3]],
    ],
    broadcast: [
      (x) => jnp.broadcastTo(x.reshape(3, 1), [2, 3, 2]).square(),
      [[1, 2, 3]],
    ],
    reshape: [(x) => x.reshape(3, 2).square(), [MATRIX]],
    transpose: [(x) => x.transpose(2, 0, 1).square(), [CUBE]],
    slice: [(x) => x.slice([1, null], [0, 2]).square(), [MATRIX]],
    "slice with a stride": [
      (x) => x.slice(null, [null, null, 2]).square(),
      [MATRIX],
    ],
    "slice backwards": [
      (x) => x.slice(null, [null, null, -2]).square(),
      [MATRIX],
    ],
    pad: [(x, f) => jnp.pad(x, [[1, 0], [0, 2]], f).square(), [MATRIX, 0.7]],
    concat: [
      (a, b) => jnp.concatenate([a, b, a], 1).square(),
      [MATRIX, [[1], [2]]],
    ],
    reverse: [
      (x) => jnp.flip(x, 1).mul(x),
      [MATRIX],
    ],
    gather: [
      (x) => jnp.take(x, [0, 2, 2, 1], 1).square(),
      [MATRIX],
    ],
    "gather beyond the end": [
      (x) => jnp.take(x, [0, 7], 0).square(),
      [MATRIX],
    ],
    "gather along an axis": [
      (x) => jnp.takeAlongAxis(x, [[2, 0], [1, 1]], 1).square(),
      [MATRIX],
    ],
    "scatter (set)": [
      (x, u) => lax.scatter(x, [0, 2], u, { axis: 1 }).square(),
      [MATRIX, [[4, 5], [6, 7]]],
    ],
    "scatter (set) twice to one place, and outside": [
      (x, u) => lax.scatter(x, [1, 1, 9], u).square(),
      [[1, 2, 3], [4, 5, 6]],
    ],
    "scatter (add)": [
      (x, u) => lax.scatter(x, [0, 0, 5], u, { mode: "add" }).square(),
      [[1, 2, 3], [4, 5, 6]],
    ],
    dynamicSlice: [
      (x) => lax.dynamicSlice(x, [0, 1], [2, 2]).square(),
      [MATRIX],
    ],
    "dynamicSlice beyond the end": [
      (x) => lax.dynamicSlice(x, [5, 2], [1, 2]).square(),
      [MATRIX],
    ],
    dynamicUpdateSlice: [
      (x, u) => lax.dynamicUpdateSlice(x, u, [1, 1]).square(),
      [MATRIX, [[4, 5]]],
    ],
    "reduce sum": [(x) => x.square().sum(1), [MATRIX]],
    "reduce max": [(x) => x.square().max(1), [MATRIX]],
    "reduce min": [(x) => x.square().min([0, 1]), [MATRIX]],
    "reduce prod": [(x) => x.prod(1), [MATRIX]],
    cumsum: [(x) => jnp.cumsum(x, 1).square(), [MATRIX]],
    sort: [(x) => jnp.sort(x, 1).mul([1, 2, 3]).square(), [MATRIX]],
    "sort along the first axis, largest first": [
      (x) => jnp.sort(x, 0, { descending: true }).mul([[1], [3]]).square(),
      [MATRIX],
    ],
    "sort of what goes along": [
      (x, y) => {
        const [a, b] = lax.sort([x, y], { dimension: 0 });
        return a.mul([1, 2, 3]).mul(b.square());
      },
      [[3, 1, 2], [4, 5, 6]],
    ],
    topK: [(x) => lax.topK(x, 2)[0].mul([1, 3]).square(), [MATRIX]],
    quantile: [(x) => jnp.quantile(x, [0.2, 0.7], 1).square(), [MATRIX]],
    "cumsum backwards": [
      (x) => lax.cumsum(x, 0, { reverse: true }).square(),
      [MATRIX],
    ],
    dot: [(a, b) => a.matmul(b), [MATRIX, [[1, 2], [3, -4], [0.5, 1]]]],
    "dot of vectors": [(a, b) => a.dot(b), [[1, 2], [3, 4]]],
    "dot with batch axes": [
      (a, b) => a.matmul(b),
      [CUBE, [[[1, 2], [0, 1]], [[3, 1], [1, 1]], [[-1, 2], [2, 0.5]]]],
    ],
    "dot over two axes": [
      (a, b) => jnp.tensordot(a, b, [[2, 0], [0, 1]]),
      [CUBE, [[1, 2, 3], [-1, 0.5, 2]]],
    ],
    "dot of a tensor with itself": [(a) => a.matmul(a.T), [MATRIX]],
    softmax: [(x) => nn.softmax(x).square(), [MATRIX]],
    "log softmax": [(x) => nn.logSoftmax(x).square(), [MATRIX]],
    logsumexp: [(x) => nn.logsumexp(x, 1).square(), [MATRIX]],
    variance: [(x) => x.var(1), [MATRIX]],
    einsum: [
      (a, b) => jnp.einsum("bij,bj->ib", a, b),
      [CUBE, [[1, 2], [3, 4], [5, 6]]],
    ],
  };
  for (const [name, [fn, args]] of Object.entries(cases)) {
    it(name, () => checkGrads(fn, args));
  }
  it("prod with one and with two zeros", () => {
    const product = jax.grad((x: Tensor) => x.prod());
    assertEquals(product(jnp.tensor([2, 0, 3], "f32")).toArray(), [0, 6, 0]);
    assertEquals(product(jnp.tensor([0, 0, 3], "f32")).toArray(), [0, 0, 0]);
  });
  it("max shares the cotangent between ties", () => {
    const top = jax.grad((x: Tensor) => x.max());
    assertEquals(top(jnp.tensor([2, 1, 2], "f32")).toArray(), [0.5, 0, 0.5]);
  });
  it("scatter (min) has none", () => {
    const loss = (x: Tensor) => lax.scatter(x, [0], 1, { mode: "min" }).sum();
    assertThrows(
      () => jax.grad(loss)(jnp.ones(2)),
      TraceError,
      "scatter",
    );
  });
});

describe("derivatives of activations", () => {
  const smooth = [-3, -1.5, -0.4, 0.25, 0.8, 1.7, 4];
  const activations: Record<string, (x: Tensor) => Tensor> = {
    relu: nn.relu,
    relu6: nn.relu6,
    leakyRelu: (x) => nn.leakyRelu(x),
    tanh: nn.tanh,
    hardTanh: nn.hardTanh,
    sigmoid: nn.sigmoid,
    logSigmoid: nn.logSigmoid,
    silu: nn.silu,
    softplus: nn.softplus,
    softSign: nn.softSign,
    elu: (x) => nn.elu(x),
    selu: nn.selu,
    gelu: (x) => nn.gelu(x),
    "gelu with erf": (x) => nn.gelu(x, { approximate: false }),
  };
  for (const [name, fn] of Object.entries(activations)) {
    it(name, () => checkGrads(fn, [smooth]));
  }
});

describe("derivatives of scan", () => {
  const loop = (w: Tensor, start: Tensor, xs: Tensor) =>
    lax.scan(
      (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const next = w.matmul(h).add(x).tanh();
        return [next, next.mul(h)];
      },
      start,
      xs,
    );
  const w = [[0.5, -0.3], [0.2, 0.9]];
  const xs = [[0.1, 0.4], [-0.6, 0.3], [0.2, 0.2]];

  it("by weights, initial carry and xs, through the carry", () =>
    checkGrads((...args) => loop(args[0], args[1], args[2])[0], [
      w,
      [0.3, -0.7],
      xs,
    ]));
  it("through the ys", () =>
    checkGrads((...args) => loop(args[0], args[1], args[2])[1], [
      w,
      [0.3, -0.7],
      xs,
    ]));
  it("through a carry that only counts", () =>
    checkGrads((x) => {
      const [[, sum]] = lax.scan(
        ([i, sum]: [Tensor, Tensor]): [[Tensor, Tensor], null] => [
          [i.add(1), sum.add(x.pow(2).mul(i))],
          null,
        ],
        [0, jnp.zeros(2)] as unknown as [Tensor, Tensor],
        null,
        { length: 4 },
      );
      return sum;
    }, [[1.5, -2]]));
  it("in reverse order", () =>
    checkGrads((x) =>
      lax.scan(
        (c: Tensor, v: Tensor): [Tensor, Tensor] => [jnp.sin(c.mul(v)), c],
        x.sum(),
        x,
        { reverse: true },
      )[1], [[0.4, 1.2, -0.7]]));
  it("of a loop in a loop", () =>
    checkGrads(
      (x) =>
        lax.foriLoop(0, 3, (_, a: Tensor) =>
          lax.foriLoop(0, 2, (i, b: Tensor) =>
            jnp.sin(b.mul(x).add(i)), a), x),
      [[0.4, 1.2]],
    ));
});

describe("derivatives of cond", () => {
  const branches = [
    (x: Tensor, w: Tensor) => jnp.sin(x.mul(w)),
    (x: Tensor, w: Tensor) => x.matmul(w.reshape(2, 1)).tanh().mul(x),
    (x: Tensor, _: Tensor) => x.square().mul(x),
  ];
  const X = [0.4, -1.2], W = [1.3, 0.7];
  for (const k of [0, 1, 2]) {
    it(`through branch ${k}`, () =>
      checkGrads((x, w) => lax.switch(k, branches, x, w), [X, W]));
  }
  it("where each sample has a branch of its own", () =>
    checkGrads(
      (x, w) =>
        lax.cond(
          x.at(0).greater(0.398),
          (x: Tensor) => x.mul(w).exp(),
          (x: Tensor) => x.sub(w).square(),
          x,
        ),
      [X, W],
    ));
  it("inside a scan", () =>
    checkGrads(
      (x, w) =>
        lax.scan(
          (c: Tensor, i: Tensor): [Tensor, Tensor] => {
            const next = lax.switch(i.mod(3), branches, c, w);
            return [next, next.sum()];
          },
          x,
          jnp.arange(5),
        )[1],
      [X, W],
    ));
  it("where a branch gives what it is given, or a constant", () =>
    checkGrads(
      (x, w) => {
        const [a, b] = lax.cond(
          x.at(1).less(0),
          (x: Tensor) => [x, jnp.ones(2)],
          () => [w, x],
          x,
        );
        return a.mul(b).mul(x);
      },
      [X, W],
    ));
});
