/** Losses against what optax 0.2.8 gives, and where they refuse. */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { jax, nn, sign, type Tensor, tensor } from "../../src/numpy/mod.ts";
import * as optax from "../../src/optim/mod.ts";

const p = tensor([[0.5, -1, 2], [0, 3, -0.25]]);
const t = tensor([[0, 1, 0], [0.25, 0.25, 0.5]]);

const CASES: Record<string, [Tensor, number[]]> = {
  squaredError: [
    optax.squaredError(p, t),
    [0.25, 4, 4, 0.0625, 7.5625, 0.5625],
  ],
  "squaredError without targets": [
    optax.squaredError(p),
    [0.25, 1, 4, 0, 9, 0.0625],
  ],
  l2Loss: [optax.l2Loss(p, t), [0.125, 2, 2, 0.03125, 3.78125, 0.28125]],
  huberLoss: [
    optax.huberLoss(p, t, { delta: 0.75 }),
    [0.125, 1.21875, 1.21875, 0.03125, 1.78125, 0.28125],
  ],
  logCosh: [
    optax.logCosh(p, t),
    [
      0.120114507,
      1.325002670,
      1.325002670,
      0.030929804,
      2.060931206,
      0.258266091,
    ],
  ],
  sigmoidBinaryCrossEntropy: [
    optax.sigmoidBinaryCrossEntropy(p, t),
    [
      0.974076986,
      1.313261747,
      2.126928091,
      0.693147182,
      2.298587322,
      0.700939417,
    ],
  ],
  softmaxCrossEntropy: [
    optax.softmaxCrossEntropy(p, t),
    [3.241311312, 2.459856987],
  ],
  "softmaxCrossEntropy along axis 0": [
    optax.softmaxCrossEntropy(p, t, { axis: 0 }),
    [0.243519247, 4.022687435, 1.175103307],
  ],
  softmaxCrossEntropyWithIntegerLabels: [
    optax.softmaxCrossEntropyWithIntegerLabels(p, tensor([2, 0], "i32")),
    [0.241311312, 3.084856987],
  ],
  hingeLoss: [optax.hingeLoss(p, sign(t.sub(0.1))), [1.5, 2, 3, 1, 0, 1.25]],
  cosineSimilarity: [
    optax.cosineSimilarity(p, t),
    [-0.436435759, 0.339031756],
  ],
  cosineDistance: [
    optax.cosineDistance(p, t, { epsilon: 10 }),
    [1.1, 0.9375],
  ],
  klDivergence: [
    optax.klDivergence(nn.logSoftmax(p), t),
    [3.241311312, 1.420136213],
  ],
  // exp(p) - t * p
  poissonNllLoss: [
    optax.poissonNllLoss(p, t),
    [0.5, -1, 2, 0, 3, -0.25].map((x, i) =>
      Math.exp(x) - [0, 1, 0, 0.25, 0.25, 0.5][i] * x
    ),
  ],
  smoothLabels: [
    optax.smoothLabels(t, 0.1),
    [
      0.033333335,
      0.933333337,
      0.033333335,
      0.258333325,
      0.258333325,
      0.483333319,
    ],
  ],
};

describe("losses equal optax's", () => {
  for (const [name, [actual, expected]] of Object.entries(CASES)) {
    it(name, () => {
      const values = [...actual.dataSync()];
      assertEquals(values.length, expected.length);
      expected.forEach((value, i) => {
        const gap = Math.abs(values[i] - value);
        assert(gap <= 2e-6 * Math.max(1, Math.abs(value)), `${values}`);
      });
    });
  }
  it("are finite far out, and so are their gradients", () => {
    const far = tensor([[200, -200, 0]], "f32");
    const labels = tensor([[0, 1, 0]]);
    const losses = {
      bce: (x: Tensor) => optax.sigmoidBinaryCrossEntropy(x, labels).sum(),
      ce: (x: Tensor) => optax.softmaxCrossEntropy(x, labels).sum(),
      logCosh: (x: Tensor) => optax.logCosh(x, labels).sum(),
      kl: (x: Tensor) => optax.klDivergence(nn.logSoftmax(x), labels).sum(),
    };
    for (const [name, loss] of Object.entries(losses)) {
      const [value, gradient] = jax.valueAndGrad(loss)(far);
      const all = [...value.dataSync(), ...gradient.dataSync()];
      assert(all.every(Number.isFinite), `${name}: ${all}`);
    }
  });
});

describe("losses refuse", () => {
  const refused: [string, () => unknown][] = [
    [
      "Cannot compute a squared error: predictions are f32[2,3] and targets " +
      "f32[3], expected equal shapes: broadcast or reshape one",
      () => optax.squaredError(p, tensor([1, 2, 3], "f32")),
    ],
    [
      "Cannot compute a cross entropy: predictions are f32[2,3] and targets " +
      "f32[2], expected equal shapes",
      () => optax.softmaxCrossEntropy(p, tensor([0.5, 1])),
    ],
    [
      "Cannot compute a cross entropy: logits are f32[2,3] and labels f32[2], " +
      "expected integers of the shape [2]: use softmaxCrossEntropy for " +
      "probabilities",
      () => optax.softmaxCrossEntropyWithIntegerLabels(p, tensor([0.5, 1])),
    ],
    [
      "Cannot smooth labels: f32[] was given, expected an axis of classes: " +
      "use jax.nn.oneHot(labels, classes)",
      () => optax.smoothLabels(tensor(1), 0.1),
    ],
  ];
  for (const [text, run] of refused) {
    it(text.slice(0, 60), () => {
      assertThrows(run, ShapeError, text);
    });
  }
});
